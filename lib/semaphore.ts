import { Guard, type GuardOwner } from './guard.js';
import { checkCount } from './managed-options.js';
import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import { type AsyncWaitOptions, type WaitOptions, timedOut } from './waiting.js';

/** The right of one of so many. */
export type Permit = Guard;

/** At most so many at a time; the permit of who dies is free again. Made by {@link ManagedSegment.semaphore}. */
export class Semaphore {
  readonly #object: SharedObject;
  readonly #permits: GuardOwner;

  /** @internal */
  constructor(object: SharedObject) {
    this.#object = object;
    this.#permits = {
      name: object.name,
      giveBack(permit) {
        object.check('release');
        object.checked('release', native.releasePermits(object.handle, permit));
      },
      forget(permit) {
        if (!object.owner.closed) native.releasePermits(object.handle, permit);
      },
    };
  }

  get name(): string {
    return this.#object.name;
  }

  /** Free permits, at some moment of the call. */
  get value(): number {
    return valueOf(this.#object);
  }

  /** Waits for a permit. @throws as {@link Mutex.lock} */
  async acquire(options?: AsyncWaitOptions): Promise<Permit> {
    return new Guard(this.#permits, (await this.#object.wait('acquire', options)).detail);
  }

  /** Waits, and blocks the thread. @throws as {@link acquire} */
  acquireSync(options?: WaitOptions): Permit {
    return new Guard(this.#permits, this.#object.waitSync('acquireSync', options).detail);
  }

  /** @returns null if there is none */
  tryAcquire(): Permit | null {
    const { outcome, detail } = this.#object.try('tryAcquire');
    return outcome === timedOut ? null : new Guard(this.#permits, detail);
  }
}

/** A number that goes up and down. Made by {@link ManagedSegment.semaphore} with `plain: true`. */
export class PlainSemaphore {
  readonly #object: SharedObject;

  /** @internal */
  constructor(object: SharedObject) {
    this.#object = object;
  }

  get name(): string {
    return this.#object.name;
  }

  /** Free permits, at some moment of the call. */
  get value(): number {
    return valueOf(this.#object);
  }

  /** Waits for a permit, and uses it up. @throws as {@link Mutex.lock} */
  async acquire(options?: AsyncWaitOptions): Promise<void> {
    await this.#object.wait('acquire', options);
  }

  /** Waits, and blocks the thread. @throws as {@link acquire} */
  acquireSync(options?: WaitOptions): void {
    this.#object.waitSync('acquireSync', options);
  }

  /** @returns whether there was one */
  tryAcquire(): boolean {
    return this.#object.try('tryAcquire').outcome !== timedOut;
  }

  /** @throws ShmError `ERR_SHM_FULL` if more would be free than there are permits; none is given back then */
  release(count = 1): void {
    const checked = checkCount('count', count, 1, 2 ** 31 - 1);
    this.#object.check('release');
    this.#object.checked('release', native.releasePermits(this.#object.handle, checked));
  }
}

function valueOf(object: SharedObject): number {
  object.check('value');
  return object.checked('value', native.objectValue(object.handle));
}
