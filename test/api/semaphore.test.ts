// Permits that belong to who acquired them, and permits that are merely counted.
import assert from 'node:assert/strict';

import { expectNothingLeft } from '../support/leftovers.js';
import { managedTest, peerKinds } from './lock-peers.js';

expectNothingLeft();

const pool = ['semaphore', 'pool', { permits: 2 }] as const;
const jobs = ['semaphore', 'jobs', { permits: 1000, initial: 0, plain: true }] as const;
const timeout = { name: 'ShmError', code: 'ERR_SHM_TIMEOUT' };
const closed = { name: 'ShmError', code: 'ERR_SHM_CLOSED' };

for (const kind of peerKinds) {
  managedTest(`a ${kind} that has a permit leaves the others`, async ({ app, start }) => {
    const peer = await start(kind);
    const semaphore = app.semaphore('pool', { permits: 2 });
    const { guard } = await peer.use(pool, 'acquire');
    const mine = await semaphore.acquire();
    assert.equal(semaphore.value, 0);
    assert.deepEqual(await peer.use(pool, 'tryAcquire'), { value: null });
    assert.throws(() => semaphore.acquireSync({ timeout: 20 }), timeout);
    const acquiring = semaphore.acquire();
    await peer.call('release', guard);
    const next = await acquiring;
    mine.release();
    next.release();
    assert.equal(semaphore.value, 2);
  });

  managedTest(`a ${kind} that dies gives its permits back`, async ({ app, start }) => {
    const peer = await start(kind);
    const semaphore = app.semaphore('pool', { permits: 2 });
    await peer.use(pool, 'acquireSync');
    await peer.use(pool, 'tryAcquire');
    assert.equal(semaphore.tryAcquire(), null);
    const acquiring = semaphore.acquire();
    await peer.die();
    const permits = [await acquiring, semaphore.acquireSync()];
    assert.equal(semaphore.tryAcquire(), null);
    for (const permit of permits) permit.release();
  });

  managedTest(`plain: a ${kind} releases what others acquire`, async ({ app, start }) => {
    const peer = await start(kind);
    const semaphore = app.semaphore('jobs', { permits: 1000, initial: 0, plain: true });
    const acquiring = Promise.all([semaphore.acquire(), semaphore.acquire(), semaphore.acquire()]);
    await peer.use(jobs, 'release', 3);
    assert.deepEqual(await acquiring, [undefined, undefined, undefined]);
    assert.equal(semaphore.tryAcquire(), false);
    await peer.use(jobs, 'release');
    assert.equal(await peer.call('get', jobs, 'value'), 1);
    semaphore.acquireSync();
    await peer.use(jobs, 'release', 5);
    await peer.use(jobs, 'acquire');
    await peer.die();
    assert.equal(semaphore.value, 4, 'what the dead has acquired is used up');
  });
}

managedTest('a permit of a stopped process is not taken', async ({ app, startProcess }) => {
  const peer = await startProcess();
  const semaphore = app.semaphore('one', { permits: 1 });
  const { guard } = await peer.use(['semaphore', 'one', { permits: 1 }], 'acquire');
  peer.role.kill('SIGSTOP');
  await assert.rejects(semaphore.acquire({ timeout: 200 }), timeout);
  peer.role.kill('SIGCONT');
  await peer.call('release', guard);
  (await semaphore.acquire()).release();
});

managedTest('never more than the permits are in', async ({ app, start }) => {
  const peers = [await start('process'), await start('thread'), await start('process')];
  const semaphore = app.semaphore('pool', { permits: 2 });
  for (let round = 0; round < 20; round++) {
    const came = await Promise.all(peers.map((peer) => peer.use(pool, 'tryAcquire')));
    const got = came.flatMap(({ guard }, i) => (guard === undefined ? [] : [{ guard, peer: peers[i]! }]));
    assert.equal(got.length, 2);
    assert.equal(semaphore.value, 0);
    for (const { guard, peer } of got) await peer.call('release', guard);
  }
  assert.equal(semaphore.value, 2);
});

managedTest('a permit is released once', async ({ app }) => {
  const semaphore = app.semaphore('pool', { permits: 2 });
  const permit = await semaphore.acquire();
  const other = semaphore.acquireSync();
  permit.release();
  assert.throws(() => permit.release(), { name: 'ShmError', code: 'ERR_SHM_NOT_OWNER' });
  permit[Symbol.dispose]();
  assert.equal(semaphore.value, 1);
  other[Symbol.dispose]();
  assert.equal(semaphore.value, 2);
});

managedTest('plain: nothing is given back beyond the permits', ({ app }) => {
  const semaphore = app.semaphore('few', { permits: 3, plain: true });
  assert.equal(semaphore.value, 3);
  assert.throws(() => semaphore.release(), { name: 'ShmError', code: 'ERR_SHM_FULL' });
  assert.equal(semaphore.tryAcquire(), true);
  assert.throws(() => semaphore.release(2), { name: 'ShmError', code: 'ERR_SHM_FULL' });
  assert.equal(semaphore.value, 2);
  semaphore.release(1);
  const most = app.semaphore('most', { permits: 2 ** 31 - 1, plain: true });
  assert.equal(most.value, 2 ** 31 - 1);
});

managedTest('timeouts, aborts, and the close', async ({ app }) => {
  const semaphore = app.semaphore('one', { permits: 1 });
  const plain = app.semaphore('none', { permits: 1, initial: 0, plain: true });
  const permit = semaphore.acquireSync();
  const controller = new AbortController();
  for (const each of [semaphore, plain]) {
    await assert.rejects(each.acquire({ timeout: 0 }), timeout);
    await assert.rejects(each.acquire({ timeout: 10 }), timeout);
    assert.throws(() => each.acquireSync({ timeout: 0 }), timeout);
    await assert.rejects(each.acquire({ signal: AbortSignal.timeout(10) }), { name: 'AbortError' });
  }
  const waits = [semaphore.acquire(), plain.acquire(), semaphore.acquire({ signal: controller.signal })];
  setTimeout(() => app.close(), 10);
  for (const result of await Promise.allSettled(waits)) assert.equal(result.status === 'rejected' && result.reason.code, closed.code);
  assert.throws(() => permit.release(), closed);
  assert.throws(() => plain.release(), closed);
  assert.throws(() => semaphore.value, closed);
});

managedTest('a permit that nobody has any more is free, with a warning', async ({ app, startProcess }) => {
  const peer = await startProcess({ nodeOptions: ['--expose-gc'] });
  await peer.use(pool, 'acquire');
  await peer.use(pool, 'acquireSync');
  const semaphore = app.semaphore('pool', { permits: 2 });
  assert.equal(semaphore.value, 0);
  await peer.call('forget', 30);
  assert.equal(semaphore.value, 2);
  await peer.die();
  assert.match(peer.role.stderr, /ShmWarning: "pool" was held by a guard/);
});
