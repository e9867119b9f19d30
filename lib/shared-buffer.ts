import { Buffer } from 'node:buffer';

/**
 * The Buffer over shared memory: a Buffer in every respect, but it copies bytes before it decodes them to text. Native
 * decoders read twice, to measure and to convert, and write beyond their room when a peer changes the bytes in between.
 */
class SharedBuffer extends Uint8Array {}

const slices = [
  'asciiSlice', 'base64Slice', 'base64urlSlice', 'hexSlice', 'latin1Slice', 'ucs2Slice', 'utf16leSlice', 'utf8Slice',
] as const;

type Slice = (this: Uint8Array, start?: number, end?: number) => string;

const overrides: Record<string, unknown> = {
  constructor: Buffer,
  toString(this: Uint8Array, encoding?: BufferEncoding, start?: number, end?: number): string {
    return privateCopy(this, start, end).toString(encoding);
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
  if (original === undefined) continue; // not every runtime has all of them
  overrides[name] = function (this: Uint8Array, start?: number, end?: number): string {
    return original.call(privateCopy(this, start, end));
  };
}

Object.setPrototypeOf(SharedBuffer.prototype, Buffer.prototype);
for (const [name, value] of Object.entries(overrides)) {
  Object.defineProperty(SharedBuffer.prototype, name, { value, writable: true, configurable: true });
}

/** `byteLength` bytes from the start of `memory`. */
export function sharedBuffer(memory: ArrayBuffer, byteLength: number): Buffer {
  return new SharedBuffer(memory, 0, byteLength) as Buffer;
}

/** The range is read as Buffer.prototype.toString() reads it. */
function privateCopy(bytes: Uint8Array, start: number | undefined, end: number | undefined): Buffer {
  const from = Math.max(0, Math.trunc(start as number) || 0);
  const to = end === undefined || end > bytes.length ? bytes.length : Math.max(0, Math.trunc(end) || 0);
  return Buffer.from(Uint8Array.prototype.slice.call(Uint8Array.prototype.subarray.call(bytes, from, Math.max(from, to))));
}
