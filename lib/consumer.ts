import type { Codec } from './codecs.js';
import { Receiver } from './receiver.js';
import type { RingMemory } from './ring-memory.js';
import { RingReader } from './ring-reader.js';
import { Side } from './side.js';

/** Who receives from a ring. Made by {@link Ring.consumer}. */
export class Consumer<T> extends Receiver<T> {
  /** @internal */
  constructor(memory: RingMemory, codec: Codec<T>, busyPoll: number) {
    super(new Side(memory.object, true, true), new RingReader(memory), codec, busyPoll);
  }
}
