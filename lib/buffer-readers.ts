import type { Buffer } from 'node:buffer';

import { argumentError } from './errors.js';
import type { PrivateDataView } from './private-array.js';
import { checkIndex } from './validate.js';

/** The methods by which a Buffer reads numbers: `readInt8`, `readUInt16LE`, ... */
export type BufferReaders = Pick<Buffer, Extract<keyof Buffer, `read${string}`>>;

type Read = (data: PrivateDataView, offset: number, isLittle: boolean) => number | bigint;

const fixedSizes: readonly (readonly [name: string, size: number, read: Read])[] = [
  ['Int8', 1, (data, offset) => data.getInt8(offset)],
  ['UInt8', 1, (data, offset) => data.getUint8(offset)],
  ['Int16', 2, (data, offset, isLittle) => data.getInt16(offset, isLittle)],
  ['UInt16', 2, (data, offset, isLittle) => data.getUint16(offset, isLittle)],
  ['Int32', 4, (data, offset, isLittle) => data.getInt32(offset, isLittle)],
  ['UInt32', 4, (data, offset, isLittle) => data.getUint32(offset, isLittle)],
  ['BigInt64', 8, (data, offset, isLittle) => data.getBigInt64(offset, isLittle)],
  ['BigUInt64', 8, (data, offset, isLittle) => data.getBigUint64(offset, isLittle)],
  ['Float', 4, (data, offset, isLittle) => data.getFloat32(offset, isLittle)],
  ['Double', 8, (data, offset, isLittle) => data.getFloat64(offset, isLittle)],
];

/** Gives `prototype` the methods of {@link BufferReaders}, which read what `dataOf` says that an instance reads. */
export function defineBufferReaders(prototype: object, dataOf: (self: never) => PrivateDataView): void {
  for (const [name, size, read] of fixedSizes) {
    for (const order of size === 1 ? [''] : ['LE', 'BE']) {
      define(prototype, name + order, function (offset: unknown = 0) {
        const data = dataOf(this);
        return read(data, checkIndex(offset, 'offset', data.byteLength - size), order === 'LE');
      });
    }
  }
  for (const order of ['LE', 'BE']) {
    define(prototype, `UInt${order}`, function (offset: unknown, size: unknown) {
      return readUnsigned(dataOf(this), offset, checkSize(size), order === 'LE');
    });
    define(prototype, `Int${order}`, function (offset: unknown, size: unknown) {
      const bits = 8 * checkSize(size);
      const value = readUnsigned(dataOf(this), offset, bits / 8, order === 'LE');
      return value < 2 ** (bits - 1) ? value : value - 2 ** bits;
    });
  }
}

function define(prototype: object, name: string, read: (this: never, offset?: unknown, size?: unknown) => number | bigint): void {
  Object.defineProperty(read, 'name', { value: `read${name}` });
  for (const alias of [`read${name}`, `read${name.replace('UInt', 'Uint')}`]) {
    Object.defineProperty(prototype, alias, { value: read });
  }
}

function checkSize(size: unknown): number {
  if (typeof size !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'byteLength', 'a number', size);
  if (![1, 2, 3, 4, 5, 6].includes(size)) throw argumentError('ERR_OUT_OF_RANGE', 'byteLength', 'an integer from 1 to 6', size);
  return size;
}

function readUnsigned(data: PrivateDataView, offset: unknown, size: number, isLittle: boolean): number {
  const start = checkIndex(offset, 'offset', data.byteLength - size);
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + data.getUint8(start + (isLittle ? size - 1 - i : i));
  return value;
}
