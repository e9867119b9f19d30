// Thousands of segments open at once, as far as the limits of the system go.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';

const wanted = 10_000;
// System V segments are few: 4096 on most machines, and others have some of them.
const free = Number(readFileSync('/proc/sys/kernel/shmmni', 'utf8')) - systemVSegments().length;

expectNothingLeft();

test(`${wanted} segments are open at once, each with memory of its own, in two processes`, async () => {
  const systemV = Math.max(0, Math.min(2000, free - 1000));
  const totalsBefore = [shm.getTotalSize(), shm.getTotalCreatedSize()];
  const keys: (number | string)[] = [];
  for (let i = 0; i < wanted; i++) {
    const name = i < systemV ? null : uniqueName();
    const array = shm.create(2, 'Uint32Array', name)!;
    array[1] = i;
    keys.push(name ?? array.key!);
  }
  const bytes = 8 * systemV + 16 * (wanted - systemV);
  assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], totalsBefore.map((before) => before + bytes));

  for (const [i, key] of keys.entries()) assert.equal(shm.get(key, 'Uint32Array')![1], i);
  const role = startRole(new URL('./roles/many.js', import.meta.url));
  role.send(keys);
  assert.deepEqual(await role.receive(), Array.from({ length: wanted }, (_, i) => i));
  await role.succeeds();

  // One half one by one, the other at once.
  for (const key of keys.slice(0, systemV / 2)) assert.equal(shm.detach(key), 0);
  for (const key of keys.slice(-wanted / 2)) assert.equal(shm.destroy(key), true);
  assert.equal(shm.detachAll(), systemV / 2);
  assert.equal(shm.getTotalSize(), totalsBefore[0]);
  for (const key of keys.slice(systemV, -wanted / 2)) assert.equal(shm.destroy(key), true);
  for (const key of keys) assert.equal(shm.get(key), null);
  assert.equal(shm.getTotalCreatedSize(), totalsBefore[1]);
});
