import { native } from './native.js';
import {
  consumerPosition, freedGate, headerSize, isEnd, longestMessage, padding, producerPosition, recordSize, ringBytes,
} from './ring-layout.js';
import type { Source } from './receiver.js';
import type { RingMemory } from './ring-memory.js';

/** The consumer's side: RingReader of core/src/message/ring_protocol.hpp, with the same accesses. */
export class RingReader implements Source {
  readonly #memory: RingMemory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #capacity: number;
  readonly #longest: number;
  /** Up to which it has read. */
  #position: number;
  /** Up to which the producer was seen to have published. */
  #written: number;
  #offset = 0;
  #length = 0;
  readonly manner = 0;
  /** Whether the record that advance() has found says that nothing follows. */
  isEnd = false;

  constructor(memory: RingMemory) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#bytes = memory.bytes;
    this.#capacity = memory.capacity;
    this.#longest = longestMessage(memory.capacity);
    this.#position = this.#written = memory.position(consumerPosition);
  }

  get isEmpty(): boolean {
    return this.#written === this.#position && this.#memory.position(producerPosition) === this.#position;
  }

  /** Goes to the next record. @returns false if there is none */
  advance(): boolean {
    const words = this.#words;
    const capacity = this.#capacity;
    const mask = capacity - 1;
    if (this.#written === this.#position) {
      const written = this.#memory.position(producerPosition);
      if (((written - this.#position) >>> 0) > capacity || ((written | this.#position) & 7) !== 0) throw this.#memory.corrupt('receive');
      if (written === this.#position) return false;
      this.#written = written;
    }
    let used = (this.#written - this.#position) >>> 0;
    let offset = this.#position & mask;
    let rest = capacity - offset;
    let length = words[(ringBytes + offset) >> 2]!; // once: another process may change it
    if (length === padding) {
      if (rest >= used) throw this.#memory.corrupt('receive'); // a record follows in any case
      this.#position = (this.#position + rest) >>> 0;
      used -= rest;
      rest = capacity;
      offset = 0;
      length = words[ringBytes >> 2]!;
    }
    if (length < 0 || length > this.#longest) throw this.#memory.corrupt('receive');
    const size = recordSize(length);
    const tag = words[((ringBytes + offset) >> 2) + 1]!;
    if (size > used || size > rest || tag < 0 || tag > isEnd) throw this.#memory.corrupt('receive');
    this.isEnd = tag === isEnd;
    this.#offset = offset + headerSize;
    this.#length = length;
    this.#position = (this.#position + size) >>> 0;
    return true;
  }

  /** @returns a private copy of the record that advance() has found; before release() */
  copy(): Uint8Array {
    return this.#bytes.slice(this.#offset, this.#offset + this.#length);
  }

  /** Frees what advance() has gone over. */
  release(): void {
    Atomics.store(this.#words, consumerPosition, this.#position | 0);
    // Somebody may sleep.
    if (Atomics.load(this.#words, freedGate) !== 0) native.notifyOtherSide(this.#memory.object.handle, true);
  }
}
