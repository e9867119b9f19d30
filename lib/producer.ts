import type { Codec } from './codecs.js';
import { isEnd, longestMessage } from './ring-layout.js';
import type { RingMemory } from './ring-memory.js';
import { RingWriter } from './ring-writer.js';
import { Sender } from './sender.js';
import { Side } from './side.js';
import type { AsyncWaitOptions } from './waiting.js';

/** Who sends into a ring. Made by {@link Ring.producer}. */
export class Producer<T> extends Sender<T> {
  /** @internal */
  constructor(memory: RingMemory, codec: Codec<T>) {
    super(new Side(memory.object, false, true), new RingWriter(memory), codec, longestMessage(memory.capacity));
  }

  /** Tells the consumer that nothing follows: its `for await` ends. So does the end of {@link writable}. @throws as {@link send} */
  async end(options?: AsyncWaitOptions): Promise<void> {
    await this.sendBytes(new Uint8Array(), isEnd, options, 'end');
  }

  /** @internal */
  protected override finish(options: AsyncWaitOptions): Promise<void> {
    return this.end(options);
  }
}
