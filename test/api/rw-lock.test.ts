// Many readers or one writer, whoever dies.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { managedTest, peerKinds } from './lock-peers.js';

expectNothingLeft();

const isSlow = Boolean(process.env['SHM_TEST_SLOW']);
const lock = ['rwLock', 'rw'] as const;
const timeout = { name: 'ShmError', code: 'ERR_SHM_TIMEOUT' };
const deadlock = { name: 'ShmError', code: 'ERR_SHM_DEADLOCK' };
const notOwner = { name: 'ShmError', code: 'ERR_SHM_NOT_OWNER' };
const closed = { name: 'ShmError', code: 'ERR_SHM_CLOSED' };

for (const kind of peerKinds) {
  managedTest(`a ${kind} reads beside others, and keeps writers out`, async ({ app, start }) => {
    const peer = await start(kind);
    const rw = app.rwLock('rw');
    const { guard } = await peer.use(lock, 'lockShared');
    const mine = [await rw.lockShared(), rw.lockSharedSync(), rw.tryLockShared()!];
    assert.deepEqual(mine.map(({ ownerDied }) => ownerDied), [false, false, false]);
    for (const each of mine) each.release();
    assert.equal(rw.tryLock(), null);
    assert.throws(() => rw.lockSync({ timeout: 20 }), timeout);
    const locking = rw.lock();
    await sleep(20);
    await peer.call('release', guard);
    const writer = await locking;
    assert.equal(writer.ownerDied, false);
    assert.deepEqual(await peer.use(lock, 'tryLockShared'), { value: null });
    assert.deepEqual(await peer.use(lock, 'lockSharedSync', { timeout: 20 }), { code: 'ERR_SHM_TIMEOUT' });
    writer.release();
    assert.equal((await peer.use(lock, 'tryLockShared')).ownerDied, false);
  });

  managedTest(`a ${kind} that dies reading is nothing to worry about`, async ({ app, start }) => {
    const peer = await start(kind);
    await peer.use(lock, 'lockSharedSync');
    const locking = app.rwLock('rw').lock();
    await peer.die();
    assert.equal((await locking).ownerDied, false);
  });

  managedTest(`a ${kind} that dies writing: readers and writers are told, until a writer marks it consistent`, async ({ app, start }) => {
    const peer = await start(kind);
    const rw = app.rwLock('rw');
    await peer.use(lock, 'lockSync');
    const reading = rw.lockShared();
    await peer.die();
    const reader = await reading;
    assert.equal(reader.ownerDied, true);
    reader.release();
    const writer = rw.lockSync();
    assert.equal(writer.ownerDied, true);
    writer.markConsistent();
    assert.equal(writer.ownerDied, false);
    writer.release();
    assert.equal(rw.lockSharedSync().ownerDied, false);
  });
}

managedTest('a reader that is stopped is waited for', async ({ app, startProcess }) => {
  const peer = await startProcess();
  const { guard } = await peer.use(lock, 'lockShared');
  peer.role.kill('SIGSTOP');
  await assert.rejects(app.rwLock('rw').lock({ timeout: 200 }), timeout);
  peer.role.kill('SIGCONT');
  await peer.call('release', guard);
  (await app.rwLock('rw').lock()).release();
});

managedTest('a writer of another process that waits keeps new readers out', async ({ app, start }) => {
  const peer = await start('process');
  const third = await start('process');
  const reader = await app.rwLock('rw').lockShared();
  const number = await peer.call('begin', lock, 'lock');
  for (let came = await third.use(lock, 'tryLockShared'); came.guard !== undefined; came = await third.use(lock, 'tryLockShared')) {
    await third.call('release', came.guard); // it does not wait yet
  }
  reader.release();
  assert.equal((await peer.call<{ ownerDied: boolean }>('settled', number)).ownerDied, false);
});

managedTest('processes and threads count under the lock for writing without losing one', async ({ app, start }) => {
  const rounds = isSlow ? 300 : 3000;
  const peers = [await start('process'), await start('thread'), await start('process')];
  const data = Segment.create(uniqueName(), { size: 4 });
  try {
    await Promise.all(peers.map((peer) => peer.call('count', lock, data.name, rounds)));
    assert.equal(data.view(Int32Array)[0], peers.length * rounds);
    assert.equal(app.rwLock('rw').lockSync().ownerDied, false);
  } finally {
    data.unlink();
    data.close();
  }
});

