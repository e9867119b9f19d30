import { readFence } from './read-fence.js';
import type { Source } from './receiver.js';
import type { TopicMemory } from './topic-memory.js';

// As core/include/shm/layout/topic_body.hpp has them: indices of words, and bytes.
const published = 0;
const latest = 1;
const tail = 16;
const header = 8;
const padding = -1;
/** More often is not by chance, but a hostile publisher's doing. */
const mostReads = 1000;

/** Who listens, by the rules of begin_reading() and read_next() of core/src/message/topic_protocol.hpp. */
export class TopicReader implements Source {
  readonly isEnd = false;
  /** How many messages it was too slow for. */
  lost = 0;
  readonly #memory: TopicMemory;
  #position = 0;
  /** The sequence of the next record, if none is missed. */
  #expected = 0;
  #copy: Uint8Array | undefined;

  constructor(memory: TopicMemory, isFromEarliest: boolean) {
    this.#memory = memory;
    for (let attempt = 0; !this.#begin(isFromEarliest); attempt++) {
      if (attempt === mostReads) throw memory.overtaken('subscribe');
    }
  }

  get isEmpty(): boolean {
    return this.#memory.position(published) === this.#position;
  }

  get manner(): number {
    return this.#position;
  }

  advance(): boolean {
    for (let attempt = 0; attempt < mostReads; attempt++) {
      const found = this.#read();
      if (found !== undefined) return found;
    }
    throw this.#memory.overtaken('receive');
  }

  copy(): Uint8Array {
    return this.#copy!;
  }

  release(): void {
    this.#copy = undefined;
  }

  /** @returns false if publishers were faster */
  #begin(isFromEarliest: boolean): boolean {
    const memory = this.#memory;
    const end = memory.position(published);
    const oldest = memory.position(tail);
    if (isFromEarliest && oldest !== end) {
      const isPadding = memory.lengthAt(oldest) === padding;
      const first = isPadding ? oldest + this.#restAt(oldest) : oldest;
      this.#position = oldest;
      this.#expected = memory.sequenceAt(first);
      readFence();
      return memory.position(tail) === oldest;
    }
    const begun = memory.position(latest);
    this.#position = end;
    this.#expected = (memory.sequenceAt(begun) + (isBefore(begun, end) ? 1 : 0)) >>> 0;
    readFence();
    return memory.position(published) === end;
  }

  /** @returns whether there is a message; undefined if publishers were faster */
  #read(): boolean | undefined {
    const memory = this.#memory;
    const end = memory.position(published);
    if (end === this.#position) return false;
    const oldest = memory.position(tail);
    let position = isBefore(this.#position, oldest) ? oldest : this.#position;
    if (((end | oldest | position) & 7) !== 0) throw memory.corrupt('receive');
    if (((end - position) >>> 0) > memory.capacity) return undefined; // published since then, and freed again
    if (end === position) { // one is being written over the others
      this.#position = position; // where what comes next is waited for
      return false;
    }
    if (memory.lengthAt(position) === padding) {
      const next = (position + this.#restAt(position)) >>> 0;
      const isPossible = ((next - position) >>> 0) < ((end - position) >>> 0); // a record follows in any case
      if (this.#isOvertaken(position)) return undefined;
      if (!isPossible) throw memory.corrupt('receive');
      position = next;
    }
    const length = memory.lengthAt(position); // once: a publisher may change it
    const size = (length + header + 7) & ~7;
    if (length < 0 || length > memory.longestMessage || size > ((end - position) >>> 0) || size > this.#restAt(position)) {
      if (this.#isOvertaken(position)) return undefined;
      throw memory.corrupt('receive');
    }
    const sequence = memory.sequenceAt(position);
    const start = (position & (memory.capacity - 1)) + header;
    const copy = memory.bytes.slice(start, start + length);
    if (this.#isOvertaken(position)) return undefined;
    this.#copy = copy;
    this.lost += (sequence - this.#expected) >>> 0;
    this.#position = (position + size) >>> 0;
    this.#expected = (sequence + 1) >>> 0;
    return true;
  }

  /** Whether what was read at a position may be of another record. */
  #isOvertaken(position: number): boolean {
    readFence();
    return isBefore(position, this.#memory.position(tail));
  }

  #restAt(position: number): number {
    const { capacity } = this.#memory;
    return capacity - (position & (capacity - 1));
  }
}

/** Of positions modulo 2 ** 32. */
function isBefore(position: number, other: number): boolean {
  return ((position - other) | 0) < 0;
}
