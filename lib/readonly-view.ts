import { type InspectOptionsStylized, inspect, types } from 'node:util';

import { elementType } from './element-types.js';
import { argumentError, ruleError } from './errors.js';
import { type PrivateArray, type TypedArray, checkPrivate, copyInto, makePrivate, part } from './private-array.js';
import { checkIndex } from './validate.js';

const inspectedElements = 100;

/**
 * What is read of a segment that is attached for reading only: a typed array without any way to write, or to get at the
 * memory beneath it. A store into such memory would end the process.
 *
 * Its methods do what those of a typed array do. When the segment is closed, `length` is 0, `get()` answers `undefined`,
 * and what a typed array does not do without its memory (iterate, search, copy) throws a TypeError.
 *
 * @example
 * for (let i = 0; i < view.length; i++) sum += view.get(i);
 * const copy = view.slice(0, 10);
 */
export class ReadonlyView<T extends TypedArray = TypedArray> {
  static {
    Object.freeze(this);
    Object.freeze(this.prototype);
  }

  readonly #array: PrivateArray<T>;

  constructor(array: PrivateArray<T>) {
    checkPrivate(array);
    this.#array = array;
  }

  /** In elements. */
  get length(): number {
    return this.#array.length;
  }

  get byteLength(): number {
    return this.#array.byteLength;
  }

  get BYTES_PER_ELEMENT(): number {
    return elementType(this.#array[Symbol.toStringTag]).bytesPerElement;
  }

  /** The element, as `array[index]` gives it: `undefined` where there is none. */
  get(index: number): T[number] | undefined {
    return this.#array[+index]; // a number, since 'buffer' is no index
  }

  /** The element; a negative index counts from the end. */
  at(index: number): T[number] | undefined {
    return this.#array.at(index);
  }

  [Symbol.iterator](): IterableIterator<T[number]> {
    return this.#array.values();
  }

  values(): IterableIterator<T[number]> {
    return this.#array.values();
  }

  keys(): IterableIterator<number> {
    return this.#array.keys();
  }

  entries(): IterableIterator<[number, T[number]]> {
    return this.#array.entries();
  }

  forEach(visit: (element: T[number], index: number, view: this) => void): void {
    const { length } = this.#array;
    for (let index = 0; index < length; index++) visit(this.#array[index]!, index, this);
  }

  includes(element: T[number], fromIndex?: number): boolean {
    return this.#array.includes(element, fromIndex);
  }

  indexOf(element: T[number], fromIndex?: number): number {
    return this.#array.indexOf(element, fromIndex);
  }

  /** A copy: an ordinary typed array, which is the caller's own. */
  slice(start?: number, end?: number): T {
    return this.#array.slice(start, end);
  }

  /** A view of a part of the same memory, as `subarray()` gives it of a typed array. */
  subview(start?: number, end?: number): ReadonlyView<T> {
    return make(part(this.#array, start, end));
  }

  /**
   * Copies the elements from `start` to `end`, as `slice()` takes them, into a typed array; as many as it has room for.
   * Those of another type are converted as `TypedArray.prototype.set()` converts them.
   *
   * @param targetStart element of `target` that becomes the first
   * @returns the number of elements copied
   * @throws TypeError (no typed array; numbers into bigints or the other way), RangeError (`targetStart`)
   */
  copyTo(target: TypedArray, targetStart = 0, start?: number, end?: number): number {
    if (!types.isTypedArray(target)) throw argumentError('ERR_INVALID_ARG_TYPE', 'target', 'a typed array', target);
    const room = target.length - checkIndex(targetStart, 'targetStart', target.length);
    const wanted = part(this.#array, start, end);
    const source = wanted.length <= room ? wanted : part(wanted, 0, room);
    copyInto(target, source, targetStart);
    return source.length;
  }

  /** @throws ShmError `ERR_SHM_READ_ONLY` */
  set(..._: unknown[]): never {
    throw ruleError('ERR_SHM_READ_ONLY', 'set', undefined, 'the segment is attached for reading only');
  }

  /** @throws ShmError `ERR_SHM_READ_ONLY` */
  fill(..._: unknown[]): never {
    throw ruleError('ERR_SHM_READ_ONLY', 'fill', undefined, 'the segment is attached for reading only');
  }

  [inspect.custom](depth: number, options: InspectOptionsStylized, show: typeof inspect): string {
    const title = `${this.constructor.name}(${this.#array[Symbol.toStringTag]})`;
    if (depth < 0) return options.stylize(`[${title}]`, 'special');
    const { length } = this;
    const most = Math.min(Math.max(options.maxArrayLength ?? Infinity, 0), inspectedElements);
    // With one element too many, so that inspect() says that there are more.
    const copy = length === 0 ? [] : Array.from<T[number]>(this.slice(0, most + 1));
    const text = show(copy, { ...options, maxArrayLength: most });
    return `${title} ${length - most > 1 ? text.replace('... 1 more item', `... ${length - most} more items`) : text}`;
  }
}

function make<T extends TypedArray>(array: PrivateArray<T>): ReadonlyView<T> {
  return Object.freeze(new ReadonlyView(array)) as ReadonlyView<T>;
}

/** The view over the memory of `array`, which nothing else may hold: it becomes unusable by itself. */
export function readonlyView<T extends TypedArray>(array: T): ReadonlyView<T> {
  return make(makePrivate(array));
}
