import { type InspectOptionsStylized, inspect } from 'node:util';

import { type PrivateDataView, checkPrivate, makeDataViewPrivate } from './private-array.js';

/** `getFloat16()` where the type library of the user knows it; it is there where DataView has it. */
export interface ReadonlyDataView extends Pick<DataView, Extract<keyof DataView, 'getFloat16'>> {}

/**
 * What is read of a segment that is attached for reading only: the `get...()` methods of a DataView, which do what they
 * do there, and throw a TypeError when the segment is closed.
 *
 * @example
 * const count = view.getUint32(0, true);
 */
export class ReadonlyDataView {
  readonly #view: PrivateDataView;

  static {
    if ('getFloat16' in DataView.prototype) {
      const { getFloat16 } = {
        getFloat16(this: ReadonlyDataView, byteOffset: number, littleEndian?: boolean): number {
          return (this.#view as PrivateDataView & Float16).getFloat16(byteOffset, littleEndian);
        },
      };
      Object.defineProperty(this.prototype, 'getFloat16', { value: getFloat16 });
    }
    Object.freeze(this);
    Object.freeze(this.prototype);
  }

  constructor(view: PrivateDataView) {
    checkPrivate(view);
    this.#view = view;
  }

  get byteLength(): number {
    return this.#view.byteLength;
  }

  getInt8(byteOffset: number): number {
    return this.#view.getInt8(byteOffset);
  }

  getUint8(byteOffset: number): number {
    return this.#view.getUint8(byteOffset);
  }

  getInt16(byteOffset: number, littleEndian?: boolean): number {
    return this.#view.getInt16(byteOffset, littleEndian);
  }

  getUint16(byteOffset: number, littleEndian?: boolean): number {
    return this.#view.getUint16(byteOffset, littleEndian);
  }

  getInt32(byteOffset: number, littleEndian?: boolean): number {
    return this.#view.getInt32(byteOffset, littleEndian);
  }

  getUint32(byteOffset: number, littleEndian?: boolean): number {
    return this.#view.getUint32(byteOffset, littleEndian);
  }

  getFloat32(byteOffset: number, littleEndian?: boolean): number {
    return this.#view.getFloat32(byteOffset, littleEndian);
  }

  getFloat64(byteOffset: number, littleEndian?: boolean): number {
    return this.#view.getFloat64(byteOffset, littleEndian);
  }

  getBigInt64(byteOffset: number, littleEndian?: boolean): bigint {
    return this.#view.getBigInt64(byteOffset, littleEndian);
  }

  getBigUint64(byteOffset: number, littleEndian?: boolean): bigint {
    return this.#view.getBigUint64(byteOffset, littleEndian);
  }

  [inspect.custom](_depth: number, options: InspectOptionsStylized, show: typeof inspect): string {
    return `ReadonlyDataView ${show({ byteLength: this.#view.byteLength }, options)}`;
  }
}

interface Float16 {
  getFloat16(byteOffset: number, littleEndian?: boolean): number;
}

/** The view over the memory of `view`, which nothing else may hold: it becomes unusable by itself. */
export function readonlyDataView(view: DataView): ReadonlyDataView {
  return Object.freeze(new ReadonlyDataView(makeDataViewPrivate(view))) as ReadonlyDataView;
}
