// What create and get answer, and which segment a key means.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { assertNothingNew, expectNothingLeft, snapshot } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { kinds } from './kinds.js';

expectNothingLeft();

for (const { kind, newKey } of kinds) {
  describe(kind, () => {
    test('create answers null if the key is taken, and changes nothing', () => {
      const key = newKey();
      const first = shm.create(16, 'Buffer', key)!;
      first.fill(7);
      const before = snapshot();
      assert.equal(shm.create(16, 'Buffer', key), null);
      assert.equal(shm.create(4096, 'Float64Array', key), null);
      assertNothingNew(before);
      assert.equal(first.length, 16);
      assert.ok(first.every((byte) => byte === 7));
      shm.destroy(key);
    });

    test('create answers null also for a size that could not be had', () => {
      const key = newKey();
      shm.create(16, 'Buffer', key);
      assert.equal(shm.create(2 ** 30, 'Buffer', key), null);
      shm.destroy(key);
    });

    test('get answers null if there is none', () => {
      const key = newKey();
      assert.equal(shm.get(key), null);
      assert.equal(shm.get(key, 'Int32Array'), null);
    });

    test('get after destroy answers null', () => {
      const key = newKey();
      shm.create(16, 'Buffer', key);
      assert.equal(shm.destroy(key), true);
      assert.equal(shm.get(key), null);
    });

    test('a key can be used again after destroy, for another size and type, and is zero-filled', () => {
      const key = newKey();
      shm.create(16, 'Buffer', key)!.fill(255);
      shm.destroy(key);
      const again = shm.create(3, 'Float64Array', key)!;
      assert.deepEqual([...again], [0, 0, 0]);
      shm.destroy(key);
    });

    test('getting again gives views of one attachment', () => {
      const key = newKey();
      const made = shm.create(16, 'Buffer', key)!;
      const { mappings } = snapshot();
      const total = shm.getTotalSize();
      const bytes = shm.get(key)!;
      const words = shm.get(key, 'Uint32Array')!;
      const floats = shm.get(key, 'Float64Array')!;
      for (const view of [bytes, words, floats]) {
        assert.notEqual(view as unknown, made);
        assert.equal(view.buffer, made.buffer);
      }
      assert.equal(shm.getTotalSize(), total);
      assert.deepEqual(snapshot().mappings, mappings);
      words[1] = 0x01020304;
      assert.deepEqual([...made.subarray(4, 8)].sort(), [1, 2, 3, 4]);
      shm.destroy(key);
    });

    test('large segments are zero-filled to their last byte', () => {
      const key = newKey();
      const bytes = shm.create(3 * 2 ** 20 + 1, 'Uint8Array', key)!;
      assert.equal(Buffer.compare(bytes, Buffer.alloc(3 * 2 ** 20 + 1)), 0);
      shm.destroy(key);
    });
  });
}

