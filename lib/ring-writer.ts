import { native } from './native.js';
import {
  consumerPosition, headerSize, isMessage, padding, producerPosition, recordSize, ringBytes, sentGate,
} from './ring-layout.js';
import type { RingMemory } from './ring-memory.js';
import type { Sink } from './sender.js';

/**
 * The producer's side: RingWriter of core/src/message/ring_protocol.hpp, with the same accesses. What are plain stores
 * here become visible with the Atomics.store() of publish(), or not at all.
 */
export class RingWriter implements Sink {
  readonly #memory: RingMemory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #capacity: number;
  /** Up to which it has appended. */
  #position: number;
  /** Up to which the consumer was seen to have freed. */
  #read: number;

  constructor(memory: RingMemory) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#bytes = memory.bytes;
    this.#capacity = memory.capacity;
    this.#position = memory.position(producerPosition);
    this.#read = (this.#position - this.#capacity) >>> 0; // as if full: the first look says what is free
  }

  /** @returns bytes that must be free for a message of this length; where the ring ends it takes more */
  roomFor(length: number): number {
    const size = recordSize(length);
    const rest = this.#capacity - (this.#position & (this.#capacity - 1));
    return size > rest ? size + rest : size;
  }

  /**
   * Writes a message, which publish() makes visible.
   *
   * @param message no longer than longestMessage()
   * @returns false if there is no room
   */
  append(message: Uint8Array, tag = isMessage): boolean {
    const { length } = message;
    const size = recordSize(length);
    const room = this.roomFor(length);
    if (!this.#hasRoom(room)) return false;
    const words = this.#words;
    const mask = this.#capacity - 1;
    if (room !== size) {
      words[(ringBytes + (this.#position & mask)) >> 2] = padding;
      this.#position = (this.#position + room - size) >>> 0;
    }
    const offset = this.#position & mask;
    const header = (ringBytes + offset) >> 2;
    words[header] = length;
    words[header + 1] = tag;
    this.#bytes.set(message, offset + headerSize);
    this.#position = (this.#position + size) >>> 0;
    return true;
  }

  publish(): void {
    Atomics.store(this.#words, producerPosition, this.#position | 0);
    // Somebody may sleep.
    if (Atomics.load(this.#words, sentGate) !== 0) native.notifyOtherSide(this.#memory.object.handle, false);
  }

  #hasRoom(room: number): boolean {
    const capacity = this.#capacity;
    if (capacity - ((this.#position - this.#read) >>> 0) >= room) return true;
    const read = this.#memory.position(consumerPosition);
    const used = (this.#position - read) >>> 0;
    if (used > capacity || ((this.#position | read) & 7) !== 0) throw this.#memory.corrupt('send');
    this.#read = read;
    return capacity - used >= room;
  }
}
