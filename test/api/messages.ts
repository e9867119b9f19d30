// Messages that prove themselves: a number, and bytes that follow from it.
import assert from 'node:assert/strict';

export function message(number: number): Uint8Array {
  const length = 8 + (number * 7919) % 500;
  const bytes = new Uint8Array(length).fill(number & 255);
  new DataView(bytes.buffer).setFloat64(0, number);
  return bytes;
}

export function numberOf(bytes: Uint8Array): number {
  const number = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
  assert.deepEqual(Buffer.from(bytes), Buffer.from(message(number)));
  return number;
}
