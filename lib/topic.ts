import { MessageStructure } from './message-structure.js';
import { checkSubscriber } from './object-options.js';
import { Subscriber } from './subscriber.js';
import type { TopicMemory } from './topic-memory.js';
import type { AsyncWaitOptions, WaitOptions } from './waiting.js';

export interface SubscribeOptions {
  /** What is published from now on, or what is still there as well. Default: `'latest'`. */
  from?: 'latest' | 'earliest';
  /** Microseconds for which `receive()` looks again and again before it waits. Default: 0. */
  busyPoll?: number;
}

/** Messages from anybody to all who listen, of whom nobody is waited for. Made by {@link ManagedSegment.topic}. */
export class Topic<T = Uint8Array> extends MessageStructure<T, TopicMemory> {
  /** Publishes, unless somebody else is publishing. @returns whether it has @throws as {@link publish} */
  tryPublish(message: T): boolean {
    return this.memory.writer.tryWrite(this.codec.encode(message), 'tryPublish');
  }

  /**
   * Publishes as soon as nobody else is publishing, whoever listens; calls of one thread in order.
   *
   * @throws TypeError, RangeError (arguments); ShmError `ERR_SHM_TOO_LONG`, `ERR_SHM_TIMEOUT`, `ERR_SHM_CORRUPT`,
   * `ERR_SHM_CLOSED`; AbortError
   */
  async publish(message: T, options?: AsyncWaitOptions): Promise<void> {
    await this.memory.writer.write(this.codec.encode(message), options, 'publish');
  }

  /** Publishes, and blocks the thread until nobody else is publishing. @throws as {@link publish} */
  publishSync(message: T, options?: WaitOptions): void {
    this.memory.writer.writeSync(this.codec.encode(message), options, 'publishSync');
  }

  /** One more who listens. @throws TypeError, RangeError; ShmError `ERR_SHM_CLOSED`, `ERR_SHM_TIMEOUT` */
  subscribe(options?: SubscribeOptions): Subscriber<T> {
    const { isFromEarliest, busyPoll } = checkSubscriber(options);
    return new Subscriber(this.memory, this.codec, isFromEarliest, busyPoll);
  }
}
