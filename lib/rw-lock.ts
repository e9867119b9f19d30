import { ruleError } from './errors.js';
import { Guard, type GuardOwner } from './guard.js';
import { LocalTurns } from './local-turns.js';
import { LockGuard, type LockGuardOwner } from './lock-guard.js';
import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import {
  type AsyncWaitOptions, type WaitOptions, checkAsyncOptions, checkTimeout, ownerDied, timedOut,
} from './waiting.js';

/** The right to read, beside others who read. */
export class ReadGuard extends Guard {
  /** Whether a writer has died, and nobody has called `markConsistent()` since. */
  readonly ownerDied: boolean;

  /** @internal */
  constructor(owner: GuardOwner, died: boolean) {
    super(owner, 0);
    this.ownerDied = died;
  }
}

/** Many readers at once, or one writer. Made by {@link ManagedSegment.rwLock}. */
export class RwLock {
  readonly #object: SharedObject;
  readonly #turns = new LocalTurns();
  readonly #reading: GuardOwner;
  readonly #writing: LockGuardOwner;

  /** @internal */
  constructor(object: SharedObject) {
    this.#object = object;
    this.#reading = sideOf(object, this.#turns, true);
    this.#writing = sideOf(object, this.#turns, false);
    object.owner.onClose.push(() => this.#turns.close(() => object.closedError('lock')));
  }

  get name(): string {
    return this.#object.name;
  }

  /** Waits for the lock for writing. @throws as {@link Mutex.lock} */
  async lock(options?: AsyncWaitOptions): Promise<LockGuard> {
    return new LockGuard(this.#writing, await this.#lock(false, 'lock', options));
  }

  /** @throws as {@link lock}; ShmError `ERR_SHM_DEADLOCK` if this thread writes or reads, or is about to */
  lockSync(options?: WaitOptions): LockGuard {
    return new LockGuard(this.#writing, this.#lockSync(false, 'lockSync', options));
  }

  /** @returns null if somebody reads or writes, also this thread */
  tryLock(): LockGuard | null {
    const died = this.#tryLock(false, 'tryLock');
    return died === undefined ? null : new LockGuard(this.#writing, died);
  }

  /** Waits for the lock for reading. @throws as {@link Mutex.lock} */
  async lockShared(options?: AsyncWaitOptions): Promise<ReadGuard> {
    return new ReadGuard(this.#reading, await this.#lock(true, 'lockShared', options));
  }

  /** @throws as {@link lockShared}; ShmError `ERR_SHM_DEADLOCK` if this thread writes, or is about to */
  lockSharedSync(options?: WaitOptions): ReadGuard {
    return new ReadGuard(this.#reading, this.#lockSync(true, 'lockSharedSync', options));
  }

  /** @returns null if somebody writes, or waits to */
  tryLockShared(): ReadGuard | null {
    const died = this.#tryLock(true, 'tryLockShared');
    return died === undefined ? null : new ReadGuard(this.#reading, died);
  }

  // Each answers whether a writer has died.

  async #lock(shared: boolean, verb: string, options: AsyncWaitOptions | undefined): Promise<boolean> {
    checkAsyncOptions(options);
    this.#object.check(verb);
    const turn = this.#turns.enterInOrder(shared, options, verb, this.name);
    const rest = turn === undefined ? options : await turn;
    try {
      return (await this.#object.wait(verb, rest, shared ? 1 : 0)).outcome === ownerDied;
    } catch (error) {
      this.#turns.leave(shared);
      throw error;
    }
  }

  #lockSync(shared: boolean, verb: string, options: WaitOptions | undefined): boolean {
    checkTimeout(options);
    this.#object.check(verb);
    if (!this.#turns.isFree(shared)) {
      throw ruleError('ERR_SHM_DEADLOCK', verb, this.name, 'this thread has the lock, or waits for it');
    }
    const { outcome } = this.#object.waitSync(verb, options, shared ? 1 : 0);
    this.#turns.enter(shared);
    return outcome === ownerDied;
  }

  #tryLock(shared: boolean, verb: string): boolean | undefined {
    this.#object.check(verb);
    if (!this.#turns.isFree(shared)) return undefined;
    const { outcome } = this.#object.try(verb, shared ? 1 : 0);
    if (outcome === timedOut) return undefined;
    this.#turns.enter(shared);
    return outcome === ownerDied;
  }
}

function sideOf(object: SharedObject, turns: LocalTurns, shared: boolean): LockGuardOwner {
  const unlock = (isSuspect: boolean) => (shared ? native.unlockShared(object.handle) : native.unlock(object.handle, isSuspect));
  return {
    name: object.name,
    giveBack() {
      try {
        object.check('release');
        object.checked('release', unlock(false));
      } finally {
        turns.leave(shared);
      }
    },
    forget() {
      if (object.owner.closed) return;
      unlock(true);
      turns.leave(shared);
    },
    markConsistent() {
      object.check('markConsistent');
      object.checked('markConsistent', native.makeConsistent(object.handle));
    },
  };
}
