import { ruleError } from './errors.js';
import type { SharedObject } from './shared-object.js';

/** A head of words and a circle of records after it, as JavaScript reads and writes them itself. */
export class RecordMemory {
  readonly object: SharedObject;
  /** Of the head and of the records. */
  readonly words: Int32Array;
  /** Of the records. */
  readonly bytes: Uint8Array;
  /** Bytes of the circle. */
  readonly capacity: number;

  /** @param headBytes before the circle @throws ShmError `ERR_SHM_UNSUPPORTED` */
  constructor(verb: string, object: SharedObject, headBytes: number, capacity: number) {
    const { words, bytes } = object.memory(verb, headBytes + capacity);
    this.object = object;
    this.words = words;
    this.bytes = bytes.subarray(headBytes);
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
