import type { Codec } from './codecs.js';
import { Receiver } from './receiver.js';
import { Side } from './side.js';
import type { TopicMemory } from './topic-memory.js';
import { TopicReader } from './topic-reader.js';

/** Who listens to a topic. Made by {@link Topic.subscribe}. */
export class Subscriber<T> extends Receiver<T> {
  readonly #reader: TopicReader;

  /** @internal */
  constructor(memory: TopicMemory, codec: Codec<T>, isFromEarliest: boolean, busyPoll: number) {
    memory.object.check('subscribe');
    const reader = new TopicReader(memory, isFromEarliest);
    super(new Side(memory.object, true, false), reader, codec, busyPoll);
    this.#reader = reader;
  }

  /** How many messages were published since it subscribed that it was too slow for, up to the last one that it has got. */
  get lost(): number {
    return this.#reader.lost;
  }
}
