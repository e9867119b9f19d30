// Calls in the middle of which the segment is detached, by JavaScript that they call.
import assert from 'node:assert/strict';

import { type Cases, type Subject, attempt } from './case.js';

type Calls = Readonly<Record<string, (bytes: Buffer, at: Hooks) => unknown>>;

/** Things whose use detaches the segment. */
interface Hooks {
  /** As a number. */
  number(value: number): number;
  bigint(value: bigint): bigint;
  text(value: string): string;
  /** When called; answers `value`. */
  call<T>(value: T): () => T;
}

function hooks({ detach }: Subject): Hooks {
  return {
    number: (value) => ({ valueOf() { detach(); return value; } }) as unknown as number,
    bigint: (value) => ({ valueOf() { detach(); return value; } }) as unknown as bigint,
    text: (value) => ({ toString() { detach(); return value; } }) as unknown as string,
    call: (value) => () => { detach(); return value; },
  };
}

type Methods = Record<string, (...args: unknown[]) => unknown>;
const raw = (bytes: Buffer) => bytes as unknown as Methods;
const words = (bytes: Buffer) => new Int32Array(bytes.buffer);
const plain = new Uint8Array(64);

const calls: Calls = {
  'for-of': (bytes, at) => { for (const byte of bytes) at.call(byte)(); },
  'forEach': (bytes, at) => { let seen = 0; bytes.forEach(() => { at.call(0)(); ++seen; }); assert.equal(seen, 64); },
  'map': (bytes, at) => bytes.map(at.call(1)),
  'filter': (bytes, at) => bytes.filter(at.call(true)),
  'reduce': (bytes, at) => bytes.reduce(at.call(1)),
  'reduceRight': (bytes, at) => bytes.reduceRight(at.call(1)),
  'every, some': (bytes, at) => [bytes.every(at.call(true)), bytes.some(at.call(false))],
  'find, findIndex': (bytes, at) => [bytes.find(at.call(false)), bytes.findIndex(at.call(false))],
  'findLast': (bytes, at) => bytes.findLast(at.call(false)),
  'sort': (bytes, at) => bytes.sort((a, b) => at.call(b - a)()),
  'toSorted': (bytes, at) => bytes.toSorted((a, b) => at.call(b - a)()),
  'Array.from': (bytes, at) => Array.from(bytes, at.call(1)),
  'Uint8Array.from': (bytes, at) => Uint8Array.from(bytes, at.call(1)),
  'JSON.stringify': (bytes, at) => JSON.stringify(bytes, (_, value: unknown) => at.call(value)()),
  'spread behind an element': (bytes, at) => [at.call(1)(), ...bytes],
  'typed array fill': (bytes, at) => Uint8Array.prototype.fill.call(bytes, at.number(2)),
  'typed array fill, BigInt': (bytes, at) => new BigInt64Array(bytes.buffer).fill(at.bigint(2n)),
  'typed array fill, start': (bytes, at) => Uint8Array.prototype.fill.call(bytes, 2, at.number(1)),
  'typed array set, getter': (bytes, at) => bytes.set({ length: 9, get 4() { return at.call(7)(); } } as unknown as number[]),
  'typed array set, from another': (bytes, at) => bytes.set(plain.subarray(0, 8), at.number(4)),
  'typed array set, into another': (bytes, at) => new Uint8Array(64).set(bytes, at.number(0)),
  'typed array with': (bytes, at) => bytes.with(1, at.number(1)),
  'typed array slice': (bytes, at) => Uint8Array.prototype.slice.call(bytes, at.number(1)),
  'typed array subarray': (bytes, at) => Uint8Array.prototype.subarray.call(bytes, at.number(1)),
  'typed array copyWithin': (bytes, at) => bytes.copyWithin(at.number(8), 0, 16),
  'typed array indexOf': (bytes, at) => Uint8Array.prototype.indexOf.call(bytes, 1, at.number(1)),
  'typed array lastIndexOf': (bytes, at) => Uint8Array.prototype.lastIndexOf.call(bytes, 1, at.number(60)),
  'typed array includes': (bytes, at) => Uint8Array.prototype.includes.call(bytes, 5, at.number(1)),
  'typed array join': (bytes, at) => Uint8Array.prototype.join.call(bytes, at.text(',')),
  'typed array at': (bytes, at) => bytes.at(at.number(1)),
  'element write': (bytes, at) => { bytes[0] = at.number(1); },
  'element write, float': (bytes, at) => { new Float64Array(bytes.buffer)[0] = at.number(1); },
  'element write, BigInt': (bytes, at) => { new BigInt64Array(bytes.buffer)[0] = at.bigint(1n); },
  'slice of the buffer': (bytes, at) => bytes.buffer.slice(at.number(1)),
  'new view, offset': (bytes, at) => new Uint8Array(bytes.buffer, at.number(8), 8),
  'new view, length': (bytes, at) => new Uint8Array(bytes.buffer, 8, at.number(8)),
  'DataView set': (bytes, at) => new DataView(bytes.buffer).setInt32(at.number(0), 5),
  'DataView set, value': (bytes, at) => new DataView(bytes.buffer).setFloat64(0, at.number(5)),
  'DataView get': (bytes, at) => new DataView(bytes.buffer).getInt32(at.number(0)),
  'Atomics.add': (bytes, at) => Atomics.add(words(bytes), 0, at.number(1)),
  'Atomics.store, index': (bytes, at) => Atomics.store(words(bytes), at.number(0), 1),
  'Atomics.compareExchange': (bytes, at) => Atomics.compareExchange(words(bytes), 0, 1, at.number(1)),
  'Atomics.exchange, BigInt': (bytes, at) => Atomics.exchange(new BigInt64Array(bytes.buffer), 0, at.bigint(1n)),
  'Atomics.notify': (bytes, at) => Atomics.notify(words(bytes), 0, at.number(1)),

  'Buffer fill': (bytes, at) => bytes.fill(at.number(2)),
  'Buffer fill, range': (bytes, at) => bytes.fill('ab', at.number(0), at.number(60)),
  'Buffer write': (bytes, at) => bytes.write('abcdefgh', at.number(0)),
  'Buffer write, length': (bytes, at) => bytes.write('abcdefgh', 0, at.number(8), 'latin1'),
  'Buffer write, text': (bytes, at) => bytes.write(at.text('abc')),
  ...Object.fromEntries(['utf8Write', 'latin1Write', 'asciiWrite', 'hexWrite', 'ucs2Write', 'base64Write'].flatMap((method) => [
    [method, (bytes: Buffer, at: Hooks) => raw(bytes)[method]!('abcdefab', at.number(1), 8)],
    [`${method}, length`, (bytes: Buffer, at: Hooks) => raw(bytes)[method]!('abcdefab', 1, at.number(8))],
  ])),
  ...Object.fromEntries(['utf8Slice', 'latin1Slice', 'asciiSlice', 'hexSlice', 'ucs2Slice', 'base64Slice'].flatMap((method) => [
    [method, (bytes: Buffer, at: Hooks) => raw(bytes)[method]!(at.number(1), 8)],
    [`${method}, end`, (bytes: Buffer, at: Hooks) => raw(bytes)[method]!(1, at.number(8))],
    [`Buffer.prototype.${method}`, (bytes: Buffer, at: Hooks) => raw(Buffer.prototype)[method]!.call(bytes, at.number(1), 60)],
  ])),
  'Buffer toString': (bytes, at) => bytes.toString('utf8', at.number(1), 20),
  'Buffer toString, encoding': (bytes, at) => bytes.toString(at.text('utf8') as BufferEncoding, 1, 20),
  'Buffer subarray': (bytes, at) => bytes.subarray(at.number(1), 20),
  'Buffer slice': (bytes, at) => bytes.slice(1, at.number(20)),
  'Buffer copy': (bytes, at) => bytes.copy(Buffer.alloc(64), at.number(0)),
  'Buffer copy, into it': (bytes, at) => Buffer.alloc(64).copy(bytes, at.number(0)),
  'Buffer compare': (bytes, at) => bytes.compare(Buffer.alloc(64), at.number(0)),
  'Buffer indexOf': (bytes, at) => [bytes.indexOf('x', at.number(0)), bytes.indexOf(Buffer.from('x'), at.number(0))],
  'Buffer readInt8': (bytes, at) => bytes.readInt8(at.number(0)),
  'Buffer writeInt32LE': (bytes, at) => bytes.writeInt32LE(at.number(1), 0),
  'Buffer writeBigInt64LE': (bytes, at) => bytes.writeBigInt64LE(at.bigint(1n), 0),
  'Buffer.from': (bytes, at) => Buffer.from(bytes.buffer as ArrayBuffer, at.number(8), at.number(8)),
  'Buffer.concat': (bytes, at) => Buffer.concat([bytes, bytes], at.number(100)),
};

export const reentry: Cases = Object.fromEntries(Object.entries(calls).map(([name, call]) => [
  name,
  (subject: Subject) => {
    attempt(() => call(subject.bytes, hooks(subject)));
    subject.detach();
    assert.equal(subject.bytes.length, 0);
    assert.equal(subject.get().length, 64);
  },
]));
