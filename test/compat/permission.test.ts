// What another user may do with a segment, and what is said to one who may not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { notRun } from '../support/not-run.js';
import { type Role, startRole } from '../support/roles.js';
import { type Key, exists, kinds } from './kinds.js';

expectNothingLeft();

const isRoot = process.getuid!() === 0;
const nobody = 65_534;
/** Where the role can't leave the groups of root itself. */
const through = process.setgroups === undefined ? ['setpriv', '--clear-groups'] : [];

/** How a call of the role ended: its answer, or what it threw. */
interface Outcome {
  readonly answer?: unknown;
  readonly error?: { name: string; code: string; errno: number; syscall: string; key: Key; message: string };
}

async function assertRefused(role: Role, call: string, args: unknown[], codes: readonly string[]): Promise<void> {
  const { answer, error } = await role.call<Outcome>('attempt', call, args);
  assert.ok(error, `${call} answers ${JSON.stringify(answer)}`);
  assert.equal(error.name, 'ShmError');
  assert.ok(codes.includes(error.code), error.message);
  assert.ok(error.errno < 0);
  assert.match(error.syscall, /^[a-z]+$/);
  assert.equal(error.key, args[0]);
  for (const part of [error.code, error.syscall, JSON.stringify(error.key)]) assert.ok(error.message.includes(part), error.message);
}

async function assertAnswer(role: Role, call: string, args: unknown[], expected: unknown): Promise<void> {
  assert.deepEqual(await role.call<Outcome>('attempt', call, args), { answer: expected });
}

for (const { kind, newKey } of kinds) {
  describe(kind, () => {
    let role: Role;
    before(async () => {
      if (!isRoot) return;
      role = startRole(new URL('./roles/user.js', import.meta.url), { data: { user: nobody }, through });
      await role.expect('ready');
    });
    after(() => role?.stop());

    /** Runs `body` beside a process of the user nobody. */
    const asNobody = (name: string, body: (role: Role, key: Key) => Promise<void>) => test(name, async (context) => {
      if (!isRoot) return notRun(context, 'needs to be root, to start a process of another user');
      const key = newKey();
      try {
        await body(role, key);
      } finally {
        shm.destroy(key);
        await role.call('attempt', 'destroy', [key]);
      }
    });

    for (const perm of ['600', '0', '660', '400', '644', '604', '602', '640']) {
      asNobody(`perm ${perm}: another user can't attach`, async (role, key) => {
        const own = shm.create(16, 'Buffer', key, perm)!.fill(1);
        await assertRefused(role, 'get', [key, 'Buffer'], ['EACCES']);
        assert.deepEqual(await role.call('totals'), [0, 0]);
        assert.deepEqual([...own], Array(16).fill(1));
      });
    }

    for (const perm of ['606', '666', '777', '6']) {
      asNobody(`perm ${perm}: another user can attach, read and write`, async (role, key) => {
        const own = shm.create(16, 'Buffer', key, perm)!.fill(1);
        await assertAnswer(role, 'get', [key, 'Buffer'], 16);
        await role.call('fill', key, 2);
        assert.deepEqual([...own], Array(16).fill(2));
        await assertAnswer(role, 'detach', [key], 1);
      });
    }

    asNobody('create answers null for a key that another user has, whatever its perm', async (role, key) => {
      shm.create(16, 'Buffer', key, '0');
      await assertAnswer(role, 'create', [16, 'Buffer', key], null);
      await assertAnswer(role, 'create', [4096, 'Buffer', key, '777'], null);
      await assertAnswer(role, 'detach', [key], -1);
    });

    for (const perm of ['600', '666']) {
      asNobody(`perm ${perm}: another user can't destroy`, async (role, key) => {
        const own = shm.create(16, 'Buffer', key, perm)!.fill(1);
        await assertRefused(role, 'destroy', [key], ['EPERM', 'EACCES']);
        await assertRefused(role, 'detach', [key, true], ['EPERM', 'EACCES']);
        assert.ok(exists(key));
        assert.deepEqual([...own], Array(16).fill(1));
      });
    }

    asNobody('who attached, and may not destroy, is detached by the attempt', async (role, key) => {
      shm.create(16, 'Buffer', key, '666');
      await assertAnswer(role, 'get', [key, 'Buffer'], 16);
      await assertRefused(role, 'destroy', [key], ['EPERM', 'EACCES']);
      assert.deepEqual(await role.call('totals'), [0, 0]);
      await assertAnswer(role, 'detach', [key], -1);
      assert.ok(exists(key));
    });

    asNobody('the last one to detach, who may not destroy', async (role, key) => {
      const creator = startRole(new URL('./roles/peer.js', import.meta.url));
      await creator.call('create', 16, 'Buffer', key, '666');
      await assertAnswer(role, 'get', [key, 'Buffer'], 16);
      creator.kill();
      await creator.ended;
      if (kind === 'POSIX') await assertAnswer(role, 'detach', [key], 1);
      else await assertRefused(role, 'detach', [key], ['EPERM']);
      assert.deepEqual(await role.call('totals'), [0, 0], 'detached in any case');
      await assertAnswer(role, 'detach', [key], -1);
      assert.ok(exists(key));
      await assertAnswer(role, 'get', [key, 'Buffer'], 16);
      await assertAnswer(role, 'detachAll', [], 0);
      assert.deepEqual(await role.call('totals'), [0, 0]);
      assert.equal(shm.get(key)!.length, 16);
    });

    asNobody('what the other user creates, root can get and destroy', async (role, key) => {
      await assertAnswer(role, 'create', [16, 'Buffer', key, '600'], 16);
      await role.call('fill', key, 3);
      const own = shm.get(key)!;
      assert.deepEqual([...own], Array(16).fill(3));
      assert.equal(shm.destroy(key), true);
      assert.ok(!exists(key));
      await role.call('fill', key, 4);
    });

    asNobody('a creator that its own perm shuts out', async (role, key) => {
      for (const perm of ['0', '400', '200', '060']) {
        const { answer, error } = await role.call<Outcome>('attempt', 'create', [16, 'Buffer', key, perm]);
        if (kind === 'POSIX') {
          assert.equal(answer, 16, 'has the object open before its permissions are set');
          await assertAnswer(role, 'get', [key, 'Buffer'], 16);
          await assertAnswer(role, 'detach', [key], 1);
          await assertRefused(role, 'get', [key, 'Buffer'], ['EACCES']);
          await assertAnswer(role, 'destroy', [key], true);
        } else {
          assert.deepEqual([error?.code, error?.syscall, error?.key], ['EACCES', 'shmat', key]);
        }
        assert.ok(!exists(key), 'nothing is left');
        assert.deepEqual(await role.call('totals'), [0, 0]);
      }
    });
  });
}
