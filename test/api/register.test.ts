// The latest value: written and read by processes and threads at once.
import assert from 'node:assert/strict';

import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { type Stage, managedTest, peerKinds } from './lock-peers.js';

expectNothingLeft();

const size = 1000;
const role = new URL('./roles/registers.js', import.meta.url);
const error = (code: string) => ({ name: 'ShmError', code });
const registerTest = (title: string, body: (stage: Stage) => void | Promise<void>) => managedTest(title, body, { role });

for (const kind of peerKinds) {
  registerTest(`what a ${kind} writes is read here, and the other way round`, async ({ app, start }) => {
    const peer = await start(kind);
    const value = app.register('value', { size, codec: 'json' });
    assert.equal(value.read(), undefined);
    assert.equal(value.version, 0);
    const change = value.changed(0);
    await peer.call('write', { a: [1] });
    assert.equal(await change, 1);
    assert.deepEqual(value.read(), { a: [1] });
    await value.write('mine');
    assert.equal(await peer.call('read'), 'mine');
    assert.equal(value.version, 2);
  });

  registerTest(`while a ${kind} writes without end no value is torn`, async ({ app, start }) => {
    const peers = [await start(kind), await start(kind)];
    const writing = peers.map((peer) => peer.call('writeMany', size, 20_000));
    const value = app.register('many', { size });
    let isOver = false;
    const done = Promise.all(writing).then(() => isOver = true);
    let version = 0;
    for (let reads = 0; !isOver; reads++) {
      for (let i = 0; i < 100; i++) {
        const bytes = value.read();
        if (bytes !== undefined) assert.ok(bytes.every((byte) => byte === bytes[0]), 'torn');
      }
      assert.ok(value.version >= version);
      version = await value.changed(value.version, { timeout: 5 }).catch(() => value.version);
      if (reads % 10 === 0) await value.write(new Uint8Array(size).fill(reads));
    }
    await done;
  });

  registerTest(`a ${kind} that dies writing takes nothing along`, async ({ app, start }) => {
    const value = app.register('many', { size });
    for (let i = 0; i < 5; i++) {
      const peer = await start(kind);
      peer.call('writeMany', size, 1e9).catch(() => {});
      await value.changed(value.version);
      await peer.die();
      const bytes = value.read()!;
      assert.ok(bytes.every((byte) => byte === bytes[0]), 'torn');
      await value.write(Uint8Array.of(5));
      assert.deepEqual(value.read(), Uint8Array.of(5));
    }
  });
}

registerTest('what one thread writes by two objects is written in the order of the calls', async ({ app, name, start }) => {
  const first = app.register('value', { size, codec: 'json' });
  const second = app.register('value', { size, codec: 'json' });
  const peer = await start('process');
  await peer.call('hold', 'm');
  const segment = Segment.open(name);
  const words = segment.view(Int32Array);
  const firstObject = (4096 + 64 * 64 + 64 * 128) / 4;
  const writer = firstObject + 16;
  words[writer] = words[firstObject + (192 + 4 * (size + 8)) / 4]!; // as if the peer were stopped while it writes
  assert.notEqual(words[writer], 0);
  const writes = [first.write(1), second.write(2), first.write(3)];
  assert.throws(() => second.writeSync(4), error('ERR_SHM_DEADLOCK'));
  assert.equal(second.tryWrite(4), false);
  assert.equal(first.read(), undefined);
  words[writer] = 0;
  await Promise.all(writes);
  assert.equal(second.read(), 3);
  assert.equal(first.version, 3);
  segment.close();
});

registerTest('bad arguments, limits and the close', async ({ app }) => {
  for (const bad of [undefined, {}, { size: 0 }, { size: 2 ** 20 + 1 }, { size: '5' }, { size, codec: 'xml' }, { size, capacity: 1 }]) {
    assert.throws(() => app.register('value', bad as never), (thrown: NodeJS.ErrnoException) => /^ERR_(INVALID_ARG|OUT_OF)/.test(thrown.code!));
  }
  const value = app.register('value', { size });
  assert.deepEqual([value.name, value.size], ['value', size]);
  assert.throws(() => app.register('value', { size: 5 }), error('ERR_SHM_TYPE_MISMATCH'));
  assert.throws(() => value.tryWrite(new Uint8Array(size + 1)), error('ERR_SHM_TOO_LONG'));
  await assert.rejects(value.write(new Uint8Array(size + 1)), /at most 1000/);
  await assert.rejects(value.write('text' as never), TypeError);
  assert.equal(value.version, 0);
  for (const bad of ['1', undefined, -1, 0.5, 2 ** 32]) await assert.rejects(value.changed(bad as never), /version/);
  await assert.rejects(value.changed(0, { timeout: 10 }), error('ERR_SHM_TIMEOUT'));
  assert.throws(() => value.changedSync(0, { timeout: 10 }), error('ERR_SHM_TIMEOUT'));
  await assert.rejects(value.changed(0, { signal: AbortSignal.timeout(5) }), { name: 'AbortError' });
  assert.equal(value.tryWrite(new Uint8Array()), true);
  assert.deepEqual(value.read(), new Uint8Array());
  value.writeSync(new Uint8Array(size).fill(1));
  assert.equal(value.changedSync(1), 2);
  assert.deepEqual(app.list().map(({ type }) => type), ['register']);
  const waiting = value.changed(2);
  setTimeout(() => app.close(), 5);
  await assert.rejects(waiting, error('ERR_SHM_CLOSED'));
  for (const call of [() => value.read(), () => value.version, () => value.tryWrite(Uint8Array.of(1)), () => value.writeSync(Uint8Array.of(1))]) {
    assert.throws(call, error('ERR_SHM_CLOSED'));
  }
});
