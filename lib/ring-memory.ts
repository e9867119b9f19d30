import { ruleError } from './errors.js';
import { ringBytes } from './ring-layout.js';
import type { SharedObject } from './shared-object.js';

/** The bytes of a ring as JavaScript moves them, by the rules of core/src/message/ring_protocol.hpp. */
export class RingMemory {
  /** Of the head and of the records. */
  readonly words: Int32Array;
  /** Of the records. */
  readonly bytes: Uint8Array;
  readonly capacity: number;
  readonly #name: string;

  /** @throws ShmError `ERR_SHM_UNSUPPORTED` */
  constructor(object: SharedObject, capacity: number) {
    const { owner, handle, name } = object;
    const words = owner.words(handle, (ringBytes + capacity) / 4);
    const bytes = owner.bytes(handle, ringBytes, capacity);
    if (words === undefined || bytes === undefined) {
      throw ruleError('ERR_SHM_UNSUPPORTED', 'ring', name, 'this runtime has no arrays over shared memory');
    }
    this.words = words;
    this.bytes = bytes;
    this.capacity = capacity;
    this.#name = name;
  }

  /** Bytes since the beginning, modulo 2 ** 32. @param index of the word */
  position(index: number): number {
    return Atomics.load(this.words, index) >>> 0;
  }

  corrupt(verb: string): Error {
    return ruleError('ERR_SHM_CORRUPT', verb, this.#name, 'a word has a value that nobody writes');
  }
}
