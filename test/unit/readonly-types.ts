// What the tests of the read-only views range over.
import type { TypedArray } from '../../lib/private-array.js';

export type Constructor = {
  readonly name: string;
  readonly prototype: object;
  readonly BYTES_PER_ELEMENT: number;
  new (source: ArrayBufferLike | number | readonly never[]): TypedArray;
};

const { Float16Array } = globalThis as { Float16Array?: Constructor };

/** The typed arrays of this runtime. */
export const typedArrays = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array, ...(Float16Array === undefined ? [] : [Float16Array]),
] as unknown as readonly Constructor[];

export const isNode = !('bun' in process.versions || 'deno' in process.versions);

/** What somebody may give as an index. */
export const indices = [
  undefined, null, 0, -0, 1, 2, 6, 7, 8, 100, -1, -6, -7, -8, -100, 0.5, 1.5, 2.999, -0.5, NaN, Infinity, -Infinity, 2 ** 31,
  2 ** 32, 2 ** 53, '1', '-1', 'x', '', true, [], [2], {}, { valueOf: () => 3 },
] as unknown as number[];

/** What a call answers or throws, as a value to compare. */
export function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return `throws ${(error as Error).name}`;
  }
}

/** Takes the memory away, as closing a segment does. */
export function detach(memory: ArrayBuffer): void {
  structuredClone(memory, { transfer: [memory] });
}

type Methods = Record<string, (...args: unknown[]) => unknown>;

/** Calls a method whose name is not known to the types. */
export function call(object: object, method: string, ...args: unknown[]): unknown {
  return (object as Methods)[method]!(...args);
}
