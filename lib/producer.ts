import { Writable } from 'node:stream';

import { type Codec, isBytesCodec } from './codecs.js';
import { ruleError } from './errors.js';
import { isEnd, isMessage, longestMessage } from './ring-layout.js';
import type { RingMemory } from './ring-memory.js';
import { RingWriter } from './ring-writer.js';
import { Role } from './role.js';
import type { AsyncWaitOptions, WaitOptions } from './waiting.js';

/** Who sends. Made by {@link Ring.producer}. */
export class Producer<T> {
  readonly #role: Role;
  readonly #writer: RingWriter;
  readonly #codec: Codec<T>;
  readonly #longest: number;

  /** @internal */
  constructor(memory: RingMemory, codec: Codec<T>) {
    this.#role = new Role(memory.object, false);
    this.#writer = new RingWriter(memory);
    this.#codec = codec;
    this.#longest = longestMessage(memory.capacity);
  }

  /**
   * Sends if there is room.
   *
   * @returns whether it was sent
   * @throws TypeError, RangeError (message); ShmError `ERR_SHM_TOO_LONG`, `ERR_SHM_CORRUPT`, `ERR_SHM_CLOSED`
   */
  trySend(message: T): boolean {
    const bytes = this.#encode(message);
    return this.#role.isFree('trySend') && this.#sendNow(bytes, isMessage) === true;
  }

  /**
   * Sends as soon as there is room; calls of one thread in order.
   *
   * @throws as {@link trySend}; ShmError `ERR_SHM_TIMEOUT`; `ERR_SHM_PEER_DIED`, once: there is no room, and the consumer
   * has died; `AbortError`
   */
  async send(message: T, options?: AsyncWaitOptions): Promise<void> {
    await this.#send(this.#encode(message), isMessage, options, 'send');
  }

  /** Sends, and blocks the thread until there is room. @throws as {@link send} */
  sendSync(message: T, options?: WaitOptions): void {
    const bytes = this.#encode(message);
    this.#role.sync(() => this.#sendNow(bytes, isMessage), () => this.#writer.roomFor(bytes.length), options, 'sendSync');
  }

  /** Sends all; as many as there is room for become visible together. @throws as {@link send}; those before were sent */
  async sendMany(messages: Iterable<T>, options?: AsyncWaitOptions): Promise<void> {
    const iterator = messages[Symbol.iterator]();
    let next = iterator.next();
    while (next.done !== true) {
      let bytes = this.#encode(next.value);
      const fill = (): true | undefined => {
        if (!this.#writer.append(bytes)) return undefined;
        try {
          for (next = iterator.next(); next.done !== true; next = iterator.next()) {
            bytes = this.#encode(next.value);
            if (!this.#writer.append(bytes)) break;
          }
        } finally {
          this.#publish();
        }
        return true;
      };
      await this.#role.inTurn(fill, () => this.#writer.roomFor(bytes.length), options, 'sendMany');
    }
  }

  /** Tells the consumer that nothing follows: its `for await` ends. @throws as {@link send} */
  async end(options?: AsyncWaitOptions): Promise<void> {
    await this.#send(new Uint8Array(), isEnd, options, 'end');
  }

  /**
   * A stream into it, whose end is end(). Pieces of bytes that are too long for one message become several.
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
        await this.#send(bytes.subarray(start, start + this.#longest), isMessage, { signal }, 'send');
      }
    };
    return new Writable({
      objectMode: !isOfBytes,
      write: (chunk: T, _encoding, done) => void write(chunk).then(() => done(), done),
      final: (done) => void this.end({ signal }).then(() => done(), done),
      destroy(error, done) {
        abort.abort();
        done(error);
      },
    });
  }

  /** Gives the role back; what was sent stays. Doing it more often does nothing. */
  close(): void {
    this.#role.leave();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #encode(message: T): Uint8Array {
    const bytes = this.#codec.encode(message);
    if (bytes.length <= this.#longest) return bytes;
    throw ruleError('ERR_SHM_TOO_LONG', 'send', this.#role.object.name,
      `a message of ${bytes.length} bytes; at most ${this.#longest}, half of the capacity`);
  }

  async #send(bytes: Uint8Array, tag: number, options: AsyncWaitOptions | undefined, verb: string): Promise<void> {
    await this.#role.inTurn(() => this.#sendNow(bytes, tag), () => this.#writer.roomFor(bytes.length), options, verb);
  }

  #sendNow(bytes: Uint8Array, tag: number): true | undefined {
    if (!this.#writer.append(bytes, tag)) return undefined;
    this.#publish();
    return true;
  }

  #publish(): void {
    if (this.#writer.publish()) this.#role.notifyOtherSide();
  }
}
