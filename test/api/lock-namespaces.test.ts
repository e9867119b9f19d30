// Containers that share /dev/shm, where process ids say nothing: they take locks from each other's dead, and from nobody
// else.
import assert from 'node:assert/strict';

import { expectNothingLeft } from '../support/leftovers.js';
import { inOwnPidNamespace } from '../support/namespaces.js';
import { type ProcessPeer, type Stage, managedTest } from './lock-peers.js';

expectNothingLeft();

const lock = ['mutex', 'm'] as const;
const rw = ['rwLock', 'rw'] as const;
const pool = ['semaphore', 'pool', { permits: 1 }] as const;
const late = { code: 'ERR_SHM_TIMEOUT' };

function containerTest(title: string, body: (first: ProcessPeer, second: ProcessPeer, stage: Stage) => Promise<void>): void {
  const through = inOwnPidNamespace();
  managedTest(title, async (stage) => {
    const first = await stage.startProcess({ through: through! });
    const second = await stage.startProcess({ through: through! });
    const pids = await first.call<{ pid: number; self: boolean }[]>('participants');
    assert.equal(pids.filter(({ pid }) => pid === 1).length, 2, 'each is the first process of its namespace');
    await body(first, second, stage);
  }, { skip: through === undefined && 'Nothing here may make PID namespaces.' });
}

containerTest('a lock of the living is not taken, of the dead it is', async (first, second) => {
  const { guard } = await first.use(lock, 'lock');
  assert.deepEqual(await second.use(lock, 'tryLock'), { value: null });
  assert.deepEqual(await second.use(lock, 'lock', { timeout: 200 }), late);
  assert.deepEqual(await second.use(lock, 'lockSync', { timeout: 100 }), late);
  await first.call('release', guard);
  const mine = await second.use(lock, 'lock');
  assert.equal(mine.ownerDied, false);
  await second.call('release', mine.guard);

  await first.use(lock, 'lock');
  const waiting = second.use(lock, 'lock');
  await first.die();
  assert.equal((await waiting).ownerDied, true);
});

containerTest('readers, writers and permits', async (first, second) => {
  const reader = await first.use(rw, 'lockShared');
  await first.use(pool, 'acquire');
  assert.deepEqual(await second.use(rw, 'lock', { timeout: 100 }), late);
  assert.deepEqual(await second.use(pool, 'acquire', { timeout: 100 }), late);
  await first.call('release', reader.guard);
  await first.use(rw, 'lock');
  const waiting = [second.use(rw, 'lockShared'), second.use(pool, 'acquire')];
  await first.die();
  const [read, permit] = await Promise.all(waiting);
  assert.equal(read!.ownerDied, true);
  assert.notEqual(permit!.guard, undefined);
});

containerTest('a stopped one keeps what it has, also from those outside', async (first, second, { app }) => {
  const { guard } = await first.use(lock, 'lock');
  first.role.kill('SIGSTOP');
  assert.deepEqual(await second.use(lock, 'lock', { timeout: 200 }), late);
  await assert.rejects(app.mutex('m').lock({ timeout: 200 }), late);
  assert.equal(app.participants().filter(({ alive }) => alive).length, 3);
  first.role.kill('SIGCONT');
  await first.call('release', guard);
  const mine = await app.mutex('m').lock();
  assert.equal(mine.ownerDied, false);
  assert.deepEqual(await second.use(lock, 'lock', { timeout: 100 }), late);
  mine.release();
});
