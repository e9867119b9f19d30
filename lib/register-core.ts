import { ruleError } from './errors.js';
import { LockedWriter } from './locked-writer.js';
import { readFence } from './read-fence.js';
import type { SharedObject } from './shared-object.js';

// The bytes, as core/include/shm/layout/register_body.hpp has them.
const slotsStart = 192;
const slotHeader = 8;
const slotCount = 4;
/** More often is not by chance, but a hostile writer's doing. */
const mostReads = 1000;

/** A register as this thread has it, whatever its values are. */
export class RegisterCore {
  readonly object: SharedObject;
  readonly size: number;
  readonly writer: LockedWriter;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  /** @throws ShmError `ERR_SHM_UNSUPPORTED` */
  constructor(object: SharedObject, size: number) {
    const { words, bytes } = object.memory('register', slotsStart + slotCount * strideOf(size));
    this.object = object;
    this.size = size;
    this.#words = words;
    this.#bytes = bytes;
    this.writer = new LockedWriter(object, size);
  }

  get version(): number {
    return Atomics.load(this.#words, 0) >>> 0;
  }

  /** @returns a private copy; undefined if it was never written */
  read(): Uint8Array | undefined {
    for (let attempt = 0; attempt < mostReads; attempt++) {
      const version = Atomics.load(this.#words, 0);
      if (version === 0) return undefined;
      const bytes = this.#copy(version);
      if (bytes !== undefined) return bytes;
    }
    throw ruleError('ERR_SHM_TIMEOUT', 'read', this.object.name, 'writers have overtaken it a thousand times');
  }

  /**
   * By the rules of read_register() in core/src/message/register_protocol.hpp.
   *
   * @returns undefined if writers have overtaken it
   */
  #copy(version: number): Uint8Array | undefined {
    const start = slotsStart + (version & (slotCount - 1)) * strideOf(this.size);
    const inSlot = this.#words[start >> 2];
    const length = this.#words[(start >> 2) + 1]!; // once: a writer may change it
    if (inSlot !== version || length < 0 || length > this.size) return undefined;
    const bytes = this.#bytes.slice(start + slotHeader, start + slotHeader + length);
    readFence();
    const now = Atomics.load(this.#words, 0);
    return ((now - version) >>> 0) < slotCount - 1 ? bytes : undefined;
  }
}

function strideOf(size: number): number {
  return (size + slotHeader + 7) & ~7;
}
