import type { Codec } from './codecs.js';
import { argumentError, ruleError } from './errors.js';
import { LocalTurns } from './local-turns.js';
import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import { type AsyncWaitOptions, type WaitOptions, abortError, checkSignal, checkTimeout } from './waiting.js';

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

/** The latest value of something. Made by {@link ManagedSegment.register}. */
export class Register<T = Uint8Array> {
  readonly #object: SharedObject;
  readonly #codec: Codec<T>;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #size: number;
  readonly #turns = new LocalTurns();

  /** @internal */
  constructor(object: SharedObject, size: number, codec: Codec<T>) {
    const length = slotsStart + slotCount * strideOf(size);
    const { owner, handle, name } = object;
    const words = owner.words(handle, length / 4);
    const bytes = owner.bytes(handle, 0, length);
    if (words === undefined || bytes === undefined) {
      throw ruleError('ERR_SHM_UNSUPPORTED', 'register', name, 'this runtime has no arrays over shared memory');
    }
    this.#object = object;
    this.#codec = codec;
    this.#words = words;
    this.#bytes = bytes;
    this.#size = size;
    owner.onClose.push(() => this.#turns.close(() => object.closedError('write')));
  }

  get name(): string {
    return this.#object.name;
  }

  /** Bytes of the longest value. */
  get size(): number {
    return this.#size;
  }

  /** Another one after each write, modulo 2 ** 32; 0 before the first. */
  get version(): number {
    this.#object.check('version');
    return Atomics.load(this.#words, 0) >>> 0;
  }

  /**
   * The value as it is now: whole, and never older than one that was read before.
   *
   * @returns undefined if it was never written
   * @throws ShmError `ERR_SHM_CLOSED`; `ERR_SHM_TIMEOUT`: writers have overtaken this call a thousand times; what the
   * codec throws
   */
  read(): T | undefined {
    this.#object.check('read');
    for (let attempt = 0; attempt < mostReads; attempt++) {
      const version = Atomics.load(this.#words, 0);
      if (version === 0) return undefined;
      const bytes = this.#copy(version);
      if (bytes !== undefined) return this.#codec.decode(bytes);
    }
    throw ruleError('ERR_SHM_TIMEOUT', 'read', this.name, 'writers have overtaken it a thousand times');
  }

  /**
   * Waits until the version is another one than `version`.
   *
   * @returns the version then
   * @throws TypeError, RangeError (arguments); ShmError `ERR_SHM_TIMEOUT`, `ERR_SHM_CLOSED`; AbortError
   */
  async changed(version: number, options?: AsyncWaitOptions): Promise<number> {
    await this.#object.wait('changed', options, checkVersion(version));
    return this.version;
  }

  /** Waits, and blocks the thread. @throws as {@link changed} */
  changedSync(version: number, options?: WaitOptions): number {
    this.#object.waitSync('changedSync', options, checkVersion(version));
    return this.version;
  }

  /** Writes, unless somebody else is writing. @returns whether it has @throws as {@link write} */
  tryWrite(value: T): boolean {
    const bytes = this.#encode(value, 'tryWrite');
    this.#object.check('tryWrite');
    return this.#turns.isFree(false) && this.#writeNow(bytes, false, 'tryWrite');
  }

  /**
   * Writes as soon as nobody else is writing.
   *
   * @throws TypeError, RangeError (arguments); ShmError `ERR_SHM_TOO_LONG`, `ERR_SHM_TIMEOUT`, `ERR_SHM_CLOSED`; AbortError
   */
  async write(value: T, options?: AsyncWaitOptions): Promise<void> {
    const bytes = this.#encode(value, 'write');
    if (options !== undefined) {
      checkTimeout(options);
      const signal = checkSignal(options);
      if (signal?.aborted) throw abortError(signal);
    }
    this.#object.check('write');
    if (this.#turns.isFree(false) && this.#writeNow(bytes, false, 'write')) return;
    const own = bytes.slice(); // what it is of may change while this waits
    const turn = this.#turns.enterInOrder(false, options, 'write', this.name);
    const rest = turn === undefined ? options : await turn;
    try {
      this.#object.check('write');
      if (this.#writeNow(own, false, 'write')) return;
      await this.#object.wait('write', rest, forWriters);
      this.#writeNow(own, true, 'write');
    } finally {
      this.#turns.leave(false);
    }
  }

  /** Writes, and blocks the thread until nobody else is writing. @throws as {@link write} */
  writeSync(value: T, options?: WaitOptions): void {
    const bytes = this.#encode(value, 'writeSync');
    if (options !== undefined) checkTimeout(options);
    this.#object.check('writeSync');
    if (!this.#turns.isFree(false)) {
      throw ruleError('ERR_SHM_DEADLOCK', 'writeSync', this.name, 'a call of this thread waits before it');
    }
    if (this.#writeNow(bytes, false, 'writeSync')) return;
    this.#object.waitSync('writeSync', options, forWriters);
    this.#writeNow(bytes, true, 'writeSync');
  }

  #writeNow(bytes: Uint8Array, isLocked: boolean, verb: string): boolean {
    return this.#object.checked(verb, native.writeRegister(this.#object.handle, bytes, isLocked));
  }

  #encode(value: T, verb: string): Uint8Array {
    const bytes = this.#codec.encode(value);
    if (bytes.length <= this.#size) return bytes;
    throw ruleError('ERR_SHM_TOO_LONG', verb, this.name, `a value of ${bytes.length} bytes; at most ${this.#size}`);
  }

  /**
   * By the rules of read_register() in core/src/message/register_protocol.hpp.
   *
   * @returns undefined if writers have overtaken it
   */
  #copy(version: number): Uint8Array | undefined {
    const start = slotsStart + (version & (slotCount - 1)) * strideOf(this.#size);
    const inSlot = this.#words[start >> 2];
    const length = this.#words[(start >> 2) + 1]!; // once: a writer may change it
    if (inSlot !== version || length < 0 || length > this.#size) return undefined;
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

function checkVersion(version: unknown): number {
  if (typeof version !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'version', 'a number', version);
  if (version >>> 0 === version) return version;
  throw argumentError('ERR_OUT_OF_RANGE', 'version', 'an integer of 32 bits', version);
}
