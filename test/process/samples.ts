// Values that show how wide an element is, signed or not, float or not.
import type { ShmMap } from 'shm-typed-array';

type Sample = readonly [number, number, number, number];

export const sampleLength = 4;

/** Four values of each type that survive in no narrower one, the last of them not being the same as the first. */
export const samples: Readonly<Record<keyof ShmMap, Sample>> = {
  Buffer: [0, 1, 255, 128],
  Int8Array: [-128, 127, -1, 0],
  Uint8Array: [0, 1, 255, 128],
  Uint8ClampedArray: [0, 1, 255, 128],
  Int16Array: [-32768, 32767, -1, 256],
  Uint16Array: [0, 65535, 256, 1],
  Int32Array: [-(2 ** 31), 2 ** 31 - 1, -1, 65536],
  Uint32Array: [0, 2 ** 32 - 1, 65536, 1],
  Float32Array: [-0.5, 1.5, 2 ** 100, Math.fround(0.1)],
  Float64Array: [-0.1, Number.MAX_VALUE, 5e-324, 1e-300],
  BigInt64Array: [-(2 ** 62), 2 ** 62, -1, 2 ** 40],
  BigUint64Array: [0, 2 ** 63, 1, 2 ** 40],
  Float16Array: [-0.5, 65504, 2 ** -24, 1.5],
};
