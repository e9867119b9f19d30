import { type Key, argumentError, ruleError } from './errors.js';
import { lastFailure, native } from './native.js';

/** `WebAssembly.Memory` where the type library of the user knows it. */
export type WasmMemory = typeof globalThis extends { WebAssembly: { Memory: { prototype: infer T } } }
  ? T
  : { readonly buffer: ArrayBufferLike; grow(delta: number): number };

interface MemoryConstructor {
  new (limits: { initial: number; maximum: number; shared: true }): WasmMemory;
}

/** Missing with `--jitless`. */
const { WebAssembly } = globalThis as unknown as { WebAssembly?: { Memory: MemoryConstructor } };

/** A guard ends with its segment, which is therefore kept as long as what the guard is for. */
const guards = new WeakMap<object, object>();

const pageSize = 65_536;
const mostPages = 65_536;
const { bun } = process.versions;
/** The versions whose Node-API can make a SharedArrayBuffer over memory that is there. */
const whoHasIt = 'Node.js 22.23.3, 24.16 and 26.1 or later, and Bun';

/**
 * Views of a segment that cannot be taken away from who has them, each over a mapping of its own: a SharedArrayBuffer
 * and WebAssembly memories.
 */
export class Aliases {
  readonly #handle: number;
  readonly #size: number;
  readonly #key: Key | undefined;
  readonly #guardian: object | undefined;
  #shared: SharedArrayBuffer | undefined;
  // The addon puts zero pages over their memory at close(); until then V8 must not free it.
  readonly #memories: WasmMemory[] = [];

  /** @param guardian the segment, if it is guarded */
  constructor(handle: number, size: number, key: Key | undefined, guardian: object | undefined) {
    this.#guardian = guardian;
    this.#handle = handle;
    this.#size = size;
    this.#key = key;
  }

  get sharedBuffer(): SharedArrayBuffer {
    this.#shared ??= native.hasSharedBuffers() ? this.#external() : this.#borrowed();
    return this.#shared;
  }

  #external(): SharedArrayBuffer {
    const buffer = native.sharedBuffer(this.#handle);
    if (buffer === undefined) throw lastFailure().toError('sharedBuffer', this.#key);
    // The function is experimental: another meaning in a later runtime must not go unnoticed.
    if (buffer instanceof SharedArrayBuffer && buffer.byteLength === this.#size) return buffer;
    throw this.#unsupported('sharedBuffer', `this version's is of no use; it is known to work in ${whoHasIt}`);
  }

  /** The buffer of a WebAssembly memory, in whose place the segment is mapped. */
  #borrowed(): SharedArrayBuffer {
    const pages = this.#pages();
    if (pages > mostPages) {
      throw this.#unsupported('sharedBuffer', `more than 4 GiB; possible in ${whoHasIt}`);
    }
    return this.wasmMemory({ initial: pages, maximum: pages }, 'sharedBuffer').buffer as SharedArrayBuffer;
  }

  /** @param options checked already where they come from the user */
  wasmMemory(options: unknown = {}, verb = 'wasmMemory'): WasmMemory {
    if (bun !== undefined) {
      const reason = 'Bun writes into the memory of a WebAssembly.Memory that it frees, which would be the segment';
      throw this.#unsupported(verb, reason);
    }
    if (WebAssembly === undefined) throw this.#unsupported(verb, 'this process has no WebAssembly');
    const { initial, maximum } = this.#limits(options);
    const memory = new WebAssembly.Memory({ initial, maximum, shared: true });
    if (native.mapOverMemory(this.#handle, new Uint8Array(memory.buffer)) === undefined) {
      throw lastFailure().toError(verb, this.#key);
    }
    this.#memories.push(memory);
    if (this.#guardian !== undefined) {
      for (const holder of [memory, memory.buffer]) guards.set(holder, this.#guardian);
    }
    return memory;
  }

  #limits(options: unknown): { initial: number; maximum: number } {
    if (typeof options !== 'object' || options === null) {
      throw argumentError('ERR_INVALID_ARG_TYPE', 'options', 'an object', options);
    }
    const least = this.#pages();
    const { initial = least, maximum = initial } = options as { initial?: unknown; maximum?: unknown };
    checkPages('initial', initial, least);
    checkPages('maximum', maximum, initial);
    return { initial, maximum };
  }

  /** Of WebAssembly, that the segment takes. */
  #pages(): number {
    return Math.ceil(this.#size / pageSize);
  }

  #unsupported(verb: string, reason: string): Error {
    return ruleError('ERR_SHM_UNSUPPORTED', verb, this.#key, reason);
  }
}

function checkPages(name: string, pages: unknown, least: number): asserts pages is number {
  if (typeof pages !== 'number') {
    throw argumentError('ERR_INVALID_ARG_TYPE', `options.${name}`, 'a number of pages of 64 KiB', pages);
  }
  if (!Number.isInteger(pages) || pages < least || pages > mostPages) {
    const rule = `an integer from ${least} to ${mostPages} pages of 64 KiB`;
    throw argumentError('ERR_OUT_OF_RANGE', `options.${name}`, rule, pages);
  }
}
