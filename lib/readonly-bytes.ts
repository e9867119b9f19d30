import { Buffer } from 'node:buffer';
import { types } from 'node:util';

import { type BufferReaders, defineBufferReaders } from './buffer-readers.js';
import { argumentError } from './errors.js';
import { type PrivateArray, type PrivateDataView, dataViewOf, makePrivate, part } from './private-array.js';
import { ReadonlyView } from './readonly-view.js';

export interface ReadonlyBytes extends BufferReaders {}

/**
 * A {@link ReadonlyView} of bytes, with the methods that a Buffer has to read them.
 *
 * @example
 * const length = bytes.readUInt32LE(0);
 * const name = bytes.toString('utf8', 4, 4 + length);
 */
export class ReadonlyBytes extends ReadonlyView<Uint8Array> {
  readonly #bytes: PrivateArray<Uint8Array>;
  readonly #data: PrivateDataView;

  static {
    defineBufferReaders(this.prototype, (self: ReadonlyBytes) => self.#data);
    Object.freeze(this); // its parent above all, to which the constructor hands the array
    Object.freeze(this.prototype);
  }

  constructor(bytes: PrivateArray<Uint8Array>) {
    super(bytes);
    this.#bytes = bytes;
    this.#data = dataViewOf(bytes);
  }

  override subview(start?: number, end?: number): ReadonlyBytes {
    return make(part(this.#bytes, start, end));
  }

  /** Decodes a copy of the bytes, as `Buffer.prototype.toString()` decodes them. */
  override toString(encoding?: BufferEncoding, start?: number, end?: number): string {
    const from = Math.max(0, start === undefined ? 0 : Math.trunc(start) || 0);
    const to = Math.max(0, end === undefined ? Infinity : Math.trunc(end) || 0);
    return this.#copy(from, to).toString(encoding);
  }

  /**
   * Whether the other, a Uint8Array or one of these views, has the same bytes.
   *
   * @throws TypeError if `other` is neither
   */
  equals(other: Uint8Array | ReadonlyBytes): boolean {
    const bytes = other instanceof ReadonlyBytes ? other.#copy() : other;
    if (!types.isUint8Array(bytes)) {
      throw argumentError('ERR_INVALID_ARG_TYPE', 'other', 'a Uint8Array or ReadonlyBytes', other);
    }
    return this.byteLength === bytes.byteLength && this.#copy().equals(bytes);
  }

  // The native code that decodes and compares only ever gets copies: a peer may be writing to the bytes.
  #copy(start?: number, end?: number): Buffer {
    if (this.#bytes.length === 0) return Buffer.alloc(0);
    const { buffer, byteOffset, byteLength } = this.#bytes.slice(start, end);
    return Buffer.from(buffer, byteOffset, byteLength);
  }
}

function make(bytes: PrivateArray<Uint8Array>): ReadonlyBytes {
  return Object.freeze(new ReadonlyBytes(bytes)) as ReadonlyBytes;
}

/** The view over the memory of `bytes`, which nothing else may hold: it becomes unusable by itself. */
export function readonlyBytes(bytes: Uint8Array): ReadonlyBytes {
  return make(makePrivate(bytes));
}
