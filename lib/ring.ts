import { Consumer } from './consumer.js';
import { MessageStructure } from './message-structure.js';
import { checkConsumer } from './object-options.js';
import { Producer } from './producer.js';
import type { RingMemory } from './ring-memory.js';

/** Messages from one producer to one consumer, in order. Made by {@link ManagedSegment.ring}. */
export class Ring<T = Uint8Array> extends MessageStructure<T, RingMemory> {
  /** Becomes the one that sends. @throws ShmError `ERR_SHM_ROLE_TAKEN`: somebody alive is; `ERR_SHM_CLOSED` */
  producer(): Producer<T> {
    return new Producer(this.memory, this.codec);
  }

  /**
   * Becomes the one that receives.
   *
   * @param options `busyPoll`: microseconds for which `receive()` looks again and again before it waits; default: 0
   * @throws RangeError; ShmError `ERR_SHM_ROLE_TAKEN`: somebody alive is; `ERR_SHM_CLOSED`
   */
  consumer(options?: { busyPoll?: number }): Consumer<T> {
    return new Consumer(this.memory, this.codec, checkConsumer(options));
  }
}
