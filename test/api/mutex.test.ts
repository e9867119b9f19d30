// One at a time, of all threads of all processes, whoever dies.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LockGuard, Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { managedTest, peerKinds } from './lock-peers.js';

expectNothingLeft();

const isSlow = Boolean(process.env['SHM_TEST_SLOW']);
const lock = ['mutex', 'm'] as const;
const closed = { name: 'ShmError', code: 'ERR_SHM_CLOSED' };
const timeout = { name: 'ShmError', code: 'ERR_SHM_TIMEOUT' };

for (const kind of peerKinds) {
  managedTest(`a ${kind} that has it keeps others out, until it releases`, async ({ app, start }) => {
    const peer = await start(kind);
    const mutex = app.mutex('m');
    const { guard } = await peer.use(lock, 'lockSync');
    assert.equal(mutex.tryLock(), null);
    assert.throws(() => mutex.lockSync({ timeout: 30 }), timeout);
    let got: LockGuard | undefined;
    const locking = mutex.lock().then((mine) => got = mine);
    await sleep(30);
    assert.equal(got, undefined);
    await peer.call('release', guard);
    await locking;
    assert.equal(got!.ownerDied, false);
    assert.deepEqual(await peer.use(lock, 'tryLock'), { value: null });
    got!.release();
    assert.equal((await peer.use(lock, 'tryLock')).ownerDied, false);
  });

  managedTest(`a ${kind} that dies with it: every next owner is told, until one marks it consistent`, async ({ app, start }) => {
    const peer = await start(kind);
    const mutex = app.mutex('m');
    await peer.use(lock, 'lock');
    const locking = mutex.lock();
    await peer.die();
    const guard = await locking;
    assert.equal(guard.ownerDied, true);
    guard.release();
    const sync = mutex.lockSync();
    assert.equal(sync.ownerDied, true);
    sync.release();
    const tried = mutex.tryLock()!;
    assert.equal(tried.ownerDied, true);
    tried.markConsistent();
    assert.equal(tried.ownerDied, false);
    tried.release();
    assert.equal(mutex.lockSync().ownerDied, false);
  });

  managedTest(`a ${kind} that dies with it while nobody waits leaves it to tryLock() and lockSync()`, async ({ app, start }) => {
    for (const name of ['tryLock', 'lockSync'] as const) {
      const peer = await start(kind);
      const mutex = app.mutex(name);
      await peer.use(['mutex', name], 'lockSync');
      await peer.die();
      let guard = mutex[name]();
      while (guard === null) guard = mutex[name](); // until the kernel has freed what it had
      assert.equal(guard.ownerDied, true);
    }
  });

  managedTest(`a ${kind} that closes with it in its hands leaves it as by a death`, async ({ app, start }) => {
    const peer = await start(kind);
    await peer.use(lock, 'lock');
    await peer.call('close');
    assert.equal((await app.mutex('m').lock()).ownerDied, true);
  });

  managedTest(`a ${kind} that waits, and dies, leaves nothing`, async ({ app, start }) => {
    const peer = await start(kind);
    const mutex = app.mutex('m');
    const guard = mutex.lockSync();
    await peer.call('begin', lock, 'lock');
    await peer.die();
    guard.release();
    assert.equal((await mutex.lock()).ownerDied, false);
  });
}

managedTest('a thread that is blocked in lockSync() can be ended', async ({ app, start }) => {
  const peer = await start('thread');
  const guard = app.mutex('m').lockSync();
  peer.use(lock, 'lockSync').catch(() => {});
  await sleep(30);
  await peer.die();
  assert.equal(app.participants().length, 1);
  guard.release();
  assert.equal(app.mutex('m').lockSync().ownerDied, false);
});

managedTest('a process that is blocked in lockSync() can be ended', async ({ app, startProcess }) => {
  const peer = await startProcess();
  const guard = app.mutex('m').lockSync();
  peer.use(lock, 'lockSync').catch(() => {});
  await sleep(30);
  peer.role.kill('SIGINT');
  assert.equal((await peer.role.ended).signal, 'SIGINT');
  guard.release();
  assert.equal(app.mutex('m').lockSync().ownerDied, false);
});

