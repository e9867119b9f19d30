import type { Codec } from './codecs.js';
import type { SharedObject } from './shared-object.js';

/** The bytes of a structure, as this thread has them. */
export interface MessageMemory {
  readonly object: SharedObject;
  /** Bytes. */
  readonly capacity: number;
  /** Bytes. */
  readonly longestMessage: number;
}

/** What rings, queues and topics have in common. */
export class MessageStructure<T, Memory extends MessageMemory> {
  /** @internal */
  protected readonly memory: Memory;
  /** @internal */
  protected readonly codec: Codec<T>;

  /** @internal */
  constructor(memory: Memory, codec: Codec<T>) {
    this.memory = memory;
    this.codec = codec;
  }

  get name(): string {
    return this.memory.object.name;
  }

  /** Bytes. */
  get capacity(): number {
    return this.memory.capacity;
  }

  /** Bytes. */
  get longestMessage(): number {
    return this.memory.longestMessage;
  }
}
