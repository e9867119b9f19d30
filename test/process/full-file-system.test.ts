// A file system without room is an error at creation, and costs nothing else.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { inOwnNamespaces } from '../support/namespaces.js';
import { notRun } from '../support/not-run.js';
import { type Role, withRole } from '../support/roles.js';

const mebibyte = 2 ** 20;
const page = 4096;
function enoSpace(syscall: string, key: string): object {
  return { code: 'ENOSPC', errno: -28, syscall, key };
}

expectNothingLeft();

/** A test whose role has a /dev/shm of its own, mounted with these options. */
function testOn(options: string, name: string, body: (role: Role) => Promise<void>): void {
  test(name, async (t: TestContext) => {
    const through = inOwnNamespaces(`mount -t tmpfs -o ${options} tmpfs /dev/shm`);
    if (through === undefined) return notRun(t, 'may not mount a file system in a namespace of its own');
    await withRole(new URL('./roles/full-file-system.js', import.meta.url), { through }, body);
  });
}

testOn(`size=${mebibyte}`, 'an object larger than the file system is ENOSPC, and leaves nothing', async (role) => {
  const before = await role.call('state');
  for (const size of [mebibyte, 3 * mebibyte, 2 ** 31]) {
    assert.deepEqual(await role.call('create', size, '/large'), enoSpace('fallocate', '/large'));
    assert.deepEqual(await role.call('state'), before);
  }
});

testOn(`size=${mebibyte}`, 'what there is room for can be created and filled', async (role) => {
  assert.equal(await role.call('create', mebibyte - 8, '/exact'), mebibyte - 8);
  assert.equal(await role.call('fill', '/exact'), mebibyte - 8);
  assert.deepEqual(await role.call('create', 1, '/more'), enoSpace('fallocate', '/more'));
  assert.equal(await role.call('destroy', '/exact'), true);
});

testOn(`size=${mebibyte}`, 'a file system that others filled is ENOSPC; with room again it works', async (role) => {
  await role.call('leave', 10 * page);
  const before = await role.call('state');
  assert.deepEqual(await role.call('create', 20 * page, '/a'), enoSpace('fallocate', '/a'));
  assert.deepEqual(await role.call('state'), before);

  assert.equal(await role.call('create', 10 * page - 8, '/a'), 10 * page - 8, 'the same name, as nothing took it');
  assert.deepEqual(await role.call('create', 1, '/b'), enoSpace('fallocate', '/b'));
  assert.equal(await role.call('fill', '/a'), 10 * page - 8);
  assert.equal(await role.call('destroy', '/a'), true);
  assert.deepEqual(await role.call('state'), before);

  await role.call('free');
  assert.equal(await role.call('create', 20 * page, '/a'), 20 * page);
  assert.equal(await role.call('destroy', '/a'), true);
});

testOn(`size=${2 * mebibyte}`, 'the name of an existing object is null, although there is no room', async (role) => {
  await role.call('create', 10, '/small');
  await role.call('create', mebibyte, '/large');
  await role.call('leave', 0);
  for (const name of ['/small', '/large']) {
    for (const size of [1, page, mebibyte, 3 * mebibyte]) assert.equal(await role.call('create', size, name), null);
    assert.equal(await role.call('destroy', name), true);
  }
  assert.deepEqual(await role.call<{ names: string[] }>('state').then(({ names }) => names), []);
});

// One for the folder itself, one for the object.
testOn('nr_inodes=2', 'a file system without inodes is ENOSPC, and null for an existing name', async (role) => {
  assert.equal(await role.call('create', 10, '/first'), 10);
  const before = await role.call('state');
  for (const size of [10, 2 * mebibyte]) {
    assert.deepEqual(await role.call('create', size, '/second'), enoSpace('open', '/second'));
    assert.equal(await role.call('create', size, '/first'), null);
  }
  assert.deepEqual(await role.call('state'), before);
  assert.equal(await role.call('destroy', '/first'), true);
  assert.equal(await role.call('create', 10, '/second'), 10);
  assert.equal(await role.call('destroy', '/second'), true);
});
