import { ruleError } from './errors.js';
import { LockedWriter } from './locked-writer.js';
import type { SharedObject } from './shared-object.js';

// As core/include/shm/layout/topic_body.hpp has them.
const headBytes = 256;
const recordHeader = 8;

/** A topic as this thread has it. */
export class TopicMemory {
  readonly object: SharedObject;
  /** Of the head and of the records. */
  readonly words: Int32Array;
  /** Of the records. */
  readonly bytes: Uint8Array;
  readonly capacity: number;
  readonly writer: LockedWriter;

  /** @throws ShmError `ERR_SHM_UNSUPPORTED` */
  constructor(object: SharedObject, capacity: number) {
    const { words, bytes } = object.memory('topic', headBytes + capacity);
    this.object = object;
    this.words = words;
    this.bytes = bytes.subarray(headBytes);
    this.capacity = capacity;
    this.writer = new LockedWriter(object, this.longestMessage);
  }

  get longestMessage(): number {
    return this.capacity / 4 - recordHeader;
  }

  /** @param index of a word of the head */
  position(index: number): number {
    return Atomics.load(this.words, index) >>> 0;
  }

  /** The first word of the record at a position, which another process may change; the sequence is the one after it. */
  lengthAt(position: number): number {
    return this.words[this.#indexOf(position)]!;
  }

  sequenceAt(position: number): number {
    return this.words[this.#indexOf(position) + 1]! >>> 0;
  }

  corrupt(verb: string): Error {
    return ruleError('ERR_SHM_CORRUPT', verb, this.object.name, 'a word has a value that nobody writes');
  }

  overtaken(verb: string): Error {
    return ruleError('ERR_SHM_TIMEOUT', verb, this.object.name, 'publishers have overtaken it a thousand times');
  }

  #indexOf(position: number): number {
    return (headBytes + (position & (this.capacity - 1) & ~7)) >> 2;
  }
}
