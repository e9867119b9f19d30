// A limit of the process that is reached is an error, not a signal, and leaves nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { type Role, withRole } from '../support/roles.js';

expectNothingLeft();

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

/** Runs `body` beside a process with a limit of prlimit(1). */
function withLimit(name: string, limit: string | undefined, body: (role: Role) => Promise<void>): void {
  test(name, async (context) => {
    if (!hasPrlimit) return notRun(context, 'no prlimit (package util-linux)');
    const through = limit === undefined ? [] : ['prlimit', limit];
    await withRole(new URL('./roles/limited.js', import.meta.url), { through }, async (role) => {
      await role.expect('ready');
      await body(role);
    });
  });
}

async function assertFails(
  role: Role, call: readonly unknown[], code: string, errno: number, syscall: string, key: unknown,
): Promise<void> {
  const { message, ...rest } = await role.call<{ message: string }>('attempt', ...call);
  assert.deepEqual(rest, { name: 'ShmError', code, errno, syscall, key });
  for (const part of [code, syscall, JSON.stringify(key)]) assert.ok(message.includes(part), message);
}

describe('open files', () => {
  withLimit('none is left: EMFILE for POSIX, and System V needs none', '--nofile=64:64', async (role) => {
    const [name, other, key] = [uniqueName(), uniqueName(), uniqueKey()];
    shm.create(16, 'Buffer', name);
    const before = await role.call('look');
    await role.call('fillDescriptors', 0);
    for (let round = 0; round < 3; ++round) {
      await assertFails(role, ['create', 16, 'Buffer', other], 'EMFILE', -24, 'open', other);
      await assertFails(role, ['get', name], 'EMFILE', -24, 'open', name);
      await assertFails(role, ['get', name.slice(1)], 'EMFILE', -24, 'open', name.slice(1));
    }
    assert.deepEqual(await role.call('attempt', 'create', 16, 'Buffer', key), { length: 16 });
    assert.deepEqual(await role.call('attempt', 'get', key), { length: 16 });
    assert.deepEqual(await role.call('attempt', 'detach', key), { answer: 0 });

    await role.call('freeDescriptors');
    assert.deepEqual(await role.call('look'), before);
    assert.deepEqual(await role.call('attempt', 'get', name), { length: 16 });
    assert.deepEqual(await role.call('attempt', 'create', 16, 'Buffer', other), { length: 16 });
    assert.deepEqual(await role.call('attempt', 'destroy', other), { answer: true });
    shm.destroy(name);
  });

  withLimit('one that is left suffices for any number of segments', '--nofile=64:64', async (role) => {
    await role.call('fillDescriptors', 1);
    const names = Array.from({ length: 100 }, uniqueName);
    for (const name of names) assert.deepEqual(await role.call('attempt', 'create', 16, 'Buffer', name), { length: 16 });
    assert.deepEqual(await role.call('attempt', 'detachAll'), { answer: 0 });
    for (const name of names) assert.deepEqual(await role.call('attempt', 'get', name), { length: 16 });
    for (const name of names) assert.deepEqual(await role.call('attempt', 'destroy', name), { answer: true });
  });
});

withLimit('file size: EFBIG above it, exactly', `--fsize=${2 ** 20}:${2 ** 20}`, async (role) => {
  const [name, key] = [uniqueName(), uniqueKey()];
  const before = await role.call('look');
  for (const size of [2 ** 20 - 7, 2 ** 20, 2 ** 21, 2 ** 31]) {
    await assertFails(role, ['create', size, 'Buffer', name], 'EFBIG', -27, 'fallocate', name);
  }
  assert.deepEqual(await role.call('look'), before);
  assert.deepEqual(await role.call('attempt', 'create', 2 ** 20 - 8, 'Buffer', name), { length: 2 ** 20 - 8 });
  assert.deepEqual(await role.call('attempt', 'destroy', name), { answer: true });
  assert.deepEqual(await role.call('attempt', 'create', 2 ** 22, 'Buffer', key), { length: 2 ** 22 }, 'no file');
  assert.deepEqual(await role.call('attempt', 'destroy', key), { answer: true });
});

withLimit('address space: ENOMEM', undefined, async (role) => {
  const [name, existing, key, existingKey] = [uniqueName(), uniqueName(), uniqueKey(), uniqueKey()];
  const large = 2 ** 28;
  writeFileSync(`/dev/shm${existing}`, '');
  truncateSync(`/dev/shm${existing}`, large);
  shm.create(large, 'Buffer', existingKey);

  const before = await role.call('look');
  const [, kibibytes] = /^VmSize:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${role.pid}/status`, 'utf8'))!;
  assert.equal(spawnSync('prlimit', ['--pid', `${role.pid}`, `--as=${Number(kibibytes) * 1024 + large / 2}`]).status, 0);
  await assertFails(role, ['create', large, 'Buffer', name], 'ENOMEM', -12, 'mmap', name);
  await assertFails(role, ['get', existing], 'ENOMEM', -12, 'mmap', existing);
  await assertFails(role, ['create', large, 'Buffer', key], 'ENOMEM', -12, 'shmat', key);
  await assertFails(role, ['get', existingKey], 'ENOMEM', -12, 'shmat', existingKey);
  assert.deepEqual(await role.call('look'), before);
  assert.deepEqual(await role.call('attempt', 'create', 2 ** 20, 'Buffer', key), { length: 2 ** 20 }, 'less still fits');
  assert.deepEqual(await role.call('attempt', 'destroy', key), { answer: true });
  shm.destroy(existing);
  shm.destroy(existingKey);
});
