import { argumentError, ruleError } from './errors.js';
import { isHeld, setHeld } from './guard.js';
import { LockGuard, ownerOf, setOwnerDied } from './lock-guard.js';
import { checkCount } from './managed-options.js';
import { MutexCore } from './mutex.js';
import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import { type AsyncWaitOptions, type WaitOptions, checkAsyncOptions, checkTimeout, ownerDied } from './waiting.js';

const mostNotified = 2 ** 31 - 1;

/** Waits for a change of what a mutex protects. Made by {@link ManagedSegment.condition}. */
export class Condition {
  readonly #object: SharedObject;

  /** @internal */
  constructor(object: SharedObject) {
    this.#object = object;
  }

  get name(): string {
    return this.#object.name;
  }

  /**
   * Releases the mutex, waits, and takes it again before it answers, also when it rejects. A wait can end without a
   * notification.
   *
   * @throws TypeError, RangeError (arguments); ShmError `ERR_SHM_NOT_OWNER` (the guard is released), `ERR_SHM_TIMEOUT`,
   * `ERR_SHM_CLOSED` (nothing is held then); AbortError
   */
  async wait(guard: LockGuard, options?: AsyncWaitOptions): Promise<LockGuard> {
    checkAsyncOptions(options);
    const mutex = this.#check('wait', guard);
    const prepared = this.#object.checked('wait', native.prepareCondition(this.#object.handle));
    setHeld(guard, false);
    mutex.giveBack();
    try {
      await this.#object.wait('wait', options, prepared);
    } finally {
      await mutex.turns.enterInOrder(false, undefined, 'wait', mutex.name);
      setOwnerDied(guard, await mutex.acquire(undefined));
      setHeld(guard, true);
    }
    return guard;
  }

  /** Waits, and blocks the thread. @throws as {@link wait} */
  waitSync(guard: LockGuard, options?: WaitOptions): LockGuard {
    checkTimeout(options);
    const mutex = this.#check('waitSync', guard);
    const prepared = this.#object.checked('waitSync', native.prepareCondition(this.#object.handle));
    mutex.unlock('waitSync'); // to others; this thread's own calls go on waiting for it
    try {
      this.#object.waitSync('waitSync', options, prepared);
    } finally {
      setOwnerDied(guard, mutex.object.waitSync('waitSync', undefined).outcome === ownerDied);
    }
    return guard;
  }

  /** Wakes so many of those who wait, with or without the mutex held. */
  notify(count = 1): void {
    const checked = checkCount('count', count, 1, mostNotified, 0);
    this.#object.check('notify');
    if (checked > 0) this.#object.checked('notify', native.notifyCondition(this.#object.handle, checked));
  }

  notifyAll(): void {
    this.#object.check('notifyAll');
    this.#object.checked('notifyAll', native.notifyCondition(this.#object.handle, mostNotified));
  }

  #check(verb: string, guard: LockGuard): MutexCore {
    const mutex = guard instanceof LockGuard ? ownerOf(guard) : undefined;
    if (!(mutex instanceof MutexCore)) throw argumentError('ERR_INVALID_ARG_TYPE', 'guard', 'the guard of a mutex', guard);
    this.#object.check(verb);
    if (!isHeld(guard)) throw ruleError('ERR_SHM_NOT_OWNER', verb, mutex.name, 'the guard was released');
    return mutex;
  }
}
