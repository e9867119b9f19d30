import { MessageStructure } from './message-structure.js';
import { checkConsumer } from './object-options.js';
import { QueueConsumer } from './queue-consumer.js';
import type { QueueMemory } from './queue-memory.js';
import { Sender } from './sender.js';
import { Side } from './side.js';

/** Messages from many to many, each to one of them. Made by {@link ManagedSegment.queue}. */
export class Queue<T = Uint8Array> extends MessageStructure<T, QueueMemory> {
  /** One that sends; there can be any number. @throws ShmError `ERR_SHM_CLOSED` */
  producer(): Sender<T> {
    return new Sender(new Side(this.memory.object, false, false), this.memory, this.codec, this.longestMessage);
  }

  /**
   * One that receives; there can be any number.
   *
   * @param options `busyPoll`: microseconds for which `receive()` looks again and again before it waits; default: 0
   * @throws RangeError; ShmError `ERR_SHM_CLOSED`
   */
  consumer(options?: { busyPoll?: number }): QueueConsumer<T> {
    return new QueueConsumer(this.memory, this.codec, checkConsumer(options));
  }
}
