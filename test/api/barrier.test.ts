// All arrive, then all pass.
import assert from 'node:assert/strict';

import { expectNothingLeft } from '../support/leftovers.js';
import type { Came } from './lock-calls.js';
import { managedTest, peerKinds } from './lock-peers.js';

expectNothingLeft();

const start3 = ['barrier', 'start', { parties: 3 }] as const;
const timeout = { name: 'ShmError', code: 'ERR_SHM_TIMEOUT' };
const closed = { name: 'ShmError', code: 'ERR_SHM_CLOSED' };

managedTest('processes and threads pass together, again and again, and one of them is the last', async ({ app, start }) => {
  const peers = [await start('process'), await start('thread')];
  const barrier = app.barrier('start', { parties: 3 });
  for (let phase = 0; phase < 20; phase++) {
    const waits = [
      ...peers.map((peer, i) => peer.use(start3, (phase + i) % 2 === 0 ? 'wait' : 'waitSync').then(({ value }) => value as { isLast: boolean })),
      phase % 2 === 0 ? barrier.wait() : barrier.waitSync(),
    ];
    const came = await Promise.all(waits);
    assert.deepEqual(came.map(({ isLast }) => isLast).sort(), [false, false, true]);
  }
});

managedTest('calls of one thread count as parties', async ({ app }) => {
  const barrier = app.barrier('start', { parties: 3 });
  const came = await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()]);
  assert.equal(came.filter(({ isLast }) => isLast).length, 1);
  assert.deepEqual(app.barrier('alone', { parties: 1 }).waitSync(), { isLast: true });
});

for (const kind of peerKinds) {
  managedTest(`a ${kind} that dies waiting does not count`, async ({ app, start }) => {
    const barrier = app.barrier('start', { parties: 3 });
    const dying = await start(kind);
    await dying.call('begin', start3, 'wait');
    await dying.die();
    const peer = await start(kind);
    const theirs = await peer.call('begin', start3, 'wait');
    await assert.rejects(barrier.wait({ timeout: 150 }), timeout, 'two of three that live');
    await Promise.all([barrier.wait(), barrier.wait()]);
    assert.notEqual((await peer.call<Came>('settled', theirs)).value, undefined);
  });
}

managedTest('after a timeout and an abort the arrival is taken back', async ({ app }) => {
  const barrier = app.barrier('start', { parties: 2 });
  await assert.rejects(barrier.wait({ timeout: 10 }), timeout);
  await assert.rejects(barrier.wait({ timeout: 0 }), timeout);
  assert.throws(() => barrier.waitSync({ timeout: 10 }), timeout);
  await assert.rejects(barrier.wait({ signal: AbortSignal.timeout(10) }), { name: 'AbortError' });
  const first = barrier.wait();
  const second = barrier.wait();
  assert.deepEqual((await Promise.all([first, second])).map(({ isLast }) => isLast).sort(), [false, true]);
});

managedTest('close() ends the wait, and the arrival', async ({ app, start }) => {
  const peer = await start('process');
  const barrier = app.barrier('two', { parties: 2 });
  const waiting = barrier.wait();
  setTimeout(() => app.close(), 10);
  await assert.rejects(waiting, closed);
  assert.throws(() => barrier.waitSync(), closed);
  await assert.rejects(barrier.wait(), closed);
  assert.deepEqual(await peer.use(['barrier', 'two', { parties: 2 }], 'wait', { timeout: 50 }), { code: 'ERR_SHM_TIMEOUT' });
});