describe('System V', () => {
  for (const absent of [[], [null], [undefined]] as unknown as [key?: number][]) {
    test(`create with ${absent.length === 0 ? 'no' : absent[0]} key generates one that is free`, () => {
      const taken = new Set(systemVSegments().map(({ key }) => key));
      const made = Array.from({ length: 20 }, () => shm.create(2, 'Int16Array', ...absent)!);
      const keys = new Set(made.map(({ key }) => key!));
      assert.equal(keys.size, 20);
      for (const key of keys) {
        assert.ok(Number.isInteger(key) && key >= 1 && key <= 4294967294, `${key}`);
        assert.ok(!taken.has(key));
        assert.equal(shm.get(key, 'Int16Array')!.key, key);
        assert.equal(shm.destroy(key), true);
      }
    });
  }

  test('a generated key that is taken is replaced by another', () => {
    const { random } = Math;
    const numbers = [0.25, 0.25, 0.25, 0.75];
    Math.random = () => numbers.shift() ?? random();
    try {
      const [first, second] = [shm.create(4)!, shm.create(4)!];
      assert.notEqual(first.key, second.key);
      assert.notEqual(first.buffer, second.buffer);
      assert.equal(shm.detachAll(), 2);
    } finally {
      Math.random = random;
    }
  });

  test('a number and its digits as text are two keys', () => {
    const key = uniqueKey();
    const name = `${key}`;
    const [first, second] = [shm.create(4, 'Buffer', key)!, shm.create(5, 'Buffer', name)!];
    assert.deepEqual([shm.get(key)!.length, shm.get(name)!.length], [4, 5]);
    assert.equal(shm.destroy(name), true);
    assert.deepEqual([first.length, second.length], [4, 0]);
    assert.equal(shm.destroy(key), true);
  });

  test('the smallest and the largest key are keys', (context) => {
    for (const key of [1, 2 ** 31 - 1, 2 ** 31, 4294967294]) {
      const made = shm.create(8, 'Buffer', key);
      if (made === null) {
        context.diagnostic(`somebody uses the key ${key}`);
        continue;
      }
      assert.equal(made.key, key);
      assert.equal(shm.get(key)!.key, key);
      assert.ok(systemVSegments().some((segment) => segment.key === key && segment.size === 8));
      assert.equal(shm.detach(key), 0);
    }
  });

  test('the size of the segment is that of the elements', () => {
    const key = uniqueKey();
    shm.create(5, 'Float64Array', key);
    assert.equal(systemVSegments().find((segment) => segment.key === key)?.size, 40);
    shm.destroy(key);
  });
});

describe('POSIX', () => {
  test('names with and without the leading slash are one', () => {
    const name = uniqueName();
    const bare = name.slice(1);
    const made = shm.create(8, 'Buffer', bare)!;
    assert.ok(existsSync(`/dev/shm/${bare}`));
    assert.equal(shm.create(8, 'Buffer', name), null);
    assert.equal(shm.get(name)!.buffer, made.buffer);
    assert.equal(shm.get(bare)!.buffer, made.buffer);
    assert.equal(shm.detach(name), 1);
    assert.equal(made.length, 0);
    assert.equal(shm.detach(bare), -1);
    assert.equal(shm.destroy(bare), true);
    assert.equal(shm.get(name), null);
  });

  const longest = uniqueName().slice(1).padEnd(254, 'x');
  const names: Record<string, string> = {
    'a blank and a line end': `${uniqueName()} \n`,
    'dots only': `${uniqueName()}...`,
    'letters of two and four bytes': `${uniqueName()}-é-𝄞`,
    '254 bytes': longest,
    '254 bytes in letters of two': `${longest.slice(0, 100)}${'é'.repeat(77)}`,
    '254 bytes after the slash': `/${longest}`,
  };
  for (const [what, name] of Object.entries(names)) {
    test(`a name may have ${what}`, () => {
      const made = shm.create(8, 'Buffer', name)!;
      assert.ok(existsSync(`/dev/shm/${name.replace(/^\//, '')}`));
      assert.equal(shm.get(name)!.buffer, made.buffer);
      assert.equal(shm.destroy(name), true);
    });
  }

  test('createPosix, getPosix and detachPosix are the calls for names', () => {
    const name = uniqueName();
    const made = shm.createPosix(name, 4, 'Uint16Array', '600')!;
    assert.ok(made instanceof Uint16Array);
    assert.equal(made.length, 4);
    assert.equal(shm.createPosix(name, 4), null);
    assert.equal(shm.getPosix(name, 'Uint16Array')!.buffer, made.buffer);
    assert.ok(Buffer.isBuffer(shm.getPosix(name)));
    assert.equal(shm.detachPosix(name), 1);
    assert.equal(shm.detachPosix(name), -1);
    assert.equal(shm.getPosix(name)!.length, 8);
    assert.equal(shm.detachPosix(name, true), 0);
    assert.equal(shm.getPosix(name), null);
    assert.ok(Buffer.isBuffer(shm.createPosix(name, 4)));
    shm.destroy(name);
  });
});
