import { performance } from 'node:perf_hooks';

import { ruleError } from './errors.js';
import { type AsyncWaitOptions, abortError, checkAsyncOptions } from './waiting.js';

interface Queued {
  readonly shared: boolean;
  settle(error?: Error): void;
}

/**
 * The order of this thread's own calls of one lock. To others the thread is one participant, which holds the lock or
 * does not: who of its calls is meant is known here alone. A call is in from before it asks the others until it gives
 * the lock back; others wait for it here, first come, first served.
 */
export class LocalTurns {
  #exclusive = false;
  #shared = 0;
  readonly #queue: Queued[] = [];

  /** Whether a call can come in now, regardless of those that wait: a call that can't wait for them. */
  isFree(shared: boolean): boolean {
    return !this.#exclusive && (shared || this.#shared === 0);
  }

  /** What isFree() has said to be possible. */
  enter(shared: boolean): void {
    if (shared) this.#shared++;
    else this.#exclusive = true;
  }

  leave(shared: boolean): void {
    if (shared) this.#shared--;
    else this.#exclusive = false;
    if (this.#queue.length > 0) this.#admit();
  }

  /**
   * Comes in, at once if nobody is before it.
   *
   * @returns undefined if it came in at once; else the options for the rest of the time
   */
  enterInOrder(shared: boolean, options: AsyncWaitOptions | undefined, verb: string, name: string): Promise<AsyncWaitOptions> | undefined {
    if (this.#queue.length > 0 || !this.isFree(shared)) return this.#enqueue(shared, options, verb, name);
    this.enter(shared);
    return undefined;
  }

  /** Nobody gets in any more. */
  close(error: () => Error): void {
    for (const queued of this.#queue.splice(0)) queued.settle(error());
  }

  async #enqueue(shared: boolean, options: AsyncWaitOptions | undefined, verb: string, name: string): Promise<AsyncWaitOptions> {
    const { timeout, signal } = checkAsyncOptions(options);
    const end = performance.now() + timeout;
    let timer: NodeJS.Timeout | undefined;
    let giveUp: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const queued = { shared, settle: (error?: Error) => (error === undefined ? resolve() : reject(error)) };
        const leaveQueue = (error: Error) => {
          const place = this.#queue.indexOf(queued);
          if (place < 0) return; // it has come in in the same moment
          this.#queue.splice(place, 1);
          reject(error);
          this.#admit();
        };
        this.#queue.push(queued);
        if (timeout <= longestTimer) {
          const isOver = () => leaveQueue(ruleError('ERR_SHM_TIMEOUT', verb, name, 'the time is over'));
          timer = setTimeout(isOver, timeout);
        }
        if (signal !== undefined) signal.addEventListener('abort', giveUp = () => leaveQueue(abortError(signal)));
      });
    } finally {
      clearTimeout(timer);
      if (giveUp !== undefined) signal?.removeEventListener('abort', giveUp);
    }
    return { ...options, timeout: Math.max(0, end - performance.now()) };
  }

  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined && this.isFree(next.shared); next = this.#queue[0]) {
      this.#queue.shift();
      this.enter(next.shared);
      next.settle();
    }
  }
}

/** Milliseconds; a longer timer ends at once. */
const longestTimer = 2 ** 31 - 1;
