import type { Codec } from './codecs.js';
import { argumentError } from './errors.js';
import type { RegisterCore } from './register-core.js';
import type { AsyncWaitOptions, WaitOptions } from './waiting.js';

/** The latest value of something. Made by {@link ManagedSegment.register}. */
export class Register<T = Uint8Array> {
  readonly #core: RegisterCore;
  readonly #codec: Codec<T>;

  /** @internal */
  constructor(core: RegisterCore, codec: Codec<T>) {
    this.#core = core;
    this.#codec = codec;
  }

  get name(): string {
    return this.#core.object.name;
  }

  /** Bytes of the longest value. */
  get size(): number {
    return this.#core.size;
  }

  /** Another one after each write, modulo 2 ** 32; 0 before the first. */
  get version(): number {
    this.#core.object.check('version');
    return this.#core.version;
  }

  /**
   * The value as it is now: whole, and never older than one that was read before.
   *
   * @returns undefined if it was never written
   * @throws ShmError `ERR_SHM_CLOSED`; `ERR_SHM_TIMEOUT`: writers have overtaken this call a thousand times; what the
   * codec throws
   */
  read(): T | undefined {
    this.#core.object.check('read');
    const bytes = this.#core.read();
    return bytes && this.#codec.decode(bytes);
  }

  /**
   * Waits until the version is another one than `version`.
   *
   * @returns the version then
   * @throws TypeError, RangeError (arguments); ShmError `ERR_SHM_TIMEOUT`, `ERR_SHM_CLOSED`; AbortError
   */
  async changed(version: number, options?: AsyncWaitOptions): Promise<number> {
    await this.#core.object.wait('changed', options, checkVersion(version));
    return this.version;
  }

  /** Waits, and blocks the thread. @throws as {@link changed} */
  changedSync(version: number, options?: WaitOptions): number {
    this.#core.object.waitSync('changedSync', options, checkVersion(version));
    return this.version;
  }

  /** Writes, unless somebody else is writing. @returns whether it has @throws as {@link write} */
  tryWrite(value: T): boolean {
    return this.#core.writer.tryWrite(this.#codec.encode(value), 'tryWrite');
  }

  /**
   * Writes as soon as nobody else is writing; calls of one thread in order.
   *
   * @throws TypeError, RangeError (arguments); ShmError `ERR_SHM_TOO_LONG`, `ERR_SHM_TIMEOUT`, `ERR_SHM_CLOSED`; AbortError
   */
  async write(value: T, options?: AsyncWaitOptions): Promise<void> {
    await this.#core.writer.write(this.#codec.encode(value), options, 'write');
  }

  /** Writes, and blocks the thread until nobody else is writing. @throws as {@link write} */
  writeSync(value: T, options?: WaitOptions): void {
    this.#core.writer.writeSync(this.#codec.encode(value), options, 'writeSync');
  }
}

function checkVersion(version: unknown): number {
  if (typeof version !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'version', 'a number', version);
  if (version >>> 0 === version) return version;
  throw argumentError('ERR_OUT_OF_RANGE', 'version', 'an integer of 32 bits', version);
}
