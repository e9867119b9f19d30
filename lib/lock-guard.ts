import { ruleError } from './errors.js';
import { Guard, type GuardOwner, isHeld } from './guard.js';

export interface LockGuardOwner extends GuardOwner {
  markConsistent(): void;
}

/** For conditions. */
export let ownerOf: (guard: LockGuard) => LockGuardOwner;
export let setOwnerDied: (guard: LockGuard) => void;

/** The right of the one who has a lock alone. */
export class LockGuard extends Guard {
  readonly #owner: LockGuardOwner;
  #ownerDied: boolean;

  /** @internal */
  constructor(owner: LockGuardOwner, ownerDied: boolean) {
    super(owner, 0);
    this.#owner = owner;
    this.#ownerDied = ownerDied;
  }

  /** Whether an owner has died, and nobody has called {@link markConsistent} since: what the lock protects may be half changed. */
  get ownerDied(): boolean {
    return this.#ownerDied;
  }

  /** What the lock protects is repaired: the next owner is not told any more. @throws ShmError `ERR_SHM_NOT_OWNER` */
  markConsistent(): void {
    if (!isHeld(this)) throw ruleError('ERR_SHM_NOT_OWNER', 'markConsistent', this.#owner.name, 'it was released already');
    this.#owner.markConsistent();
    this.#ownerDied = false;
  }

  static {
    ownerOf = (guard) => guard.#owner;
    setOwnerDied = (guard) => { guard.#ownerDied = true; };
  }
}
