import { type LeasedMessage, native } from './native.js';
import type { Source } from './receiver.js';
import type { Sink } from './sender.js';
import type { SharedObject } from './shared-object.js';

// As core/include/shm/layout/queue_body.hpp has them: indices of 32-bit words, and bytes.
const allocated = 16;
const read = 48;
const headBytes = 384;
const entryHeader = 16;

/** A queue as this thread has it. The addon moves its bytes. */
export class QueueMemory implements Sink, Source {
  readonly object: SharedObject;
  readonly capacity: number;
  readonly isEnd = false;
  readonly manner = 0;
  readonly #words: Int32Array;
  #received: Uint8Array | undefined;

  /** @throws ShmError `ERR_SHM_UNSUPPORTED` */
  constructor(object: SharedObject, capacity: number) {
    this.object = object;
    this.capacity = capacity;
    this.#words = object.memory('queue', headBytes).words;
  }

  get longestMessage(): number {
    return this.capacity / 2 - entryHeader;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#words, allocated) === Atomics.load(this.#words, read);
  }

  /** As of native.startObject(): 0 is a message. */
  roomFor(length: number): number {
    return length + 1;
  }

  append(message: Uint8Array): boolean {
    return this.object.checked('send', native.sendToQueue(this.object.handle, message));
  }

  /** append() has done it. */
  publish(): void {}

  advance(): boolean {
    const received = this.object.checked('receive', native.receiveFromQueue(this.object.handle, false));
    this.#received = received?.bytes;
    return received !== null;
  }

  copy(): Uint8Array {
    return this.#received!;
  }

  /** advance() has done it. */
  release(): void {
    this.#received = undefined;
  }

  lease(): LeasedMessage | undefined {
    return this.object.checked('receive', native.receiveFromQueue(this.object.handle, true)) ?? undefined;
  }
}
