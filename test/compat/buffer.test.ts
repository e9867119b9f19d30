// The Buffer over shared memory is a Buffer to all that uses Buffers.
import assert from 'node:assert/strict';
import buffer from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { inspect, isDeepStrictEqual, types } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { lacks } from '../support/runtime.js';

expectNothingLeft();

type Methods = Record<string, (...args: unknown[]) => unknown>;

const size = 32;
let name: string;
let shared: Buffer;
let plain: Buffer;
beforeEach(() => {
  name = uniqueName();
  shared = shm.create(size, 'Buffer', name)!;
  plain = Buffer.alloc(size);
  for (const each of [shared, plain]) for (let i = 0; i < size; ++i) each[i] = (i * 37) % 256;
});
afterEach(() => shm.destroy(name));

function assertSame(call: (each: Buffer) => unknown): void {
  assert.deepEqual(call(shared), call(plain), String(call));
}

test('it is one, by every test there is', () => {
  assert.ok(Buffer.isBuffer(shared));
  assert.ok(shared instanceof Buffer);
  assert.ok(shared instanceof Uint8Array);
  assert.ok(types.isUint8Array(shared));
  assert.ok(ArrayBuffer.isView(shared));
  assert.equal(shared.constructor, Buffer);
  assert.equal(shared.constructor.name, 'Buffer');
  assert.equal(Object.prototype.toString.call(shared), '[object Uint8Array]');
  const { parent, offset } = shared as unknown as { parent: ArrayBuffer; offset: number };
  assert.deepEqual([parent === shared.buffer, offset], [true, 0]);
  assert.deepEqual(Object.keys(shared), Object.keys(plain));
  assert.deepEqual(Object.getOwnPropertyNames(shared), Object.getOwnPropertyNames(plain));
  const inherited = (each: Buffer) => Object.entries(Object.getOwnPropertyDescriptors(each.constructor.prototype)).length;
  assertSame(inherited);
});

// docs/migration.md: there it is no plain Buffer to deepStrictEqual(), because of its prototype.
test('it equals a plain Buffer of the same bytes, in depth', { skip: lacks.equalityByContent }, () => {
  assert.deepEqual(shared, plain);
  assert.deepEqual({ nested: [plain] }, { nested: [shared] });
  assert.ok(isDeepStrictEqual(shared, plain));
  assert.notDeepEqual(shared.fill(1), plain);
});

test('inspect shows it as a Buffer', () => {
  assertSame((each) => inspect(each));
  assertSame((each) => inspect(each.subarray(1, 3)));
  assertSame((each) => inspect({ nested: each }, { depth: 3 }));
  assertSame((each) => inspect(each, { showHidden: true, colors: true }));
  const long = shm.create(100, 'Buffer', uniqueKey())!;
  assert.equal(inspect(long), inspect(Object.assign(Buffer.alloc(100), { key: long.key })));
  shm.destroy(long.key!);
});

test('JSON.stringify shows it as a Buffer', () => {
  assertSame((each) => JSON.stringify(each));
  assertSame((each) => JSON.stringify({ each }));
});

