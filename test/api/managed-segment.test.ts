// Managed segments: made, found, shared between processes and threads, and ended.
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { ManagedSegment, Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { ProcessPeer, managedTest, peerKinds } from './lock-peers.js';
import { assertRuleError, assertSystemError } from './segments.js';

expectNothingLeft();

const size = 65_536;

test('it is made, found, and ends with the last close', () => {
  const name = uniqueName();
  assert.equal(ManagedSegment.exists(name), false);
  assertSystemError(() => ManagedSegment.open(name), 'ENOENT', 'open', name);
  const app = ManagedSegment.create(name, { size });
  const { created, closed } = app;
  assert.deepEqual({ name: app.name, size: app.size, created, closed }, { name, size, created: true, closed: false });
  assert.equal(statSync(`/dev/shm${name}`).mode & 0o777, 0o600);
  assert.equal(ManagedSegment.exists(name), true);
  assertSystemError(() => ManagedSegment.create(name, { size }), 'EEXIST', 'linkat', name);
  app.close();
  assert.deepEqual([app.closed, app.size, app.name], [true, 0, name]);
  assert.equal(ManagedSegment.exists(name), false);
  app.close();
});

managedTest('a thread that opens it again has the same one, until as many closes', ({ app, name }) => {
  const again = ManagedSegment.open(name.slice(1));
  const oneMore = ManagedSegment.openOrCreate(name, { size });
  assert.equal(again, app);
  assert.equal(oneMore, app);
  assert.equal(app.participants().length, 1);
  again.close();
  again.close();
  assert.equal(app.closed, false);
  app[Symbol.dispose]();
  assert.equal(app.closed, true);
  assert.equal(ManagedSegment.exists(name), false);
});

managedTest('a name that means another segment by now is opened as that one', ({ app, name }) => {
  app.mutex('m').lockSync();
  ManagedSegment.unlink(name);
  assertSystemError(() => ManagedSegment.unlink(name), 'ENOENT', 'unlink', name);
  assertSystemError(() => ManagedSegment.open(name), 'ENOENT', 'open', name);
  const other = ManagedSegment.openOrCreate(name, { size });
  assert.notEqual(other, app);
  assert.equal(other.created, true);
  assert.notEqual(other.mutex('m').tryLock(), null);
  assert.equal(app.mutex('m').tryLock(), null);
  app.close();
  assert.equal(ManagedSegment.exists(name), true);
  other.close();
});

for (const kind of peerKinds) {
  managedTest(`a ${kind} is a participant of its own`, async ({ app, start }) => {
    const before = Date.now();
    const peer = await start(kind);
    const all = app.participants();
    assert.deepEqual(all.map(({ self, alive }) => ({ self, alive })).sort((a, b) => Number(a.self) - Number(b.self)),
      [{ self: false, alive: true }, { self: true, alive: true }]);
    const mine = all.find(({ self }) => self)!;
    const theirs = all.find(({ self }) => !self)!;
    assert.equal(mine.pid, process.pid);
    assert.equal(mine.uid, process.getuid!());
    assert.equal(theirs.pid === process.pid, kind === 'thread');
    assert.notEqual(theirs.tid, mine.tid);
    assert.ok(mine.since! <= new Date() && mine.since!.getTime() > before - 3_600_000, String(mine.since));
    assert.deepEqual((await peer.call<{ self: boolean; tid: number }[]>('participants')).filter(({ self }) => self).map(({ tid }) => tid), [theirs.tid]);
    await peer.die();
    while (app.participants().some(({ self, alive }) => !self && alive)); // until the kernel has seen it
  });

  managedTest(`the name stays while a ${kind} has it open`, async ({ app, name, start }) => {
    const peer = await start(kind);
    app.close();
    assert.equal(ManagedSegment.exists(name), true);
    await peer.end();
    assert.equal(ManagedSegment.exists(name), false);
  });
}

for (const [how, code] of [['exit', 3], ['end', 0]] as const) {
  managedTest(`the last process removes the name when it ends by ${how}`, async ({ app, name, startProcess }) => {
    const peer = await startProcess();
    app.close();
    if (how === 'exit') await peer.call('exit', code);
    else await peer.end();
    assert.equal((await peer.role.ended).code, code);
    assert.equal(ManagedSegment.exists(name), false);
  });
}

managedTest('a name whose last process was killed goes when the next one makes a segment', async ({ app, name, startProcess }) => {
  const peer = await startProcess();
  app.close();
  await peer.die();
  assert.equal(ManagedSegment.exists(name), true);
  const sweeper = new ProcessPeer();
  await sweeper.role.expect('ready');
  const other = uniqueName();
  await sweeper.call('open', other, { size });
  await sweeper.end();
  assert.deepEqual([ManagedSegment.exists(name), ManagedSegment.exists(other)], [false, false]);
});

managedTest("lifetime 'persistent': only unlink() removes the name", ({ app, name }) => {
  app.mutex('m').lockSync();
  app.close();
  assert.equal(ManagedSegment.exists(name), true);
  const again = ManagedSegment.open(name);
  assert.notEqual(again, app);
  assert.equal(again.created, false);
  assert.equal(again.mutex('m').tryLock()!.ownerDied, true);
  again.close();
  ManagedSegment.unlink(name);
}, { lifetime: 'persistent' });

test('of many processes one makes it', async () => {
  const name = uniqueName();
  const peers = Array.from({ length: 4 }, () => new ProcessPeer());
  for (const peer of peers) await peer.role.expect('ready');
  const created = await Promise.all(peers.map((peer) => peer.call('open', name, { size })));
  assert.deepEqual(created.sort(), [false, false, false, true]);
  await Promise.all(peers.map((peer) => peer.end()));
  assert.equal(existsSync(`/dev/shm${name}`), false);
});

managedTest('the list has every object, with its parameters', ({ app }) => {
  assert.deepEqual(app.list(), []);
  app.mutex('a');
  app.rwLock('ä');
  app.semaphore('leased', { permits: 3 });
  app.semaphore('plain', { permits: 1000, initial: 0, plain: true });
  app.event('manual');
  app.event('auto', { reset: 'auto' });
  app.condition('c');
  app.barrier('b', { parties: 7 });
  assert.deepEqual(app.list().map(({ size: bytes, ...rest }) => (assert.ok(bytes > 0), rest)), [
    { name: 'a', type: 'mutex' },
    { name: 'ä', type: 'rwLock' },
    { name: 'leased', type: 'semaphore', permits: 3, plain: false },
    { name: 'plain', type: 'semaphore', permits: 1000, plain: true },
    { name: 'manual', type: 'event', reset: 'manual' },
    { name: 'auto', type: 'event', reset: 'auto' },
    { name: 'c', type: 'condition' },
    { name: 'b', type: 'barrier', parties: 7 },
  ]);
});

type Anything = Record<string, (name: string, options?: object) => { readonly name: string }>;
const makers: [kind: string, options?: object][] = [
  ['mutex'], ['rwLock'], ['semaphore', { permits: 3 }], ['semaphore', { permits: 3, plain: true }], ['event'],
  ['event', { reset: 'auto' }], ['condition'], ['barrier', { parties: 3 }],
];

managedTest('a name is for one type and its parameters', ({ app }) => {
  const all = app as unknown as Anything;
  for (const [i, [kind, options]] of makers.entries()) {
    const object = all[kind]!(`o${i}`, options);
    assert.equal(object.name, `o${i}`);
    assert.equal(all[kind]!(`o${i}`, options), object, 'the same one');
  }
  for (const i of makers.keys()) {
    for (const [j, [kind, options]] of makers.entries()) {
      if (i !== j) assertRuleError(() => all[kind]!(`o${i}`, options), 'ERR_SHM_TYPE_MISMATCH', `o${i}`);
    }
  }
  assertRuleError(() => app.semaphore('o2', { permits: 4 }), 'ERR_SHM_TYPE_MISMATCH', 'o2');
  assertRuleError(() => app.barrier('o7', { parties: 4 }), 'ERR_SHM_TYPE_MISMATCH', 'o7');
  assert.equal(app.semaphore('o3', { permits: 3, initial: 1, plain: true }).value, 3, 'the first one says how it begins');
});

managedTest('a directory that is full takes no more objects', ({ app }) => {
  for (let i = 0; i < 5; i++) app.mutex(`m${i}`);
  assertRuleError(() => app.mutex('one more'), 'ERR_SHM_FULL', 'one more');
  assert.equal(app.mutex('m3'), app.mutex('m3'));
}, { objects: 5 });

managedTest('a segment that is full takes no more objects', ({ app }) => {
  const taken: string[] = [];
  assert.throws(() => {
    for (let i = 0; ; i++) taken.push(app.mutex(`m${i}`).name);
  }, { code: 'ERR_SHM_FULL' });
  assert.ok(taken.length > 0);
  assert.equal(app.list().length, taken.length);
}, { size: 4096 + 64 * 64 + 64 * 128 + 640 });

managedTest('more participants than there are places find none', async ({ app, name, startProcess }) => {
  const peers = [await startProcess(), await startProcess()];
  const late = new ProcessPeer();
  await late.role.expect('ready');
  await assert.rejects(late.call('open', name), { code: 'ERR_SHM_NO_SLOT' });
  await peers[0]!.die();
  await late.call('open', name);
  assert.equal(app.participants().length, 3);
  await late.end();
}, { participants: 3 });

test('what is no managed segment is refused', () => {
  const name = uniqueName();
  const segment = Segment.create(name, { size: 8192 });
  try {
    assertRuleError(() => ManagedSegment.open(name), 'ERR_SHM_LAYOUT', name);
    assertRuleError(() => ManagedSegment.openOrCreate(name, { size }), 'ERR_SHM_LAYOUT', name);
    assertSystemError(() => ManagedSegment.create(name, { size }), 'EEXIST', 'linkat', name);
  } finally {
    segment.unlink();
    segment.close();
  }
});

managedTest('everything of a closed one says so', ({ app }) => {
  const all = app as unknown as Anything;
  const objects = makers.map(([kind, options], i) => all[kind]!(`o${i}`, options));
  app.close();
  assertRuleError(() => app.list(), 'ERR_SHM_CLOSED', app.name);
  assertRuleError(() => app.participants(), 'ERR_SHM_CLOSED', app.name);
  for (const [kind, options] of makers) assertRuleError(() => all[kind]!('o', options), 'ERR_SHM_CLOSED', app.name);
  for (const object of objects) {
    const methods = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)) as Record<string, PropertyDescriptor>;
    for (const [method, { value, get }] of Object.entries(methods)) {
      if (['constructor', 'name', 'run'].includes(method)) continue;
      if (method === 'wait' && object.constructor.name === 'Condition') continue; // needs a guard
      if (method === 'waitSync' && object.constructor.name === 'Condition') continue;
      const answer = () => (get ?? value as () => unknown).call(object);
      const call = value?.constructor.name === 'AsyncFunction' ? undefined : answer;
      if (call !== undefined) assert.throws(call, { code: 'ERR_SHM_CLOSED' }, `${object.constructor.name}.${method}`);
    }
  }
});
