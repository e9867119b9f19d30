import { argumentError, ruleError } from './errors.js';
import { LocalTurns } from './local-turns.js';
import { LockGuard, type LockGuardOwner } from './lock-guard.js';
import { native } from './native.js';
import { SharedObject } from './shared-object.js';
import {
  type AsyncWaitOptions, type Settled, type WaitOptions, checkAsyncOptions, checkTimeout, ownerDied, timedOut,
} from './waiting.js';

/** One thread at a time, of all threads of all processes. Made by {@link ManagedSegment.mutex}. */
export class Mutex {
  readonly #core: MutexCore;

  /** @internal */
  constructor(core: MutexCore) {
    this.#core = core;
  }

  get name(): string {
    return this.#core.object.name;
  }

  /**
   * Waits for the lock; calls of one thread are served in order.
   *
   * @throws TypeError, RangeError (arguments); ShmError `ERR_SHM_TIMEOUT`, `ERR_SHM_CLOSED`, `ERR_SHM_CORRUPT`; AbortError
   */
  lock(options?: AsyncWaitOptions): Promise<LockGuard> {
    return this.#core.lock(options);
  }

  /** Waits, and blocks the thread. @throws as {@link lock}; ShmError `ERR_SHM_DEADLOCK` if this thread has it, or is about to */
  lockSync(options?: WaitOptions): LockGuard {
    return this.#core.lockSync(options);
  }

  /** @returns null if somebody has it, also this thread */
  tryLock(): LockGuard | null {
    return this.#core.tryLock();
  }

  /** Locks, calls, awaits, releases. @returns what `fn` answers */
  async run<T>(fn: (guard: LockGuard) => T | PromiseLike<T>, options?: AsyncWaitOptions): Promise<T> {
    if (typeof fn !== 'function') throw argumentError('ERR_INVALID_ARG_TYPE', 'fn', 'a function', fn);
    const guard = await this.#core.lock(options);
    try {
      return await fn(guard);
    } finally {
      guard[Symbol.dispose]();
    }
  }
}

/** A mutex as the library itself sees it. */
export class MutexCore implements LockGuardOwner {
  readonly object: SharedObject;
  readonly turns = new LocalTurns();
  readonly #words: Int32Array | undefined;
  readonly #token: number;

  constructor(object: SharedObject) {
    this.object = object;
    this.#words = object.owner.memory(object.handle, 4)?.words;
    this.#token = object.owner.token;
    object.owner.onClose.push(() => this.turns.close(() => object.closedError('lock')));
  }

  get name(): string {
    return this.object.name;
  }

  async lock(options: AsyncWaitOptions | undefined): Promise<LockGuard> {
    if (options !== undefined) checkAsyncOptions(options);
    this.object.check('lock');
    const turn = this.turns.enterInOrder(false, options, 'lock', this.name);
    if (turn === undefined && this.#lockAtOnce()) return new LockGuard(this, false);
    const rest = turn === undefined ? options : await turn;
    return new LockGuard(this, await this.acquire(rest));
  }

  /** Gets the lock for a call that is in. @returns whether its owner has died */
  async acquire(options: AsyncWaitOptions | undefined): Promise<boolean> {
    try {
      this.object.check('lock');
      if (this.#lockAtOnce()) return false;
      return (await this.object.wait('lock', options)).outcome === ownerDied;
    } catch (error) {
      this.turns.leave(false);
      throw error;
    }
  }

  lockSync(options: WaitOptions | undefined): LockGuard {
    if (options !== undefined) checkTimeout(options);
    this.object.check('lockSync');
    if (!this.turns.isFree(false)) {
      throw ruleError('ERR_SHM_DEADLOCK', 'lockSync', this.name, 'this thread has the lock, or waits for it');
    }
    // It comes in afterwards: nothing else of this thread runs meanwhile, and who ends the wait from without, such as a
    // timeout of `vm`, leaves no call in for ever.
    const died = !this.#lockAtOnce() && this.object.waitSync('lockSync', options).outcome === ownerDied;
    this.turns.enter(false);
    return new LockGuard(this, died);
  }

  tryLock(): LockGuard | null {
    this.object.check('tryLock');
    if (!this.turns.isFree(false)) return null;
    let died = false;
    if (!this.#lockAtOnce()) {
      const { outcome }: Settled = this.object.try('tryLock');
      if (outcome === timedOut) return null;
      died = outcome === ownerDied;
    }
    this.turns.enter(false);
    return new LockGuard(this, died);
  }

  giveBack(): void {
    try {
      this.unlock('release');
    } finally {
      this.turns.leave(false);
    }
  }

  /** Gives the lock to others. The call stays in. */
  unlock(verb: string): void {
    this.object.check(verb);
    const token = this.#token;
    // As in #lockAtOnce(): nobody waits and no owner has died, or it is another value.
    if (this.#words !== undefined && Atomics.compareExchange(this.#words, 0, token, 0) === token) return;
    this.object.checked(verb, native.unlock(this.object.handle, false));
  }

  forget(): void {
    if (this.object.owner.closed) return;
    native.unlock(this.object.handle, true);
    this.turns.leave(false);
  }

  markConsistent(): void {
    this.object.check('markConsistent');
    this.object.checked('markConsistent', native.makeConsistent(this.object.handle));
  }

  /**
   * The usual case without a call of the addon: the word is 0, that is free and unsuspicious, and becomes our token; the
   * same accesses as lock_at_once() and unlock() of core/src/sync/mutex_protocol.hpp. Those are acquire or release, these
   * are sequentially consistent, hence stronger. The words are those of an ArrayBuffer that is not shared in the sense of
   * JavaScript: Atomics are as atomic on it.
   */
  #lockAtOnce(): boolean {
    return this.#words !== undefined && Atomics.compareExchange(this.#words, 0, 0, this.#token) === 0;
  }
}
