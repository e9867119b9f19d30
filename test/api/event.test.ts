// Something has happened: in one process, for the others.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { expectNothingLeft } from '../support/leftovers.js';
import { managedTest, peerKinds } from './lock-peers.js';

expectNothingLeft();

const ready = ['event', 'ready'] as const;
const turn = ['event', 'turn', { reset: 'auto' }] as const;
const timeout = { name: 'ShmError', code: 'ERR_SHM_TIMEOUT' };
const closed = { name: 'ShmError', code: 'ERR_SHM_CLOSED' };

for (const kind of peerKinds) {
  managedTest(`manual: a ${kind} lets all pass until the reset`, async ({ app, start }) => {
    const peer = await start(kind);
    const event = app.event('ready');
    assert.equal(event.isSet, false);
    assert.deepEqual(await peer.use(ready, 'tryWait'), { value: false });
    const waits = [event.wait(), event.wait(), event.wait({ timeout: 1e6 })];
    const theirs = await peer.call('begin', ready, 'wait');
    await peer.use(ready, 'set');
    await Promise.all(waits);
    assert.deepEqual(await peer.call('settled', theirs), {});
    assert.equal(event.tryWait(), true);
    assert.equal(event.isSet, true);
    event.waitSync();
    event.reset();
    assert.equal(await peer.call('get', ready, 'isSet'), false);
    assert.throws(() => event.waitSync({ timeout: 20 }), timeout);
  });

  managedTest(`manual: who waits passes also if a ${kind} sets and resets at once`, async ({ app, start }) => {
    const peer = await start(kind);
    const number = await peer.call('begin', ready, 'wait');
    app.event('ready').set();
    app.event('ready').reset();
    assert.deepEqual(await peer.call('settled', number), {});
  });

  managedTest(`auto: a ${kind} lets one pass each time`, async ({ app, start }) => {
    const peer = await start(kind);
    const event = app.event('turn', { reset: 'auto' });
    let passed = 0;
    const waits = Array.from({ length: 3 }, () => event.wait().then(() => passed++));
    for (let i = 1; i <= 3; i++) {
      await peer.use(turn, 'set');
      while (passed < i) await sleep(1);
      await sleep(10);
      assert.equal(passed, i);
      assert.equal(event.isSet, false);
    }
    await Promise.all(waits);
    event.set();
    event.set();
    assert.deepEqual(await peer.use(turn, 'tryWait'), { value: true });
    assert.deepEqual(await peer.use(turn, 'tryWait'), { value: false });
  });

  managedTest(`a ${kind} that dies waiting takes nothing along`, async ({ app, start }) => {
    const peer = await start(kind);
    await peer.call('begin', turn, 'wait');
    await peer.die();
    const event = app.event('turn', { reset: 'auto' });
    event.set();
    event.waitSync();
  });
}

managedTest('timeouts, aborts, and the close', async ({ app }) => {
  const event = app.event('ready');
  await assert.rejects(event.wait({ timeout: 0 }), timeout);
  await assert.rejects(event.wait({ timeout: 15 }), timeout);
  await assert.rejects(event.wait({ signal: AbortSignal.abort() }), { name: 'AbortError', code: 'ABORT_ERR' });
  await assert.rejects(event.wait({ signal: AbortSignal.timeout(10) }), { name: 'AbortError' });
  const waits = [event.wait(), event.wait({ timeout: 1e6 })];
  setTimeout(() => app.close(), 10);
  for (const result of await Promise.allSettled(waits)) assert.equal(result.status === 'rejected' && result.reason.code, closed.code);
  for (const call of [() => event.set(), () => event.reset(), () => event.isSet, () => event.tryWait(), () => event.waitSync()]) {
    assert.throws(call, closed);
  }
});
