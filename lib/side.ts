import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';

import { ruleError } from './errors.js';
import { LocalTurns } from './local-turns.js';
import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import { type AsyncWaitOptions, type WaitOptions, checkAsyncOptions, checkTimeout } from './waiting.js';

/** This thread where it sends or receives, until it leaves; its asynchronous calls take turns. */
export class Side {
  readonly object: SharedObject;
  readonly #isConsumer: boolean;
  readonly #isAlone: boolean;
  readonly #turns = new LocalTurns();
  readonly #closing = (): void => {
    this.#isClosing = true;
    this.leave();
  };
  readonly #left = new AbortController();
  #hasLeft = false;
  #isClosing = false;

  /** @param isAlone whether nobody else is on this side @throws ShmError `ERR_SHM_ROLE_TAKEN`, `ERR_SHM_CLOSED` */
  constructor(object: SharedObject, isConsumer: boolean, isAlone: boolean) {
    const verb = isConsumer ? 'consumer' : 'producer';
    object.check(verb);
    if (isAlone) object.checked(verb, native.takeRole(object.handle, isConsumer));
    this.object = object;
    this.#isConsumer = isConsumer;
    this.#isAlone = isAlone;
    object.owner.onClosing.add(this.#closing);
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  check(verb: string): void {
    if (this.#hasLeft) throw this.#leftError(verb);
  }

  /** Whether a call that cannot wait may do something: none that waits is before it. */
  isFree(verb: string): boolean {
    this.check(verb);
    return this.#turns.isFree(false);
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    const { object } = this;
    object.owner.onClosing.delete(this.#closing);
    if (this.#isAlone) native.leaveRole(object.handle, this.#isConsumer);
    this.#left.abort();
    this.#turns.close(() => this.#leftError(this.#isConsumer ? 'receive' : 'send'));
  }

  /**
   * Tries, and waits until it can succeed, in the order of the calls.
   *
   * @param attempt answers undefined if it has to wait
   * @param manner what native.startObject() waits for
   */
  async inTurn<T>(attempt: () => T | undefined, manner: () => number, options: AsyncWaitOptions | undefined, verb: string): Promise<T> {
    if (options !== undefined) checkAsyncOptions(options);
    this.check(verb);
    const turn = this.#turns.enterInOrder(false, options, verb, this.object.name);
    const rest = turn === undefined ? options : await turn;
    try {
      this.check(verb);
      const remaining = deadlineOf(rest);
      for (let waits = 0; ; waits++) {
        const result = attempt();
        if (result !== undefined) return result;
        const left = waits === 0 ? rest : this.#again(verb, waits, remaining());
        if (waits % 16 === 15) await new Promise((resolve) => setImmediate(resolve)); // others are faster: let an abort come in
        await this.#wait(verb, left, manner());
      }
    } finally {
      this.#turns.leave(false);
    }
  }

  /** Ends with the role. */
  async #wait(verb: string, options: AsyncWaitOptions | undefined, manner: number): Promise<void> {
    const left = this.#left.signal;
    const signal = options?.signal === undefined ? left : AbortSignal.any([options.signal, left]);
    try {
      await this.object.wait(verb, { ...options, signal }, manner);
    } catch (error) {
      this.check(verb);
      throw error;
    }
    this.check(verb);
  }

  sync<T>(attempt: () => T | undefined, manner: () => number, options: WaitOptions | undefined, verb: string): T {
    if (options !== undefined) checkTimeout(options);
    if (!this.isFree(verb)) {
      throw ruleError('ERR_SHM_DEADLOCK', verb, this.object.name, 'a call of this thread waits before it');
    }
    const remaining = deadlineOf(options);
    for (let waits = 0; ; waits++) {
      const result = attempt();
      if (result !== undefined) return result;
      this.object.waitSync(verb, waits === 0 ? options : this.#again(verb, waits, remaining()), manner());
    }
  }

  /** What had come has gone again: others were faster. @param rest the options for the rest of the time */
  #again<Options extends WaitOptions | undefined>(verb: string, waits: number, rest: Options): Options {
    if (this.#isAlone && waits > 1) throw this.#moved(verb);
    if (rest?.timeout === 0) throw ruleError('ERR_SHM_TIMEOUT', verb, this.object.name, 'the time is over');
    return rest;
  }

  #moved(verb: string): Error {
    return ruleError('ERR_SHM_CORRUPT', verb, this.object.name, 'a position has moved that nobody moves');
  }

  #leftError(verb: string): Error {
    if (this.#isClosing) return this.object.closedError(verb);
    return ruleError('ERR_SHM_NOT_OWNER', verb, this.object.name, 'the role was given back');
  }
}

/** Where others may be faster, one wait follows another. @returns the options for the rest of the time */
function deadlineOf<Options extends WaitOptions>(options: Options | undefined): () => Options | undefined {
  const timeout = options?.timeout ?? Infinity;
  if (timeout === Infinity) return () => options;
  const end = performance.now() + timeout;
  return () => ({ ...options!, timeout: Math.max(0, end - performance.now()) });
}