managedTest('an owner that is stopped is not robbed', async ({ app, startProcess }) => {
  const peer = await startProcess();
  const mutex = app.mutex('m');
  const { guard } = await peer.use(lock, 'lock');
  peer.role.kill('SIGSTOP');
  await assert.rejects(mutex.lock({ timeout: 300 }), timeout);
  assert.throws(() => mutex.lockSync({ timeout: 100 }), timeout);
  assert.equal(mutex.tryLock(), null);
  peer.role.kill('SIGCONT');
  await peer.call('release', guard);
  assert.equal((await mutex.lock()).ownerDied, false);
});

managedTest('processes and threads count together without losing one', async ({ app, start }) => {
  const rounds = isSlow ? 600 : 6000;
  const peers = [await start('process'), await start('thread'), await start('process'), await start('thread')];
  const data = Segment.create(uniqueName(), { size: 4 });
  try {
    await Promise.all(peers.map((peer) => peer.call('count', lock, data.name, rounds)));
    assert.equal(data.view(Int32Array)[0], peers.length * rounds);
    assert.equal(app.mutex('m').lockSync().ownerDied, false);
  } finally {
    data.unlink();
    data.close();
  }
});

managedTest('calls of one thread are served in order', async ({ app }) => {
  const mutex = app.mutex('m');
  const served: number[] = [];
  const holder = await mutex.lock();
  const all = Array.from({ length: 20 }, (_, i) => mutex.run(async () => {
    served.push(i);
    await sleep(1);
    assert.equal(served.at(-1), i, 'alone');
  }));
  await sleep(5);
  assert.deepEqual(served, []);
  holder.release();
  await Promise.all(all);
  assert.deepEqual(served, Array.from({ length: 20 }, (_, i) => i));
});

managedTest('a name is one mutex', ({ app }) => {
  assert.equal(app.mutex('m'), app.mutex('m'));
  assert.notEqual(app.mutex('m'), app.mutex('n'));
  assert.equal(app.mutex('m').name, 'm');
  const guard = app.mutex('m').lockSync();
  assert.notEqual(app.mutex('n').tryLock(), null);
  assert.equal(app.mutex('m').tryLock(), null);
  guard.release();
});

managedTest('who has it, or is about to, does not wait for itself', async ({ app, start }) => {
  const mutex = app.mutex('m');
  const deadlock = { name: 'ShmError', code: 'ERR_SHM_DEADLOCK' };
  const guard = await mutex.lock();
  assert.throws(() => mutex.lockSync(), deadlock);
  assert.throws(() => mutex.lockSync({ timeout: 0 }), deadlock);
  assert.equal(mutex.tryLock(), null);
  guard.release();

  const peer = await start('process');
  const { guard: theirs } = await peer.use(lock, 'lock');
  const locking = mutex.lock();
  assert.throws(() => mutex.lockSync(), deadlock);
  assert.equal(mutex.tryLock(), null);
  await peer.call('release', theirs);
  (await locking).release();
  mutex.lockSync().release();
});

managedTest('a guard releases once', async ({ app }) => {
  const mutex = app.mutex('m');
  const notOwner = { name: 'ShmError', code: 'ERR_SHM_NOT_OWNER' };
  for (const lockIt of [() => mutex.lock(), () => mutex.lockSync(), () => mutex.tryLock()!]) {
    const guard = await lockIt();
    guard.release();
    const next = mutex.lockSync();
    assert.throws(() => guard.release(), notOwner);
    assert.throws(() => guard.markConsistent(), notOwner);
    guard[Symbol.dispose]();
    assert.equal(mutex.tryLock(), null, 'the lock of the next one was released');
    next[Symbol.dispose]();
  }
  assert.notEqual(mutex.tryLock(), null);
});

