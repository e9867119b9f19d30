import type { SharedObject } from './shared-object.js';
import type { AsyncWaitOptions, Settled, WaitOptions } from './waiting.js';

export interface BarrierPassage {
  /** True for the one that arrived last. */
  readonly isLast: boolean;
}

/** Lets its parties pass when all of them have arrived, and then begins anew. Made by {@link ManagedSegment.barrier}. */
export class Barrier {
  readonly #object: SharedObject;

  /** @internal */
  constructor(object: SharedObject) {
    this.#object = object;
  }

  get name(): string {
    return this.#object.name;
  }

  /** Arrives, and waits for the others; after an error the arrival is taken back. @throws as {@link Mutex.lock} */
  async wait(options?: AsyncWaitOptions): Promise<BarrierPassage> {
    return passage(await this.#object.wait('wait', options));
  }

  /** Waits, and blocks the thread. @throws as {@link wait} */
  waitSync(options?: WaitOptions): BarrierPassage {
    return passage(this.#object.waitSync('waitSync', options));
  }
}

function passage({ detail }: Settled): BarrierPassage {
  return { isLast: detail === 1 };
}
