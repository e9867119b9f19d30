import { setImmediate } from 'node:timers';

import { ruleError } from './errors.js';

/** Where guards are of: it gives back what they hold. */
export interface GuardOwner {
  readonly name: string;
  /** @param detail which of several things the guard held */
  giveBack(detail: number): void;
  /** The guard was collected; nobody knows how far its holder has got. */
  forget(detail: number): void;
}

/** For those who release and take again what a guard is for. */
export let isHeld: (guard: Guard) => boolean;
export let setHeld: (guard: Guard, held: boolean) => void;

/** The right that a lock or a permit gives, until it is given back. */
export class Guard {
  readonly #owner: GuardOwner;
  readonly #detail: number;
  #isHeld = true;
  #isRegistered = false;

  /** @internal */
  constructor(owner: GuardOwner, detail: number) {
    this.#owner = owner;
    this.#detail = detail;
    if (young.push(this) === 1) setImmediate(Guard.#growUp);
    else if (young.length === mostYoung) Guard.#growUp();
  }

  /** @throws ShmError `ERR_SHM_NOT_OWNER` if that was done already; `ERR_SHM_CLOSED` */
  release(): void {
    if (!this.#isHeld) throw ruleError('ERR_SHM_NOT_OWNER', 'release', this.#owner.name, 'it was released already');
    this.#isHeld = false;
    if (this.#isRegistered) forgotten.unregister(this);
    this.#owner.giveBack(this.#detail);
  }

  /** Releases what is not released yet. */
  [Symbol.dispose](): void {
    if (!this.#isHeld) return;
    try {
      this.release();
    } catch (error) {
      // The segment's end has released it: leaving a block is no mistake then.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SHM_CLOSED') throw error;
    }
  }

  // Telling the garbage collector of a guard costs more than ten locks. Most are released before the event loop turns.
  static #growUp(this: void): void {
    for (const guard of young) {
      if (!guard.#isHeld || guard.#isRegistered) continue;
      guard.#isRegistered = true;
      forgotten.register(guard, { owner: guard.#owner, detail: guard.#detail }, guard);
    }
    young.length = 0;
  }

  static {
    isHeld = (guard) => guard.#isHeld;
    setHeld = (guard, held) => { guard.#isHeld = held; };
  }
}

const mostYoung = 256;
const young: Guard[] = [];

const forgotten = new FinalizationRegistry<{ owner: GuardOwner; detail: number }>(({ owner, detail }) => {
  process.emitWarning(`${JSON.stringify(owner.name)} was held by a guard that was collected without release()`, 'ShmWarning');
  owner.forget(detail);
});
