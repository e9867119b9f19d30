// The first 8 bytes of a POSIX object are its header only if they state exactly the bytes behind them. Else all is payload.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft, removeName } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { afterFile } from '../support/runtime.js';
import { elementTypes } from './kinds.js';

const names: string[] = [];
afterFile(() => names.forEach(removeName));
expectNothingLeft();

let name: string;
let path: string;
afterEach(() => void shm.detachAll());
beforeEach(() => {
  name = uniqueName();
  path = `/dev/shm${name}`;
  names.push(name);
});

/** An object of `size` bytes that count up from 1, the first 8 of which state `payload`. */
function makeObject(size: number, payload: bigint): Buffer {
  const content = Buffer.from(Array.from({ length: size }, (_, i) => (i + 1) % 256));
  if (size >= 8) content.writeBigUInt64LE(payload);
  writeFileSync(path, content);
  return content;
}

/** Reads and writes all of a view, in which nothing may be beyond the object. */
function assertWhole(content: Buffer): void {
  const all = shm.get(name)!;
  assert.equal(all.byteOffset, 0);
  assert.equal(all.buffer.byteLength, content.length);
  assert.equal(Buffer.compare(all, content), 0);
  assert.equal(shm.getTotalSize(), content.length);
  for (const { typeKey, bytes } of elementTypes) {
    assert.equal((shm.get(name, typeKey) as { length: number }).length, Math.floor(content.length / bytes));
  }
  all.fill(0xee);
  assert.deepEqual(readFileSync(path), Buffer.alloc(content.length, 0xee));
  assert.equal(statSync(path).size, content.length);
  assert.equal(shm.detach(name), 1);
}

describe('a header that lies', () => {
  const stated = (size: number) => [
    0n, 1n, 4096n, BigInt(size), BigInt(size - 7), BigInt(size - 9), BigInt(size + 4088),
    2n ** 20n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 8n, 2n ** 64n - 1n,
  ];
  const isTrue = (size: number, payload: bigint) => payload > 0n && payload === BigInt(size - 8);
  const lies = [8, 9, 16, 4095, 4096, 4097, 8192].flatMap((size) =>
    stated(size).filter((payload) => payload >= 0n && !isTrue(size, payload)).map((payload) => [size, payload] as const));
  for (const [size, payload] of lies) {
    test(`${payload} in an object of ${size} bytes: the whole object is the payload`, () => {
      assertWhole(makeObject(size, payload));
    });
  }
});

describe('an object too short for a header', () => {
  for (const size of [1, 7]) test(`${size} bytes: all of them are the payload`, () => assertWhole(makeObject(size, 0n)));
});

describe('a header that is true', () => {
  for (const size of [9, 16, 20, 4096, 5000]) {
    test(`${size - 8} bytes behind it are the payload`, () => {
      const content = makeObject(size, BigInt(size - 8));
      const all = shm.get(name)!;
      assert.equal(all.byteOffset, 0);
      assert.equal(all.buffer.byteLength, size - 8);
      assert.equal(Buffer.compare(all, content.subarray(8)), 0);
      assert.equal(shm.getTotalSize(), size);
      all.fill(0xee);
      assert.deepEqual(readFileSync(path), Buffer.concat([content.subarray(0, 8), Buffer.alloc(size - 8, 0xee)]));
    });
  }

  test('create writes one, in native byte order, then the zeros of the elements', () => {
    shm.create(3, 'Int32Array', name)![0] = 0x01020304;
    assert.deepEqual([...readFileSync(path)], [12, 0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('what is written to a view never reaches it', () => {
    const made = shm.create(16, 'Buffer', name)!;
    new Uint8Array(made.buffer).fill(255);
    made.subarray(0, 4).fill(254);
    shm.detach(name);
    assert.equal(shm.get(name)!.length, 16);
  });

  test('a lie told later counts at the next attaching only', () => {
    const made = shm.create(16, 'Buffer', name)!.fill(1);
    const file = readFileSync(path);
    file.writeBigUInt64LE(2n ** 40n);
    writeFileSync(path, file, { flag: 'r+' });
    assert.deepEqual([...made], Array(16).fill(1));
    assert.equal(shm.get(name)!.buffer, made.buffer, 'attached as it was');
    shm.detach(name);
    assert.equal(shm.get(name)!.length, 24);
  });
});
