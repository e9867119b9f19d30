import { Writable } from 'node:stream';

import { type Codec, isBytesCodec } from './codecs.js';
import { ruleError } from './errors.js';
import { isMessage } from './ring-layout.js';
import type { Side } from './side.js';
import type { AsyncWaitOptions, WaitOptions } from './waiting.js';

/** Where messages go. */
export interface Sink {
  /** @returns bytes that must be free for a message of this length */
  roomFor(length: number): number;
  /** Writes a message no longer than the longest, which publish() makes visible. @returns false if there is no room */
  append(message: Uint8Array, tag?: number): boolean;
  publish(): void;
}

/** Who sends. */
export class Sender<T> {
  readonly #side: Side;
  readonly #sink: Sink;
  readonly #codec: Codec<T>;
  readonly #longest: number;

  /** @internal */
  constructor(side: Side, sink: Sink, codec: Codec<T>, longest: number) {
    this.#side = side;
    this.#sink = sink;
    this.#codec = codec;
    this.#longest = longest;
  }

  /**
   * Sends if there is room.
   *
   * @returns whether it was sent
   * @throws TypeError, RangeError (message); ShmError `ERR_SHM_TOO_LONG`, `ERR_SHM_CORRUPT`, `ERR_SHM_CLOSED`
   */
  trySend(message: T): boolean {
    const bytes = this.#encode(message);
    return this.#side.isFree('trySend') && this.#sendNow(bytes, isMessage) === true;
  }

  /**
   * Sends as soon as there is room; calls of one thread in order.
   *
   * @throws as {@link trySend}; ShmError `ERR_SHM_TIMEOUT`; `ERR_SHM_PEER_DIED`, once: there is no room, and the consumer
   * has died; `AbortError`
   */
  async send(message: T, options?: AsyncWaitOptions): Promise<void> {
    await this.sendBytes(this.#encode(message), isMessage, options, 'send');
  }

  /** Sends, and blocks the thread until there is room. @throws as {@link send} */
  sendSync(message: T, options?: WaitOptions): void {
    const bytes = this.#encode(message);
    this.#side.sync(() => this.#sendNow(bytes, isMessage), () => this.#sink.roomFor(bytes.length), options, 'sendSync');
  }

  /** Sends all; as many as there is room for become visible together. @throws as {@link send}; those before were sent */
  async sendMany(messages: Iterable<T>, options?: AsyncWaitOptions): Promise<void> {
    const iterator = messages[Symbol.iterator]();
    let next = iterator.next();
    while (next.done !== true) {
      let bytes = this.#encode(next.value);
      const fill = (): true | undefined => {
        if (!this.#sink.append(bytes)) return undefined;
        try {
          for (next = iterator.next(); next.done !== true; next = iterator.next()) {
            bytes = this.#encode(next.value);
            if (!this.#sink.append(bytes)) break;
          }
        } finally {
          this.#sink.publish();
        }
        return true;
      };
      await this.#side.inTurn(fill, () => this.#sink.roomFor(bytes.length), options, 'sendMany');
    }
  }

  /**
   * A stream into it. Pieces of bytes that are too long for one message become several.
   *
   * @example
   * await pipeline(createReadStream('big'), producer.writable());
   */
  writable(): Writable {
    const abort = new AbortController();
    const { signal } = abort;
    const isOfBytes = isBytesCodec(this.#codec);
    const write = async (chunk: T): Promise<void> => {
      if (!isOfBytes) return this.send(chunk, { signal });
      const bytes = chunk as Uint8Array;
      for (let start = 0; start < bytes.length; start += this.#longest) {
        await this.sendBytes(bytes.subarray(start, start + this.#longest), isMessage, { signal }, 'send');
      }
    };
    return new Writable({
      objectMode: !isOfBytes,
      write: (chunk: T, _encoding, done) => void write(chunk).then(() => done(), done),
      final: (done) => void this.finish({ signal }).then(() => done(), done),
      destroy(error, done) {
        abort.abort();
        done(error);
      },
    });
  }

  /** Gives the role back; what was sent stays. Doing it more often does nothing. */
  close(): void {
    this.#side.leave();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** At the end of a stream. @internal */
  protected async finish(_options: AsyncWaitOptions): Promise<void> {}

  #encode(message: T): Uint8Array {
    const bytes = this.#codec.encode(message);
    if (bytes.length <= this.#longest) return bytes;
    throw ruleError('ERR_SHM_TOO_LONG', 'send', this.#side.object.name,
      `a message of ${bytes.length} bytes; at most ${this.#longest}, half of the capacity`);
  }

  /** @internal */
  protected async sendBytes(bytes: Uint8Array, tag: number, options: AsyncWaitOptions | undefined, verb: string): Promise<void> {
    await this.#side.inTurn(() => this.#sendNow(bytes, tag), () => this.#sink.roomFor(bytes.length), options, verb);
  }

  #sendNow(bytes: Uint8Array, tag: number): true | undefined {
    if (!this.#sink.append(bytes, tag)) return undefined;
    this.#sink.publish();
    return true;
  }
}
