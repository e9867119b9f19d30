// Waiting for a change of what a mutex protects.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { expectNothingLeft } from '../support/leftovers.js';
import { managedTest, peerKinds } from './lock-peers.js';

expectNothingLeft();

const lock = ['mutex', 'm'] as const;
const changed = ['condition', 'c'] as const;
const timeout = { name: 'ShmError', code: 'ERR_SHM_TIMEOUT' };
const closed = { name: 'ShmError', code: 'ERR_SHM_CLOSED' };

for (const kind of peerKinds) {
  managedTest(`a ${kind} that waits lets the mutex go, and has it again afterwards`, async ({ app, start }) => {
    const peer = await start(kind);
    const { guard } = await peer.use(lock, 'lock');
    assert.equal(app.mutex('m').tryLock(), null);
    const waiting = peer.call('wait', changed, guard);
    const mine = await app.mutex('m').lock();
    app.condition('c').notify();
    await sleep(20);
    mine.release();
    assert.deepEqual(await waiting, { value: true, ownerDied: false });
    assert.equal(app.mutex('m').tryLock(), null);
    await peer.call('release', guard);
    app.mutex('m').lockSync().release();
  });

  managedTest(`waits of this thread, and a ${kind} that notifies`, async ({ app, start }) => {
    const peer = await start(kind);
    const mutex = app.mutex('m');
    const condition = app.condition('c');
    let stock = 0;
    const take = async () => {
      const guard = await mutex.lock();
      while (stock === 0) assert.equal(await condition.wait(guard), guard);
      stock--;
      guard.release();
    };
    const all = [take(), take(), take()];
    await sleep(5);
    for (let i = 0; i < 3; i++) {
      await mutex.run(() => stock++);
      await peer.use(changed, i === 0 ? 'notify' : 'notifyAll');
    }
    await Promise.all(all);
    assert.equal(stock, 0);

    const guard = mutex.lockSync();
    assert.throws(() => condition.waitSync(guard, { timeout: 30 }), timeout);
    assert.deepEqual(await peer.use(lock, 'tryLock'), { value: null }, 'it is held after the timeout');
    guard.release();
  });

  managedTest(`a ${kind} that dies with the mutex meanwhile: who waited is told`, async ({ app, start }) => {
    const peer = await start(kind);
    const mutex = app.mutex('m');
    const guard = await mutex.lock();
    const waiting = app.condition('c').wait(guard);
    await peer.use(lock, 'lock');
    await peer.use(changed, 'notify');
    await peer.die();
    await waiting;
    assert.equal(guard.ownerDied, true);
    guard.markConsistent();
    guard.release();
    assert.equal(mutex.lockSync().ownerDied, false);
  });

  managedTest(`a ${kind} that dies waiting leaves nothing`, async ({ app, start }) => {
    const peer = await start(kind);
    const { guard } = await peer.use(lock, 'lock');
    void peer.call('wait', changed, guard).catch(() => {});
    (await app.mutex('m').lock()).release(); // it waits
    await peer.die();
    app.condition('c').notifyAll();
    assert.equal(app.mutex('m').lockSync().ownerDied, false);
  });

  managedTest(`waitSync() of a ${kind}, with a call of its own that queues for the mutex`, async ({ app, start }) => {
    const peer = await start(kind);
    const mutex = app.mutex('m');
    const waiting = peer.call('waitSyncWithQueue', lock, changed);
    let notified = 0;
    const notifying = setInterval(() => (notified++, app.condition('c').notifyAll()), 5);
    assert.deepEqual(await waiting, ['had it', 'queued']);
    clearInterval(notifying);
    assert.ok(notified > 0);
    mutex.lockSync().release();
  });
}

managedTest('notify() wakes so many, notifyAll() all', async ({ app }) => {
  const mutex = app.mutex('m');
  const condition = app.condition('c');
  let round = 0;
  const all = Array.from({ length: 5 }, async () => {
    const guard = await mutex.lock();
    const mine = round;
    while (round === mine) await condition.wait(guard);
    guard.release();
  });
  condition.notify(0);
  await sleep(10);
  await mutex.run(() => round++);
  condition.notifyAll();
  await Promise.all(all);
});

managedTest('after a timeout and an abort the guard is held as before', async ({ app }) => {
  const mutex = app.mutex('m');
  const condition = app.condition('c');
  const guard = await mutex.lock();
  for (const [options, error] of [
    [{ timeout: 0 }, timeout], [{ timeout: 10 }, timeout], [{ signal: AbortSignal.timeout(10) }, { name: 'AbortError' }],
    [{ signal: AbortSignal.abort() }, { name: 'AbortError' }],
  ] as const) {
    await assert.rejects(condition.wait(guard, options), error);
    assert.equal(mutex.tryLock(), null);
    assert.throws(() => mutex.lockSync(), { code: 'ERR_SHM_DEADLOCK' });
  }
  guard.release();
  mutex.lockSync().release();
});

managedTest('meanwhile others of this thread lock, and the guard is not held', async ({ app }) => {
  const mutex = app.mutex('m');
  const condition = app.condition('c');
  const guard = await mutex.lock();
  const waiting = condition.wait(guard);
  assert.throws(() => guard.release(), { code: 'ERR_SHM_NOT_OWNER' });
  await assert.rejects(condition.wait(guard), { code: 'ERR_SHM_NOT_OWNER' });
  assert.throws(() => condition.waitSync(guard), { code: 'ERR_SHM_NOT_OWNER' });
  const other = mutex.lockSync();
  condition.notify();
  await sleep(20);
  other.release();
  await waiting;
  guard.release();
});

managedTest('only the guard of a mutex that is held will do', async ({ app }) => {
  const condition = app.condition('c');
  const released = app.mutex('m').lockSync();
  released.release();
  const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const guard of [undefined, null, {}, 5, app.mutex('m'), app.rwLock('rw').lockSync(), app.semaphore('s', { permits: 1 }).acquireSync()]) {
    await assert.rejects(condition.wait(guard as never), wrong);
    assert.throws(() => condition.waitSync(guard as never), wrong);
  }
  await assert.rejects(condition.wait(released), { code: 'ERR_SHM_NOT_OWNER' });
});

managedTest('close() ends the wait, and nothing is held', async ({ app, start }) => {
  const peer = await start('process');
  const guard = await app.mutex('m').lock();
  const waiting = app.condition('c').wait(guard);
  setTimeout(() => app.close(), 10);
  await assert.rejects(waiting, closed);
  assert.throws(() => guard.release());
  assert.equal((await peer.use(lock, 'lock')).ownerDied, false, 'it was free');
});