const calls: Record<string, (each: Buffer) => unknown> = {
  'spread': (each) => [...each],
  'for-of': (each) => { const all = []; for (const byte of each) all.push(byte); return all; },
  'for-in': (each) => { const all = []; for (const index in each) if (Object.hasOwn(each, index)) all.push(index); return all; },
  'entries, keys, values': (each) => [[...each.entries()], [...each.keys()], [...each.values()]],
  'Array.from': (each) => Array.from(each, (byte) => byte * 2),
  'at, with negative index': (each) => [each.at(0), each.at(-1), each.at(99)],
  'Buffer.from': (each) => Buffer.from(each),
  'Buffer.concat': (each) => Buffer.concat([each, Buffer.from('x'), each], 40),
  'Buffer.compare': (each) => [Buffer.compare(each, Buffer.alloc(size)), Buffer.compare(Buffer.alloc(size), each)],
  'Buffer.byteLength': (each) => Buffer.byteLength(each),
  'compare': (each) => [each.compare(Buffer.alloc(4)), Buffer.from('z').compare(each), each.compare(each, 1, 5, 2, 6)],
  'equals': (each) => [each.equals(Buffer.from(each)), Buffer.from(each).equals(each), each.equals(Buffer.alloc(size))],
  'indexOf': (each) => [each.indexOf(37), each.indexOf(Buffer.from([37, 74])), each.indexOf('J'), each.indexOf('nothing')],
  'lastIndexOf, includes': (each) => [each.lastIndexOf(0), each.includes(111), each.includes('%J')],
  'find, some, every, reduce': (each) => [each.find((x) => x > 99), each.some((x) => x > 254), each.reduce((a, b) => a + b)],
  'map, filter': (each) => [each.map((x) => x ^ 1), each.filter((x) => x % 2)],
  'fill': (each) => [...each.fill('ab', 3, 9).fill(5, 20).fill(Buffer.from([1, 2]), 0, 3)],
  'write': (each) => [each.write('héllo'), each.write('6869', 8, 'hex'), each.write('cut off', 30), [...each]],
  'utf8Write, latin1Write, hexWrite': (each) => {
    const writer = each as unknown as Record<string, (text: string, offset: number) => number>;
    return [writer['utf8Write']!('é', 0), writer['latin1Write']!('é', 4), writer['hexWrite']!('ff', 6), [...each]];
  },
  'copy': (each) => {
    const into = Buffer.alloc(10);
    return [each.copy(into, 2, 4), Buffer.from('xyz').copy(each, 1), into, [...each]];
  },
  'set, copyWithin': (each) => { each.set([9, 8, 7], 4); return [...each.copyWithin(0, 4, 7)]; },
  'swap16, swap32, swap64': (each) => [[...each.swap16()], [...each.swap32()], [...each.swap64()]],
  'reverse, sort': (each) => [[...each.reverse()], [...each.sort()]],
  'toJSON': (each) => each.toJSON(),
  'structuredClone': (each) => structuredClone(each),
  'v8.serialize': (each) => deserialize(serialize(each)),
  'Object.assign': (each) => Object.assign([], each),
  'DataView': (each) => new DataView(each.buffer, each.byteOffset, each.byteLength).getFloat64(8),
  'crypto': (each) => createHash('sha256').update(each).digest('hex'),
  'TextDecoder': (each) => new TextDecoder('latin1').decode(each),
  'buffer.isUtf8, isAscii': (each) => [buffer.isUtf8(each), buffer.isAscii(each.subarray(0, 3))],
  'destructuring': ([first, second, ...rest]) => [first, second, rest.length],
};
for (const [what, call] of Object.entries(calls)) test(`${what} work as with any Buffer`, () => assertSame(call));

describe('read and write methods', () => {
  const methods = Object.getOwnPropertyNames(Buffer.prototype);

  for (const method of methods.filter((each) => /^read/.test(each))) {
    const skip = /Big/.test(method) && lacks.checkedOffsets;
    test(`${method} reads what a plain Buffer reads`, { skip }, () => {
      const call = (each: Buffer, ...args: unknown[]) => (each as unknown as Methods)[method]!(...args);
      for (const offset of [0, 1, 7, size - 8]) assertSame((each) => call(each, offset, 3));
      for (const offset of [-1, size, 1.5, NaN, '1', 2 ** 32]) {
        assert.throws(() => call(shared, offset, 3), (ours: NodeJS.ErrnoException) => {
          assert.throws(() => call(plain, offset, 3), { name: ours.name, code: ours.code! });
          return true;
        });
      }
    });
  }

  for (const method of methods.filter((each) => /^write[A-Z]/.test(each))) {
    test(`${method} writes what a plain Buffer writes`, () => {
      const isBig = method.includes('Big');
      for (const offset of [0, 1, 7, size - 8]) {
        for (const value of [0, 1, 100]) {
          const given = isBig ? BigInt(value) : value;
          assertSame((each) => {
            const end = (each as unknown as Methods)[method]!(given, offset, 3);
            return [end, [...each]];
          });
        }
      }
    });
  }
});

test('files are read into it and written from it', () => {
  const path = join(tmpdir(), `shm-test-file-${process.pid}`);
  try {
    const file = openSync(path, 'w+');
    assert.equal(writeSync(file, shared), size);
    assert.equal(writeSync(file, plain), size);
    shared.fill(0);
    assert.equal(readSync(file, shared, 0, size, size), size);
    closeSync(file);
    assert.deepEqual([...shared], [...plain]);
  } finally {
    rmSync(path, { force: true });
  }
});

test('typed arrays are those of the language, without any addition but the key', () => {
  const array = shm.create(4, 'Float32Array')!;
  assert.equal(Object.getPrototypeOf(array), Float32Array.prototype);
  assert.deepEqual(Object.keys(array), ['0', '1', '2', '3', 'key']);
  assert.deepEqual(array.subarray(1, 3), new Float32Array(2));
  array.set([3, 1, 2]);
  assert.deepEqual([...array.toSorted()], [0, 1, 2, 3]);
  shm.destroy(array.key!);
});
