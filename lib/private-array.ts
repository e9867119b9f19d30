import type { ShmMap } from './element-types.js';

/** A typed array of any element type. */
export type TypedArray = ShmMap[Exclude<keyof ShmMap, 'Buffer'>];

declare const isPrivate: unique symbol;

/**
 * A typed array that inherits from nothing but a frozen list of reading methods, as they were when the library was
 * loaded. So no property that a program puts on a prototype later is ever called with the array as its `this`.
 */
export interface PrivateArray<T extends TypedArray> {
  readonly [isPrivate]: T;
  readonly [index: number]: T[number];
  readonly [Symbol.toStringTag]: string;
  readonly buffer: ArrayBufferLike;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly length: number;
  at(index: number): T[number] | undefined;
  entries(): IterableIterator<[number, T[number]]>;
  includes(element: T[number], fromIndex?: number): boolean;
  indexOf(element: T[number], fromIndex?: number): number;
  keys(): IterableIterator<number>;
  /** A copy, which is an ordinary typed array. */
  slice(start?: number, end?: number): T;
  /** Over the same memory, and an ordinary typed array: see {@link part}. */
  subarray(start?: number, end?: number): T;
  values(): IterableIterator<T[number]>;
}

type Getter = Extract<keyof DataView, `get${string}`>;

/** The same of a DataView. */
export type PrivateDataView = Pick<DataView, Getter | 'byteLength'> & { readonly [isPrivate]: DataView };

// Held from the start, since they get to see what is private.
const { DataView: OriginalDataView } = globalThis;
const { getPrototypeOf, setPrototypeOf } = Object;
const { apply } = Reflect;
const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const setElements = typedArrayPrototype.set;

// There is no `constructor` among them, so slice() and subarray() make arrays of the language's own kinds.
const arrayReaders = readersOf(typedArrayPrototype, [
  Symbol.toStringTag, 'at', 'buffer', 'byteLength', 'byteOffset', 'entries', 'includes', 'indexOf', 'keys', 'length', 'slice',
  'subarray', 'values',
]);
const getters = Object.getOwnPropertyNames(DataView.prototype).filter((name) => name.startsWith('get'));
const dataViewReaders = readersOf(DataView.prototype, ['byteLength', ...getters]);

function readersOf(prototype: object, names: readonly PropertyKey[]): object {
  const readers = Object.create(null) as object;
  for (const name of names) Object.defineProperty(readers, name, Object.getOwnPropertyDescriptor(prototype, name)!);
  return Object.freeze(readers);
}

/** Changes the array itself, which nothing else may hold. */
export function makePrivate<T extends TypedArray>(array: T): PrivateArray<T> {
  return setPrototypeOf(array, arrayReaders) as PrivateArray<T>;
}

/** {@link makePrivate} for a DataView. */
export function makeDataViewPrivate(view: DataView): PrivateDataView {
  return setPrototypeOf(view, dataViewReaders) as PrivateDataView;
}

/** Throws for what only this library can have made, if it has not. */
export function checkPrivate(value: object): void {
  const prototype = getPrototypeOf(value) as unknown;
  if (prototype !== arrayReaders && prototype !== dataViewReaders) throw new TypeError('Illegal constructor');
}

/** The same memory from `start` to `end`, as of `subarray()`. */
export function part<T extends TypedArray>(array: PrivateArray<T>, start?: number, end?: number): PrivateArray<T> {
  return makePrivate(array.subarray(start, end));
}

/** The same memory as a DataView. */
export function dataViewOf(array: PrivateArray<TypedArray>): PrivateDataView {
  return makeDataViewPrivate(new OriginalDataView(array.buffer, array.byteOffset, array.byteLength));
}

/** Writes all elements of `source` into `target`, from its element `targetStart`. */
export function copyInto(target: TypedArray, source: PrivateArray<TypedArray>, targetStart: number): void {
  apply(setElements, target, [source, targetStart]);
}
