// getTotalSize counts what this process has mapped, getTotalCreatedSize what it created.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { startRole } from '../support/roles.js';
import { elementTypes, headerSize, kinds } from './kinds.js';

expectNothingLeft();

const script = new URL('./roles/peer.js', import.meta.url);

function assertTotals(mapped: number, created: number): void {
  assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], [mapped, created]);
}

beforeEach(() => assertTotals(0, 0));

for (const { kind, newKey, overhead } of kinds) {
  describe(kind, () => {
    test(`a segment counts its elements${overhead > 0 ? ` and ${headerSize} bytes of header` : ''}`, () => {
      for (const { typeKey, bytes } of elementTypes) {
        const key = newKey();
        shm.create(100, typeKey, key);
        assertTotals(100 * bytes + overhead, 100 * bytes + overhead);
        shm.destroy(key);
        assertTotals(0, 0);
      }
    });

    test('getting what is attached counts nothing more', () => {
      const key = newKey();
      shm.create(100, 'Buffer', key);
      shm.get(key);
      shm.get(key, 'Float64Array');
      assertTotals(100 + overhead, 100 + overhead);
      shm.destroy(key);
    });

    test('what does not succeed counts nothing', () => {
      const key = newKey();
      assert.equal(shm.get(key), null);
      assert.equal(shm.detach(key, true), -1);
      assert.throws(() => shm.create(0, 'Buffer', key), RangeError);
      assertTotals(0, 0);
      shm.create(10, 'Buffer', key);
      assert.equal(shm.create(20, 'Buffer', key), null);
      assertTotals(10 + overhead, 10 + overhead);
      shm.destroy(key);
    });

    test('what others create counts as mapped, not as created', async () => {
      const [key, peer] = [newKey(), startRole(script)];
      await peer.call('create', 100, 'Buffer', key);
      assert.deepEqual(await peer.call('totals'), [100 + overhead, 100 + overhead]);
      assertTotals(0, 0);
      shm.get(key);
      assertTotals(100 + overhead, 0);
      shm.detach(key);
      assertTotals(0, 0);
      assert.equal(await peer.call('destroy', key), true);
      assert.deepEqual(await peer.call('totals'), [0, 0]);
      await peer.stop();
    });

    test('what this process created and a peer destroyed stops counting as created when detached by force', async () => {
      const [key, peer] = [newKey(), startRole(script)];
      shm.create(100, 'Buffer', key);
      await peer.call('destroy', key);
      assert.equal(shm.getTotalSize(), 100 + overhead);
      assert.equal(shm.detach(key, true), 0);
      assertTotals(0, 0);
      await peer.stop();
    });

    test('a segment created in the place of an older one replaces it in the created bytes', async () => {
      const [key, peer] = [newKey(), startRole(script)];
      shm.create(100, 'Buffer', key);
      await peer.call('destroy', key);
      shm.create(30, 'Buffer', key);
      assertTotals(130 + 2 * overhead, 30 + overhead);
      shm.destroy(key);
      await peer.stop();
    });

    test('many segments add up', () => {
      const keys = Array.from({ length: 50 }, newKey);
      let sum = 0;
      for (const [i, key] of keys.entries()) {
        shm.create(i + 1, 'Int16Array', key);
        sum += 2 * (i + 1) + overhead;
        assertTotals(sum, sum);
      }
      for (const [i, key] of keys.entries()) {
        shm.destroy(key);
        sum -= 2 * (i + 1) + overhead;
        assertTotals(sum, sum);
      }
    });
  });
}

test('System V: created bytes end with the last detach', async () => {
  const [key, peer] = [kinds[0]!.newKey(), startRole(script)];
  shm.create(100, 'Buffer', key);
  await peer.call('get', key);
  assert.equal(shm.detach(key), 1);
  assertTotals(0, 100);
  shm.get(key);
  await peer.call('detach', key);
  assert.equal(shm.detach(key), 0);
  assertTotals(0, 0);
  await peer.stop();
});

test('POSIX: created bytes end with destroy, not with detach', () => {
  const name = kinds[1]!.newKey();
  shm.create(100, 'Buffer', name);
  shm.detach(name);
  assertTotals(0, 108);
  shm.get(name);
  assertTotals(108, 108);
  shm.detachAll();
  assertTotals(0, 108);
  shm.destroy(name);
});
