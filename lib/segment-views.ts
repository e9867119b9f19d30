import { Buffer } from 'node:buffer';

import { elementSizes } from './element-types.js';
import { argumentError } from './errors.js';
import type { TypedArray } from './private-array.js';
import { type ReadonlyBytes, readonlyBytes } from './readonly-bytes.js';
import { type ReadonlyDataView, readonlyDataView } from './readonly-data-view.js';
import { type ReadonlyView, readonlyView } from './readonly-view.js';
import { sharedBuffer } from './shared-buffer.js';

// Held from the start, since they get to see memory that only this library may write to.
const { DataView, Uint8Array } = globalThis;

/** `Float32Array` and the like. */
export interface TypedArrayConstructor<T extends TypedArray> {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: ArrayBuffer, byteOffset: number, length: number): T;
}

/** The views of one ArrayBuffer. Offsets and lengths are checked; the defaults are 0 and all that is left. */
export interface Views {
  view<T extends TypedArray>(type: TypedArrayConstructor<T>, byteOffset?: number, length?: number): T | ReadonlyView<T>;
  bytes(byteOffset?: number, byteLength?: number): Buffer | ReadonlyBytes;
  dataView(byteOffset?: number, byteLength?: number): DataView | ReadonlyDataView;
  /** Private memory. */
  copy(byteOffset?: number, byteLength?: number): Buffer;
}

export function writableViews(memory: ArrayBuffer): Views {
  return views(memory, (array) => array, sharedBuffer, (view) => view);
}

export function readonlyViews(memory: ArrayBuffer): Views {
  const bytes = (of: ArrayBuffer, length: number, offset: number): ReadonlyBytes =>
    readonlyBytes(new Uint8Array(of, offset, length));
  return views(memory, readonlyView, bytes, readonlyDataView);
}

function views(
  memory: ArrayBuffer,
  viewOf: <T extends TypedArray>(array: T) => T | ReadonlyView<T>,
  bytesOf: (memory: ArrayBuffer, length: number, byteOffset: number) => Buffer | ReadonlyBytes,
  dataViewOf: (view: DataView) => DataView | ReadonlyDataView,
): Views {
  const size = memory.byteLength;
  return {
    view(type, byteOffset = 0, length) {
      const elementSize = checkType(type);
      checkOffset(byteOffset, elementSize, size);
      const room = Math.floor((size - byteOffset) / elementSize);
      return viewOf(new type(memory, byteOffset, checkLength('length', length, room, 'elements')));
    },
    bytes(byteOffset = 0, byteLength) {
      checkOffset(byteOffset, 1, size);
      return bytesOf(memory, checkLength('byteLength', byteLength, size - byteOffset, 'bytes'), byteOffset);
    },
    dataView(byteOffset = 0, byteLength) {
      checkOffset(byteOffset, 1, size);
      const length = checkLength('byteLength', byteLength, size - byteOffset, 'bytes');
      return dataViewOf(new DataView(memory, byteOffset, length));
    },
    copy(byteOffset = 0, byteLength) {
      checkOffset(byteOffset, 1, size);
      const length = checkLength('byteLength', byteLength, size - byteOffset, 'bytes');
      return Buffer.from(new Uint8Array(memory, byteOffset, length));
    },
  };
}

/**
 * None but those of the language: another one could keep what it makes, also where nobody may write.
 *
 * @returns bytes of an element
 */
function checkType(type: unknown): number {
  const size = elementSizes.get(type);
  if (size !== undefined) return size;
  throw argumentError('ERR_INVALID_ARG_TYPE', 'type', 'the constructor of a typed array, such as Float32Array', type);
}

function checkOffset(byteOffset: unknown, elementSize: number, size: number): void {
  if (typeof byteOffset !== 'number') {
    throw argumentError('ERR_INVALID_ARG_TYPE', 'byteOffset', 'a number of bytes', byteOffset);
  }
  if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset > size || byteOffset % elementSize !== 0) {
    const rule = elementSize === 1 ? `an integer from 0 to ${size}` : `a multiple of ${elementSize} from 0 to ${size}`;
    throw argumentError('ERR_OUT_OF_RANGE', 'byteOffset', rule, byteOffset);
  }
}

function checkLength(name: string, length: unknown, room: number, unit: string): number {
  if (length === undefined) return room;
  if (typeof length !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', name, `a number of ${unit}`, length);
  if (!Number.isInteger(length) || length < 0 || length > room) {
    throw argumentError('ERR_OUT_OF_RANGE', name, `an integer from 0 to ${room} ${unit}`, length);
  }
  return length;
}
