import { ruleError } from './errors.js';
import { LockedWriter } from './locked-writer.js';
import { RecordMemory } from './record-memory.js';
import type { SharedObject } from './shared-object.js';

// As core/include/shm/layout/topic_body.hpp has them.
const headBytes = 256;
const recordHeader = 8;

/** A topic as this thread has it. */
export class TopicMemory extends RecordMemory {
  readonly writer: LockedWriter;

  constructor(object: SharedObject, capacity: number) {
    super('topic', object, headBytes, capacity);
    this.writer = new LockedWriter(object, this.longestMessage);
  }

  get longestMessage(): number {
    return this.capacity / 4 - recordHeader;
  }

  /** The first word of the record at a position, which another process may change; the sequence is the one after it. */
  lengthAt(position: number): number {
    return this.words[this.#indexOf(position)]!;
  }

  sequenceAt(position: number): number {
    return this.words[this.#indexOf(position) + 1]! >>> 0;
  }

  overtaken(verb: string): Error {
    return ruleError('ERR_SHM_TIMEOUT', verb, this.object.name, 'publishers have overtaken it a thousand times');
  }

  #indexOf(position: number): number {
    return (headBytes + (position & (this.capacity - 1) & ~7)) >> 2;
  }
}
