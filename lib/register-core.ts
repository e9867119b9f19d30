import { ruleError } from './errors.js';
import { LocalTurns } from './local-turns.js';
import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import { type AsyncWaitOptions, type WaitOptions, checkAsyncOptions, checkTimeout } from './waiting.js';

// The bytes, as core/include/shm/layout/register_body.hpp has them.
const slotsStart = 192;
const slotHeader = 8;
const slotCount = 4;
/** More often is not by chance, but a hostile writer's doing. */
const mostReads = 1000;
/** As of native.startObject(). */
const forWriters = 2 ** 32;

/** Private: what is stored here orders the accesses around it. */
const fence = new Int32Array(1);

/** A register as this thread has it, whatever its values are: bytes, and the order of its writers here. */
export class RegisterCore {
  readonly object: SharedObject;
  readonly size: number;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #turns = new LocalTurns();

  /** @throws ShmError `ERR_SHM_UNSUPPORTED` */
  constructor(object: SharedObject, size: number) {
    const { words, bytes } = object.memory('register', slotsStart + slotCount * strideOf(size));
    this.object = object;
    this.size = size;
    this.#words = words;
    this.#bytes = bytes;
    object.owner.onClose.push(() => this.#turns.close(() => object.closedError('write')));
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

  tryWrite(bytes: Uint8Array): boolean {
    this.#check('tryWrite', bytes);
    return this.#turns.isFree(false) && this.#writeNow(bytes, false, 'tryWrite');
  }

  async write(bytes: Uint8Array, options: AsyncWaitOptions | undefined): Promise<void> {
    if (options !== undefined) checkAsyncOptions(options);
    this.#check('write', bytes);
    const turn = this.#turns.enterInOrder(false, options, 'write', this.object.name);
    let own = bytes;
    let rest = options;
    if (turn !== undefined) {
      own = bytes.slice(); // what it is of may change while this waits
      rest = await turn;
    }
    try {
      this.object.check('write');
      if (this.#writeNow(own, false, 'write')) return;
      if (own === bytes) own = bytes.slice();
      await this.object.wait('write', rest, forWriters);
      this.#writeNow(own, true, 'write');
    } finally {
      this.#turns.leave(false);
    }
  }

  writeSync(bytes: Uint8Array, options: WaitOptions | undefined): void {
    if (options !== undefined) checkTimeout(options);
    this.#check('writeSync', bytes);
    if (!this.#turns.isFree(false)) {
      throw ruleError('ERR_SHM_DEADLOCK', 'writeSync', this.object.name, 'a call of this thread waits before it');
    }
    if (this.#writeNow(bytes, false, 'writeSync')) return;
    this.object.waitSync('writeSync', options, forWriters);
    this.#writeNow(bytes, true, 'writeSync');
  }

  #check(verb: string, { length }: Uint8Array): void {
    if (length > this.size) {
      throw ruleError('ERR_SHM_TOO_LONG', verb, this.object.name, `a value of ${length} bytes; at most ${this.size}`);
    }
    this.object.check(verb);
  }

  /** @param isLocked whether this thread has the lock of the writers */
  #writeNow(bytes: Uint8Array, isLocked: boolean, verb: string): boolean {
    return this.object.checked(verb, native.writeRegister(this.object.handle, bytes, isLocked));
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
    // A load does not wait for plain loads before it. A store does, and the next atomic load waits for the store.
    Atomics.store(fence, 0, 0);
    const now = Atomics.load(this.#words, 0);
    return ((now - version) >>> 0) < slotCount - 1 ? bytes : undefined;
  }
}

function strideOf(size: number): number {
  return (size + slotHeader + 7) & ~7;
}
