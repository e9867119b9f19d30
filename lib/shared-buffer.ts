import { Buffer } from 'node:buffer';

/**
 * The Buffer over shared memory: a Buffer in every respect, but it copies bytes before it decodes them to text. Native
 * decoders read twice, to measure and to convert, and write beyond their room when a peer changes the bytes in between.
 */
class SharedBuffer extends Uint8Array {}

type Slice = (this: Uint8Array, start?: number, end?: number) => string;

const slices = [
  'asciiSlice', 'base64Slice', 'base64urlSlice', 'hexSlice', 'latin1Slice', 'ucs2Slice', 'utf16leSlice', 'utf8Slice',
];

const overrides: Record<string, unknown> = {
  constructor: Buffer,
  toString(this: Uint8Array, encoding?: BufferEncoding, start?: number, end?: number): string {
    const from = index(start, 0);
    const to = index(end, Infinity);
    const { length } = this; // after the arguments, whose valueOf() may do anything
    const [first, last] = [Math.max(0, from), Math.min(to, length)];
    // Bun refuses an unknown encoding in a range without bytes too, unless the Buffer has none.
    if (first >= last && length > 0) return oneByte.toString(encoding, 0, 0);
    return privateCopy(this, first, last).toString(encoding);
  },
  subarray(this: Uint8Array, start?: number, end?: number): SharedBuffer {
    const part = Uint8Array.prototype.subarray.call(this, start, end);
    return new SharedBuffer(part.buffer as ArrayBuffer, part.byteOffset, part.length);
  },
};
overrides['toLocaleString'] = overrides['toString'];
overrides['slice'] = overrides['subarray'];
for (const name of slices) {
  const original = (Buffer.prototype as unknown as Record<string, Slice | undefined>)[name];
  if (original !== undefined) overrides[name] = safeSlice(original); // not every runtime has all of them
}

Object.setPrototypeOf(SharedBuffer.prototype, Buffer.prototype);
for (const [name, value] of Object.entries(overrides)) {
  Object.defineProperty(SharedBuffer.prototype, name, { value, writable: true, configurable: true });
}

/** Bytes of `memory`. */
export function sharedBuffer(memory: ArrayBuffer, byteLength: number, byteOffset = 0): Buffer {
  return new SharedBuffer(memory, byteOffset, byteLength) as Buffer;
}

const nothing = Buffer.alloc(0);
const oneByte = Buffer.alloc(1);

function safeSlice(original: Slice): Slice {
  return function (start, end) {
    const from = index(start, 0);
    const to = index(end, this.length);
    const { length } = this; // after the arguments, whose valueOf() may do anything
    if (length === 0) return '';
    // Out of range here and there: throws what a Buffer throws.
    if (Math.min(from, to) < 0 || Math.max(from, to) > length) return original.call(oneByte, from, to);
    return original.call(privateCopy(this, from, to));
  };
}

function index(value: number | undefined, otherwise: number): number {
  return value === undefined ? otherwise : Math.trunc(value) || 0;
}

/** A range without bytes, and one of a detached view, is an empty Buffer. */
function privateCopy(bytes: Uint8Array, from: number, to: number): Buffer {
  if (from >= to) return nothing;
  const copy = Buffer.allocUnsafe(to - from);
  copy.set(Uint8Array.prototype.subarray.call(bytes, from, to));
  return copy;
}