managedTest('calls of one thread are served in order; readers together', async ({ app }) => {
  const rw = app.rwLock('rw');
  const events: string[] = [];
  const work = async (name: string, locking: Promise<{ release(): void }>) => {
    const guard = await locking;
    events.push(`${name} in`);
    await sleep(5);
    events.push(`${name} out`);
    guard.release();
  };
  const first = rw.lockSync();
  const all = [
    work('r1', rw.lockShared()), work('r2', rw.lockShared()), work('w1', rw.lock()), work('r3', rw.lockShared()), work('w2', rw.lock()),
  ];
  await sleep(5);
  assert.deepEqual(events, []);
  first.release();
  await Promise.all(all);
  assert.deepEqual(events, ['r1 in', 'r2 in', 'r1 out', 'r2 out', 'w1 in', 'w1 out', 'r3 in', 'r3 out', 'w2 in', 'w2 out']);
});

managedTest('who reads or writes does not wait for itself', async ({ app }) => {
  const rw = app.rwLock('rw');
  const reader = rw.lockSharedSync();
  assert.throws(() => rw.lockSync(), deadlock);
  assert.equal(rw.tryLock(), null);
  rw.lockSharedSync().release();
  reader.release();
  const writer = rw.lockSync();
  for (const call of [() => rw.lockSync(), () => rw.lockSharedSync(), () => rw.lockSharedSync({ timeout: 0 })]) assert.throws(call, deadlock);
  assert.deepEqual([rw.tryLock(), rw.tryLockShared()], [null, null]);
  const waiting = rw.lock();
  writer.release();
  assert.throws(() => rw.lockSharedSync(), deadlock);
  (await waiting).release();
});

managedTest('a guard releases once', async ({ app }) => {
  const rw = app.rwLock('rw');
  const reader = await rw.lockShared();
  const other = await rw.lockShared();
  reader.release();
  assert.throws(() => reader.release(), notOwner);
  reader[Symbol.dispose]();
  assert.equal(rw.tryLock(), null, 'the other one was released');
  other[Symbol.dispose]();
  const writer = await rw.lock();
  writer.release();
  assert.throws(() => writer.release(), notOwner);
  assert.throws(() => writer.markConsistent(), notOwner);
  rw.tryLock()!.release();
});

managedTest('timeouts and aborts, and those who waited behind them', async ({ app, start }) => {
  const rw = app.rwLock('rw');
  const reader = rw.lockSharedSync();
  const writing = rw.lock({ timeout: 20 });
  const behind = rw.lockShared();
  await assert.rejects(writing, timeout);
  (await behind).release();
  const controller = new AbortController();
  const aborting = rw.lock({ signal: controller.signal });
  controller.abort();
  await assert.rejects(aborting, { name: 'AbortError', code: 'ABORT_ERR' });
  reader.release();

  const peer = await start('process');
  const { guard } = await peer.use(lock, 'lockShared');
  await assert.rejects(rw.lock({ timeout: 30 }), timeout);
  await assert.rejects(rw.lock({ timeout: 0 }), timeout);
  (await rw.lockShared()).release();
  const signal = AbortSignal.timeout(20);
  await assert.rejects(rw.lock({ signal }), (error: Error) => error.name === 'AbortError' && error.cause === signal.reason);
  rw.tryLockShared()!.release();
  await peer.call('release', guard);
  rw.lockSync().release();
});

managedTest('close() ends waits, and what is held', async ({ app, start }) => {
  const peer = await start('process');
  const rw = app.rwLock('rw');
  await peer.use(lock, 'lockShared');
  const reader = await rw.lockShared();
  const waits = [rw.lock(), rw.lockShared(), rw.lock()];
  setTimeout(() => app.close(), 10);
  for (const result of await Promise.allSettled(waits)) assert.equal(result.status === 'rejected' && result.reason.code, closed.code);
  assert.throws(() => reader.release(), closed);
  for (const call of [() => rw.lockSync(), () => rw.tryLock(), () => rw.lockSharedSync(), () => rw.tryLockShared()]) assert.throws(call, closed);
  await assert.rejects(rw.lockShared(), closed);
});

for (const [how, ownerDied] of [['lock', true], ['lockShared', false]] as const) {
  managedTest(`${how}(): a guard that nobody has any more releases, with a warning`, async ({ app, startProcess }) => {
    const peer = await startProcess({ nodeOptions: ['--expose-gc'] });
    await peer.use(lock, how);
    await peer.call('forget', 30);
    assert.equal(app.rwLock('rw').tryLock()?.ownerDied, ownerDied);
    await peer.die();
    assert.match(peer.role.stderr, /ShmWarning: "rw" was held by a guard/);
  });
}
