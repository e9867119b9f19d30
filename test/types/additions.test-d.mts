// What this package adds to the types of the original.
import shm, { BufferType, type Shm, type ShmMap, ShmError, create, createPosix, detachPosix, get, getPosix } from 'shm-typed-array';

const big: Shm<BigInt64Array> | null = create(1, 'BigInt64Array');
const unsigned: Shm<BigUint64Array> | null = get('/name', 'BigUint64Array');
if (big) {
  const element: bigint | undefined = big[0];
  // @ts-expect-error
  big[0] = 5;
}

// null for a generated key, as the documentation of the original has it
const generated: Shm<Buffer> | null = create(1, 'Buffer', null, '600');
declare const key: number | string;
const byEither: Shm<Int8Array> | null = create(1, 'Int8Array', key);
const gotByEither: Shm<Int8Array> | null = get(key, 'Int8Array');
// @ts-expect-error
get(null);

const made: Shm<Uint16Array> | null = createPosix('/name', 1, 'Uint16Array', '600');
const got: Shm<Buffer> | null = getPosix('/name');
const detached: number = detachPosix('/name', true);
// @ts-expect-error
createPosix(5, 1);
// @ts-expect-error
getPosix(5);

const numbers: number[] = [
  shm.SHMBT_BUFFER, shm.SHMBT_INT8, shm.SHMBT_UINT8, shm.SHMBT_UINT8CLAMPED, shm.SHMBT_INT16, shm.SHMBT_UINT16, shm.SHMBT_INT32,
  shm.SHMBT_UINT32, shm.SHMBT_FLOAT32, shm.SHMBT_FLOAT64, shm.SHMBT_BIGINT64, shm.SHMBT_BIGUINT64, shm.SHMBT_FLOAT16,
];
const maybe: number | undefined = BufferType['Float16Array'];

function typed<K extends keyof ShmMap>(type: K): ShmMap[K] | null {
  return create(1, type);
}
const clamped: Uint8ClampedArray | null = typed('Uint8ClampedArray');

// the default export has the types too
const byDefault: shm.Shm<Buffer> | null = shm.create(1);
const sameFunction: typeof create = shm.create;

try {
  create(1, 'Buffer', '/name');
} catch (error) {
  if (error instanceof ShmError) {
    const parent: Error = error;
    const code: string = error.code;
    const errno: number | undefined = error.errno;
    const syscall: string | undefined = error.syscall;
    const given: number | string | undefined = error.key;
    // @ts-expect-error
    error.code = 'EOTHER';
  }
}

// @ts-expect-error
shm.create(1, 'Buffer').toString();
// @ts-expect-error
import { native } from 'shm-typed-array';
// @ts-expect-error
import { native as hidden } from 'shm-typed-array/dist/native.js';
