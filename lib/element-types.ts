import { Buffer, constants } from 'node:buffer';

import { argumentError } from './errors.js';
import { sharedBuffer } from './shared-buffer.js';

/** A view of shared memory. `key` is there for System V: the number to `get` it by in another process. */
export type Shm<T> = T & { key?: number };

/** `Float16Array` where the type library of the user knows it. */
type Float16 = typeof globalThis extends { Float16Array: new (...args: never[]) => infer T } ? T : never;

/** What `typeKey` gives. */
export interface ShmMap {
  Buffer: Shm<Buffer>;
  Int8Array: Shm<Int8Array>;
  Uint8Array: Shm<Uint8Array>;
  Uint8ClampedArray: Shm<Uint8ClampedArray>;
  Int16Array: Shm<Int16Array>;
  Uint16Array: Shm<Uint16Array>;
  Int32Array: Shm<Int32Array>;
  Uint32Array: Shm<Uint32Array>;
  Float32Array: Shm<Float32Array>;
  Float64Array: Shm<Float64Array>;
  BigInt64Array: Shm<BigInt64Array>;
  BigUint64Array: Shm<BigUint64Array>;
  Float16Array: Shm<Float16>;
}

/** The largest `count`, in elements: the length of the largest typed array of this runtime. */
export const LengthMax: number = constants.MAX_LENGTH;

export const SHMBT_BUFFER = 0;
export const SHMBT_INT8 = 1;
export const SHMBT_UINT8 = 2;
export const SHMBT_UINT8CLAMPED = 3;
export const SHMBT_INT16 = 4;
export const SHMBT_UINT16 = 5;
export const SHMBT_INT32 = 6;
export const SHMBT_UINT32 = 7;
export const SHMBT_FLOAT32 = 8;
export const SHMBT_FLOAT64 = 9;
export const SHMBT_BIGINT64 = 10;
export const SHMBT_BIGUINT64 = 11;
/** Only runtimes that have `Float16Array` list it in {@link BufferType}. */
export const SHMBT_FLOAT16 = 12;

type View = Buffer | Exclude<ShmMap[keyof ShmMap], Buffer>;

export interface ElementType {
  readonly number: number;
  readonly bytesPerElement: number;
  /** A view of `count` elements from the start of `memory`. */
  view(memory: ArrayBuffer, count: number): View;
}

interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: ArrayBuffer, byteOffset: number, length: number): View;
}

/** Bytes of an element, by the constructors of the typed arrays. */
export const elementSizes = new Map<unknown, number>();

function typedArray(number: number, Constructor: TypedArrayConstructor): ElementType {
  elementSizes.set(Constructor, Constructor.BYTES_PER_ELEMENT);
  return {
    number,
    bytesPerElement: Constructor.BYTES_PER_ELEMENT,
    view: (memory, count) => new Constructor(memory, 0, count),
  };
}

const elementTypes = new Map<string, ElementType>([
  ['Buffer', { number: SHMBT_BUFFER, bytesPerElement: 1, view: sharedBuffer }],
  ['Int8Array', typedArray(SHMBT_INT8, Int8Array)],
  ['Uint8Array', typedArray(SHMBT_UINT8, Uint8Array)],
  ['Uint8ClampedArray', typedArray(SHMBT_UINT8CLAMPED, Uint8ClampedArray)],
  ['Int16Array', typedArray(SHMBT_INT16, Int16Array)],
  ['Uint16Array', typedArray(SHMBT_UINT16, Uint16Array)],
  ['Int32Array', typedArray(SHMBT_INT32, Int32Array)],
  ['Uint32Array', typedArray(SHMBT_UINT32, Uint32Array)],
  ['Float32Array', typedArray(SHMBT_FLOAT32, Float32Array)],
  ['Float64Array', typedArray(SHMBT_FLOAT64, Float64Array)],
  ['BigInt64Array', typedArray(SHMBT_BIGINT64, BigInt64Array)],
  ['BigUint64Array', typedArray(SHMBT_BIGUINT64, BigUint64Array)],
]);
const { Float16Array } = globalThis as { Float16Array?: TypedArrayConstructor };
if (Float16Array !== undefined) elementTypes.set('Float16Array', typedArray(SHMBT_FLOAT16, Float16Array));

/** The names of the element types of this runtime, and their numbers. */
export const BufferType: { [key: string]: number } =
  Object.fromEntries([...elementTypes].map(([name, type]) => [name, type.number]));

/** @throws TypeError for a name that is not listed in {@link BufferType} */
export function elementType(typeKey: unknown): ElementType {
  if (typeof typeKey !== 'string') throw argumentError('ERR_INVALID_ARG_TYPE', 'typeKey', 'a string', typeKey);
  const type = elementTypes.get(typeKey);
  if (type === undefined) {
    const names = [...elementTypes.keys()].join(', ');
    throw argumentError('ERR_INVALID_ARG_VALUE', 'typeKey', `one of ${names}`, typeKey);
  }
  return type;
}
