import { ruleError } from './errors.js';
import { ringBytes } from './ring-layout.js';
import type { SharedObject } from './shared-object.js';

/** The bytes of a ring as JavaScript moves them, by the rules of core/src/message/ring_protocol.hpp. */
export class RingMemory {
  readonly object: SharedObject;
  /** Of the head and of the records. */
  readonly words: Int32Array;
  /** Of the records. */
  readonly bytes: Uint8Array;
  readonly capacity: number;

  /** @throws ShmError `ERR_SHM_UNSUPPORTED` */
  constructor(object: SharedObject, capacity: number) {
    const { words, bytes } = object.memory('ring', ringBytes + capacity);
    this.object = object;
    this.words = words;
    this.bytes = bytes.subarray(ringBytes);
    this.capacity = capacity;
  }

  /** Bytes since the beginning, modulo 2 ** 32. @param index of the word */
  position(index: number): number {
    return Atomics.load(this.words, index) >>> 0;
  }

  corrupt(verb: string): Error {
    return ruleError('ERR_SHM_CORRUPT', verb, this.object.name, 'a word has a value that nobody writes');
  }
}
