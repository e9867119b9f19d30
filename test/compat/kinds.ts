// What the tables of these tests range over.
import { Buffer } from 'node:buffer';
import { existsSync } from 'node:fs';
import type { ShmMap } from 'shm-typed-array';

import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';

export type TypeKey = keyof ShmMap;
export type Key = number | string;
/** What `create` and `get` give, as far as these tests use it alike for all types. */
export interface View {
  readonly length: number;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly buffer: ArrayBufferLike;
  key?: number;
  [index: number]: number | bigint;
}

/** Bytes that POSIX objects have before their elements. */
export const headerSize = 8;

/** Both kinds of segment: how tests name a new one, and what its name costs. */
export const kinds: readonly { kind: string; newKey: () => Key; overhead: number }[] = [
  { kind: 'System V', newKey: uniqueKey, overhead: 0 },
  { kind: 'POSIX', newKey: uniqueName, overhead: headerSize },
];

interface TypeRow {
  readonly typeKey: TypeKey;
  readonly number: number;
  readonly constant: string;
  readonly bytes: number;
  readonly Constructor: new (...args: never[]) => unknown;
  /** An element that is not zero. */
  readonly sample: number | bigint;
}

const { Float16Array } = globalThis as { Float16Array?: TypeRow['Constructor'] };

/** The element types of this runtime. */
export const elementTypes: readonly TypeRow[] = [
  { typeKey: 'Buffer', number: 0, constant: 'SHMBT_BUFFER', bytes: 1, Constructor: Buffer as never, sample: 0xa5 },
  { typeKey: 'Int8Array', number: 1, constant: 'SHMBT_INT8', bytes: 1, Constructor: Int8Array, sample: -128 },
  { typeKey: 'Uint8Array', number: 2, constant: 'SHMBT_UINT8', bytes: 1, Constructor: Uint8Array, sample: 255 },
  {
    typeKey: 'Uint8ClampedArray', number: 3, constant: 'SHMBT_UINT8CLAMPED', bytes: 1, Constructor: Uint8ClampedArray, sample: 254,
  },
  { typeKey: 'Int16Array', number: 4, constant: 'SHMBT_INT16', bytes: 2, Constructor: Int16Array, sample: -32768 },
  { typeKey: 'Uint16Array', number: 5, constant: 'SHMBT_UINT16', bytes: 2, Constructor: Uint16Array, sample: 65535 },
  { typeKey: 'Int32Array', number: 6, constant: 'SHMBT_INT32', bytes: 4, Constructor: Int32Array, sample: -(2 ** 31) },
  { typeKey: 'Uint32Array', number: 7, constant: 'SHMBT_UINT32', bytes: 4, Constructor: Uint32Array, sample: 2 ** 32 - 1 },
  { typeKey: 'Float32Array', number: 8, constant: 'SHMBT_FLOAT32', bytes: 4, Constructor: Float32Array, sample: 0.5 },
  { typeKey: 'Float64Array', number: 9, constant: 'SHMBT_FLOAT64', bytes: 8, Constructor: Float64Array, sample: Math.PI },
  {
    typeKey: 'BigInt64Array', number: 10, constant: 'SHMBT_BIGINT64', bytes: 8, Constructor: BigInt64Array, sample: -(2n ** 63n),
  },
  {
    typeKey: 'BigUint64Array', number: 11, constant: 'SHMBT_BIGUINT64', bytes: 8, Constructor: BigUint64Array,
    sample: 2n ** 64n - 1n,
  },
  ...(Float16Array === undefined ? [] : [{
    typeKey: 'Float16Array', number: 12, constant: 'SHMBT_FLOAT16', bytes: 2, Constructor: Float16Array, sample: -1.5,
  } as const]),
];

/** Whether the system knows a segment by this key. */
export function exists(key: Key): boolean {
  if (typeof key === 'number') return systemVSegments().some((segment) => segment.key === key);
  return existsSync(`/dev/shm${key}`);
}
