// What the system can't give, or gives no more of, is an error with its reason, and leaves nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { inOwnNamespaces } from '../support/namespaces.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { type Role, withRole } from '../support/roles.js';

expectNothingLeft();

/** Runs `body` beside a process for which the shell script `setUp` has changed the system. */
function onSystem(name: string, setUp: string, body: (role: Role) => Promise<void>): void {
  test(name, async (context) => {
    const through = inOwnNamespaces(setUp);
    if (through === undefined) return notRun(context, 'no namespaces of its own, by unshare, for a process');
    await withRole(new URL('./roles/limited.js', import.meta.url), { through }, async (role) => {
      await role.expect('ready');
      const before = await role.call('look');
      await body(role);
      assert.deepEqual(await role.call('look'), before);
    });
  });
}

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly key: unknown;
}

async function assertFails(
  role: Role, call: readonly unknown[], codes: string | readonly string[], syscall: string,
): Promise<void> {
  const { name, message, ...rest } = await role.call<Failure>('attempt', ...call);
  assert.equal(name, 'ShmError', `${call.join(' ')} gives ${JSON.stringify(rest)}`);
  assert.ok([codes].flat().includes(rest.code), message);
  assert.ok(rest.errno < 0);
  assert.equal(rest.syscall, syscall);
  if (call[0] === 'create' && call[3] !== undefined) assert.equal(rest.key, call[3]);
  for (const part of [rest.code, syscall, JSON.stringify(rest.key)]) assert.ok(message.includes(part), message);
}

async function assertAnswer(role: Role, call: readonly unknown[], expected: unknown): Promise<void> {
  assert.deepEqual(await role.call('attempt', ...call), expected);
}

const memory = 'mount -t tmpfs -o size=1m tmpfs /dev/shm';

onSystem('POSIX, a file system that is full: ENOSPC', memory, async (role) => {
  const [first, second] = [uniqueName(), uniqueName()];
  await assertFails(role, ['create', 2 ** 20, 'Buffer', first], 'ENOSPC', 'fallocate');
  await assertAnswer(role, ['get', first], { answer: null });
  await assertAnswer(role, ['create', 2 ** 20 - 8, 'Buffer', first], { length: 2 ** 20 - 8 });
  for (const size of [1, 4096, 2 ** 20]) await assertFails(role, ['create', size, 'Buffer', second], 'ENOSPC', 'fallocate');
  await assertAnswer(role, ['create', 2 ** 20, 'Buffer', first], { answer: null });
  await assertAnswer(role, ['create', 1, 'Buffer', first], { answer: null });
  await assertAnswer(role, ['destroy', first], { answer: true });
  await assertAnswer(role, ['create', 2 ** 19, 'Buffer', second], { length: 2 ** 19 });
  await assertAnswer(role, ['destroy', second], { answer: true });
});

onSystem('POSIX, a size above all memory: ENOSPC or ENOMEM', memory, async (role) => {
  const name = uniqueName();
  for (let size = 2 ** 31; size < shm.LengthMax; size *= 64) {
    await assertFails(role, ['create', size, 'Buffer', name], ['ENOSPC', 'ENOMEM', 'EFBIG'], 'fallocate');
    await assertFails(role, ['create', size / 8, 'Float64Array', name], ['ENOSPC', 'ENOMEM', 'EFBIG'], 'fallocate');
  }
  await assertFails(role, ['create', shm.LengthMax, 'Buffer', name], ['ENOSPC', 'ENOMEM', 'EFBIG'], 'fallocate');
  await assertAnswer(role, ['get', name], { answer: null });
});

onSystem('POSIX, no inode left: ENOSPC', 'mount -t tmpfs -o nr_inodes=4 tmpfs /dev/shm', async (role) => {
  const names = Array.from({ length: 4 }, uniqueName);
  for (const name of names.slice(0, 3)) await assertAnswer(role, ['create', 16, 'Buffer', name], { length: 16 });
  await assertFails(role, ['create', 16, 'Buffer', names[3]], 'ENOSPC', 'open');
  for (const name of names.slice(0, 3)) await assertAnswer(role, ['destroy', name], { answer: true });
});

const readOnly = `${memory}; echo content > /dev/shm/given; mount -o remount,bind,ro /dev/shm`;

onSystem('POSIX, a read-only file system: EROFS', readOnly, async (role) => {
  await assertFails(role, ['create', 16, 'Buffer', uniqueName()], 'EROFS', 'open');
  await assertFails(role, ['get', '/given'], 'EROFS', 'open');
  await assertFails(role, ['destroy', '/given'], 'EROFS', 'unlink');
  await assertAnswer(role, ['get', uniqueName()], { answer: null });
});

onSystem('System V, SHMMNI segments: ENOSPC, with a key and without', 'echo 8 > /proc/sys/kernel/shmmni', async (role) => {
  for (let round = 0; round < 2; ++round) {
    const { made, message, ...rest } = await role.call<Failure & { made: number }>('createMany', 1);
    assert.equal(made, 8);
    assert.deepEqual({ ...rest, key: 0 }, { name: 'ShmError', code: 'ENOSPC', errno: -28, syscall: 'shmget', key: 0 });
    assert.ok(Number.isInteger(rest.key), message);
    await assertFails(role, ['create', 1, 'Buffer', uniqueKey()], 'ENOSPC', 'shmget');
    await assertAnswer(role, ['get', uniqueKey()], { answer: null });
    await assertAnswer(role, ['detachAll'], { answer: 8 });
  }
});

onSystem('System V, more than SHMMAX bytes: EINVAL', 'echo 1048576 > /proc/sys/kernel/shmmax', async (role) => {
  const key = uniqueKey();
  await assertFails(role, ['create', 2 ** 20 + 1, 'Buffer', key], 'EINVAL', 'shmget');
  await assertFails(role, ['create', 2 ** 18 + 1, 'Float32Array', key], 'EINVAL', 'shmget');
  await assertFails(role, ['create', 2 ** 20 + 1], 'EINVAL', 'shmget');
  await assertAnswer(role, ['create', 2 ** 20, 'Buffer', key], { length: 2 ** 20 });
  await assertAnswer(role, ['create', 2 ** 20 + 1, 'Buffer', key], { answer: null });
  await assertAnswer(role, ['detach', key], { answer: 0 });
});

onSystem('System V, more than SHMALL pages: ENOSPC', 'echo 16 > /proc/sys/kernel/shmall', async (role) => {
  const key = uniqueKey();
  await assertFails(role, ['create', 2 ** 20, 'Buffer', key], 'ENOSPC', 'shmget');
  await assertAnswer(role, ['create', 4096, 'Buffer', key], { length: 4096 });
  await assertFails(role, ['create', 2 ** 20], 'ENOSPC', 'shmget');
  await assertAnswer(role, ['detach', key], { answer: 0 });
});

onSystem('System V, a size above all memory: ENOMEM, ENOSPC or EINVAL', 'true', async (role) => {
  const key = uniqueKey();
  for (const size of [2 ** 45, 2 ** 50, shm.LengthMax].filter((size) => size <= shm.LengthMax && size > 2 ** 40)) {
    await assertFails(role, ['create', size, 'Buffer', key], ['ENOMEM', 'ENOSPC', 'EINVAL'], 'shmget');
    await assertFails(role, ['create', size], ['ENOMEM', 'ENOSPC', 'EINVAL'], 'shmget');
  }
  await assertAnswer(role, ['get', key], { answer: null });
});
