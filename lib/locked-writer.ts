import { ruleError } from './errors.js';
import { LocalTurns } from './local-turns.js';
import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import { type AsyncWaitOptions, type WaitOptions, checkAsyncOptions, checkTimeout } from './waiting.js';

/** As of native.startObject(). */
const forWriters = 2 ** 32;

/** Who writes to an object that one at a time writes to: a register, a topic. The calls of this thread take turns. */
export class LockedWriter {
  readonly #object: SharedObject;
  readonly #longest: number;
  readonly #turns = new LocalTurns();

  constructor(object: SharedObject, longest: number) {
    this.#object = object;
    this.#longest = longest;
    object.owner.onClose.push(() => this.#turns.close(() => object.closedError('write')));
  }

  /** @returns false if somebody is writing */
  tryWrite(bytes: Uint8Array, verb: string): boolean {
    this.#check(verb, bytes);
    return this.#turns.isFree(false) && this.#writeNow(bytes, false, verb);
  }

  async write(bytes: Uint8Array, options: AsyncWaitOptions | undefined, verb: string): Promise<void> {
    if (options !== undefined) checkAsyncOptions(options);
    this.#check(verb, bytes);
    const turn = this.#turns.enterInOrder(false, options, verb, this.#object.name);
    let own = bytes;
    let rest = options;
    if (turn !== undefined) {
      own = bytes.slice(); // what it is of may change while this waits
      rest = await turn;
    }
    try {
      this.#object.check(verb);
      if (this.#writeNow(own, false, verb)) return;
      if (own === bytes) own = bytes.slice();
      await this.#object.wait(verb, rest, forWriters);
      this.#writeNow(own, true, verb);
    } finally {
      this.#turns.leave(false);
    }
  }

  writeSync(bytes: Uint8Array, options: WaitOptions | undefined, verb: string): void {
    if (options !== undefined) checkTimeout(options);
    this.#check(verb, bytes);
    if (!this.#turns.isFree(false)) {
      throw ruleError('ERR_SHM_DEADLOCK', verb, this.#object.name, 'a call of this thread waits before it');
    }
    if (this.#writeNow(bytes, false, verb)) return;
    this.#object.waitSync(verb, options, forWriters);
    this.#writeNow(bytes, true, verb);
  }

  #check(verb: string, { length }: Uint8Array): void {
    if (length > this.#longest) {
      throw ruleError('ERR_SHM_TOO_LONG', verb, this.#object.name, `${length} bytes; at most ${this.#longest}`);
    }
    this.#object.check(verb);
  }

  /** @param isLocked whether this thread has the lock of the writers */
  #writeNow(bytes: Uint8Array, isLocked: boolean, verb: string): boolean {
    return this.#object.checked(verb, native.publish(this.#object.handle, bytes, isLocked));
  }
}
