import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';

import { type Codec, isBytesCodec } from './codecs.js';
import { argumentError } from './errors.js';
import { checkCount } from './managed-options.js';
import type { Side } from './side.js';
import type { AsyncWaitOptions, WaitOptions } from './waiting.js';

/** What comes after the last message. */
const end = Symbol('end');

/** Where messages come from. */
export interface Source {
  readonly isEmpty: boolean;
  /** For what a message is waited, as of native.startObject(). */
  readonly manner: number;
  /** Goes to the next message, or the end. @returns false if there is none */
  advance(): boolean;
  /** Whether what advance() has found says that nothing follows. */
  readonly isEnd: boolean;
  /** @returns a private copy of what advance() has found; before release() */
  copy(): Uint8Array;
  /** What advance() has gone over is received. */
  release(): void;
}

/** Who receives. */
export class Receiver<T> {
  readonly #side: Side;
  readonly #source: Source;
  readonly #codec: Codec<T>;
  readonly #busyPoll: number;

  /** @internal */
  constructor(side: Side, source: Source, codec: Codec<T>, busyPoll: number) {
    this.#side = side;
    this.#source = source;
    this.#codec = codec;
    this.#busyPoll = busyPoll;
  }

  /**
   * Receives if there is something.
   *
   * @returns undefined if there is nothing, or nothing follows
   * @throws ShmError `ERR_SHM_CORRUPT`, `ERR_SHM_CLOSED`; what the codec throws
   */
  tryReceive(): T | undefined {
    return this.#side.isFree('tryReceive') ? withoutEnd(this.#next()) : undefined;
  }

  /**
   * Receives as soon as there is something; calls of one thread in order.
   *
   * @returns undefined if the producer has said that nothing follows, once
   * @throws as {@link tryReceive}; ShmError `ERR_SHM_TIMEOUT`; `ERR_SHM_PEER_DIED`, once: there is nothing, and the
   * producer has died; `AbortError`
   */
  async receive(options?: AsyncWaitOptions): Promise<T | undefined> {
    return withoutEnd(await this.#receive(options));
  }

  /** Receives, and blocks the thread until there is something. @throws as {@link receive} */
  receiveSync(options?: WaitOptions): T | undefined {
    return withoutEnd(this.#side.sync(() => this.#next(), () => this.#source.manner, options, 'receiveSync'));
  }

  /**
   * Calls `fn` for what is there, and frees it together.
   *
   * @param options `most`: how many messages, at most; default: all
   * @returns how many
   * @throws as {@link tryReceive}; what `fn` throws, whose message is received
   */
  drain(fn: (message: T) => void, options: { most?: number } = {}): number {
    if (typeof fn !== 'function') throw argumentError('ERR_INVALID_ARG_TYPE', 'fn', 'a function', fn);
    const most = checkCount('options.most', options.most, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    if (!this.#side.isFree('drain')) return 0;
    let count = 0;
    try {
      while (count < most && this.#source.advance()) {
        if (this.#source.isEnd) continue;
        count++;
        fn(this.#codec.decode(this.#source.copy()));
        if (this.#side.hasLeft) return count;
      }
    } finally {
      if (!this.#side.hasLeft) this.#source.release();
    }
    return count;
  }

  /** Until the producer says that nothing follows. Leaving the loop early keeps the role. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let message = await this.#receive(); message !== end; message = await this.#receive()) yield message;
  }

  /** A stream out of it, which ends when the producer says that nothing follows. */
  readable(): Readable {
    const abort = new AbortController();
    const receive = (): Promise<T | typeof end> => this.#receive({ signal: abort.signal });
    return new Readable({
      objectMode: !isBytesCodec(this.#codec),
      read() {
        receive().then(
          (message) => { this.push(message === end ? null : message); },
          (error: Error) => { if (!abort.signal.aborted) this.destroy(error); },
        );
      },
      destroy(error, done) {
        abort.abort();
        done(error);
      },
    });
  }

  /** Gives the role back; what was not received stays. Doing it more often does nothing. */
  close(): void {
    this.#side.leave();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receive(options?: AsyncWaitOptions): Promise<T | typeof end> {
    const attempt = (): T | typeof end | undefined => {
      this.pollBusily();
      return this.#next();
    };
    return this.#side.inTurn(attempt, () => this.#source.manner, options, 'receive');
  }

  /** Looks for something for as long as the user pays for it. @internal */
  protected pollBusily(): void {
    if (this.#busyPoll === 0) return;
    const over = performance.now() + this.#busyPoll / 1000;
    while (this.#isEmptyForLong() && performance.now() < over);
  }

  #isEmptyForLong(): boolean {
    for (let look = 0; look < 64; look++) {
      if (!this.#source.isEmpty) return false;
    }
    return true;
  }

  #next(): T | typeof end | undefined {
    if (!this.#source.advance()) return undefined;
    const bytes = this.#source.isEnd ? undefined : this.#source.copy();
    this.#source.release();
    return bytes === undefined ? end : this.#codec.decode(bytes);
  }
}

function withoutEnd<T>(message: T | typeof end | undefined): T | undefined {
  return message === end ? undefined : message;
}
