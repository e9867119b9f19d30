// create and get give each element type over both kinds of segment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { type View, elementTypes, kinds } from './kinds.js';

expectNothingLeft();

for (const { kind, newKey, overhead } of kinds) {
  for (const { typeKey, bytes, Constructor, sample } of elementTypes) {
    test(`${kind}, ${typeKey}: create gives count elements of zero`, () => {
      const key = newKey();
      const made = shm.create(5, typeKey, key) as unknown as View;
      assert.ok(made instanceof Constructor);
      assert.equal(made.constructor, Constructor);
      assert.equal(made.length, 5);
      assert.equal(made.byteLength, 5 * bytes);
      assert.equal(made.byteOffset, 0);
      assert.ok(made.buffer instanceof ArrayBuffer);
      assert.equal(made.buffer.byteLength, 5 * bytes);
      assert.equal(made.key, kind === 'System V' ? key : undefined);
      assert.equal('key' in made, kind === 'System V');
      for (let i = 0; i < 5; ++i) assert.equal(Number(made[i]), 0);
      assert.equal(shm.getTotalSize(), 5 * bytes + overhead);

      assert.equal(shm.destroy(key), true);
      assert.equal(made.length, 0);
    });

    test(`${kind}, ${typeKey}: get gives the same elements`, () => {
      const key = newKey();
      const made = shm.create(3, typeKey, key) as unknown as View;
      made[0] = made[2] = sample;
      const got = shm.get(key, typeKey) as unknown as View;
      assert.equal(got.constructor, Constructor);
      assert.equal(got.length, 3);
      assert.equal(got.byteOffset, 0);
      assert.equal(got.key, made.key);
      assert.deepEqual([got[0], Number(got[1]), got[2]], [sample, 0, sample]);
      got[1] = sample;
      assert.equal(made[1], sample);
      shm.destroy(key);
    });

    test(`${kind}, ${typeKey}: get rounds the number of elements down`, () => {
      for (const size of [1, bytes, bytes + 1, 23]) {
        const key = newKey();
        shm.create(size, 'Buffer', key);
        const got = shm.get(key, typeKey) as unknown as View;
        assert.equal(got.length, Math.floor(size / bytes), `${size} bytes`);
        assert.equal(got.byteOffset, 0);
        assert.equal(shm.destroy(key), true);
      }
    });
  }
}

test('BufferType lists the element types of this runtime with their numbers', () => {
  const expected = Object.fromEntries(elementTypes.map(({ typeKey, number }) => [typeKey, number]));
  assert.deepEqual({ ...shm.BufferType }, expected);
});

test('the numbers are exported one by one too', () => {
  for (const { constant, number } of elementTypes) {
    assert.equal((shm as unknown as Record<string, number>)[constant], number, constant);
  }
});

test('Float16Array is an element type exactly where the runtime has it', () => {
  assert.equal('Float16Array' in shm.BufferType, 'Float16Array' in globalThis);
});

test('LengthMax is the length of the largest typed array, at least 2^31', async () => {
  const { constants } = await import('node:buffer');
  assert.equal(shm.LengthMax, constants.MAX_LENGTH);
  assert.ok(shm.LengthMax >= 2 ** 31);
});

test('the default type is Buffer, for every call', () => {
  for (const { newKey } of kinds) {
    const key = newKey();
    for (const view of [shm.create(4, undefined, key), shm.get(key), shm.get(key, undefined)]) {
      assert.ok(Buffer.isBuffer(view));
      assert.equal(view.length, 4);
    }
    shm.destroy(key);
  }
});