managedTest('run() answers what the function does, and releases whatever happens', async ({ app }) => {
  const mutex = app.mutex('m');
  assert.equal(await mutex.run((guard) => guard.ownerDied), false);
  assert.equal(await mutex.run(async () => {
    await sleep(1);
    assert.equal(mutex.tryLock(), null);
    return 5;
  }), 5);
  await assert.rejects(mutex.run(() => { throw new Error('now'); }), { message: 'now' });
  await assert.rejects(mutex.run(async () => { throw new Error('later'); }), { message: 'later' });
  await mutex.run((guard) => guard.release());
  const holder = mutex.lockSync();
  await assert.rejects(mutex.run(() => assert.fail('it is not ours'), { timeout: 10 }), timeout);
  holder.release();
  mutex.lockSync().release();
});

for (const where of ['of another process', 'of this thread']) {
  managedTest(`a timeout and an abort end the wait for an owner ${where}`, async ({ app, start }) => {
    const mutex = app.mutex('m');
    const peer = where === 'of this thread' ? undefined : await start('process');
    const theirs = await peer?.use(lock, 'lock');
    const own = peer === undefined ? mutex.lockSync() : undefined;

    await assert.rejects(mutex.lock({ timeout: 0 }), timeout);
    await assert.rejects(mutex.lock({ timeout: 20 }), timeout);
    const reason = new Error('enough');
    const aborted = { name: 'AbortError', code: 'ABORT_ERR', cause: reason };
    await assert.rejects(mutex.lock({ signal: AbortSignal.abort(reason) }), aborted);
    const controller = new AbortController();
    const [first, second, third] = [mutex.lock(), mutex.lock({ signal: controller.signal }), mutex.lock({ timeout: 1e9 })];
    setTimeout(() => controller.abort(reason), 10);
    await assert.rejects(second, aborted);

    if (own !== undefined) own.release();
    else await peer!.call('release', theirs!.guard);
    (await first).release();
    (await third).release();
    mutex.lockSync().release();
  });
}

managedTest('close() ends waits, and what is held', async ({ app, start }) => {
  const mutex = app.mutex('m');
  const other = app.mutex('other');
  const peer = await start('process');
  await peer.use(lock, 'lock');
  const guard = other.lockSync();
  const waits = [mutex.lock(), mutex.lock({ timeout: 1e6 }), mutex.run(() => {}), other.lock()];
  setTimeout(() => app.close(), 20);
  for (const result of await Promise.allSettled(waits)) {
    assert.equal(result.status === 'rejected' && result.reason.code, closed.code);
  }
  assert.throws(() => guard.release(), closed);
  for (const call of [() => mutex.lockSync(), () => mutex.tryLock(), () => app.mutex('m')]) assert.throws(call, closed);
  await assert.rejects(mutex.lock(), closed);
  assert.equal((await peer.use(['mutex', 'other'], 'lock')).ownerDied, true);
});

managedTest('leaving a block after the close is no mistake', ({ app }) => {
  const guard = app.mutex('m').lockSync();
  app.close();
  guard[Symbol.dispose]();
});

for (const how of ['lock', 'lockSync', 'tryLock']) {
  managedTest(`${how}(): a guard that nobody has any more releases, with a warning, and the next owner is told`, async ({ app, startProcess }) => {
    const mutex = app.mutex('m');
    const peer = await startProcess({ nodeOptions: ['--expose-gc'] });
    await peer.use(lock, how);
    await peer.call('forget', 30);
    const guard = mutex.tryLock();
    assert.equal(guard?.ownerDied, true);
    guard!.release();
    assert.equal((await peer.use(lock, how)).ownerDied, true, 'it can lock again');
    await peer.die();
    assert.match(peer.role.stderr, /ShmWarning: "m" was held by a guard that was collected/);
  });
}

for (const [how, code] of [['exit', 7], ['end', 0]] as const) {
  managedTest(`a process that ends by ${how} with it in its hands`, async ({ app, startProcess }) => {
    const peer = await startProcess();
    await peer.use(lock, 'lock');
    const locking = app.mutex('m').lock();
    if (how === 'exit') await peer.call('exit', code);
    else await peer.end();
    assert.equal((await peer.role.ended).code, code);
    assert.equal((await locking).ownerDied, true);
    assert.deepEqual(app.participants().filter(({ alive }) => alive).length, 1);
  });
}
