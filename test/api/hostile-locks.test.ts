// Bytes that no peer of ours writes: calls answer or fail, no wait with a timeout is endless, and nobody crashes.
import assert from 'node:assert/strict';
import { type ManagedSegment, Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { managedTest } from './lock-peers.js';

expectNothingLeft();

const isSlow = Boolean(process.env['SHM_TEST_SLOW']);
const rounds = isSlow ? 20 : 150;
const allowed = new Set([
  'ERR_SHM_TIMEOUT', 'ERR_SHM_CORRUPT', 'ERR_SHM_DEADLOCK', 'ERR_SHM_NOT_OWNER', 'ERR_SHM_FULL', 'ERR_SHM_TYPE_MISMATCH',
]);

/** The same numbers in every run. */
function* noise(): Generator<number, never> {
  for (let state = 0x9e3779b9; ;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

async function tried(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    assert.ok(allowed.has((error as NodeJS.ErrnoException).code!), String(error));
    return undefined;
  }
}

const quick = { timeout: 3 };

function callsOf(app: ManagedSegment): (() => unknown)[] {
  const mutex = app.mutex('m');
  const rw = app.rwLock('rw');
  const pool = app.semaphore('pool', { permits: 4 });
  const plain = app.semaphore('plain', { permits: 4, plain: true });
  const event = app.event('e');
  const auto = app.event('auto', { reset: 'auto' });
  const condition = app.condition('c');
  const barrier = app.barrier('b', { parties: 3 });
  const release = async (guard: { release(): void } | null) => guard?.release();
  return [
    async () => release(await mutex.lock(quick)), () => release(mutex.lockSync(quick)), () => release(mutex.tryLock()),
    async () => release(await rw.lock(quick)), () => release(rw.lockSync(quick)), () => release(rw.tryLock()),
    async () => release(await rw.lockShared(quick)), () => release(rw.lockSharedSync(quick)), () => release(rw.tryLockShared()),
    async () => release(await pool.acquire(quick)), () => release(pool.acquireSync(quick)), () => release(pool.tryAcquire()), () => pool.value,
    () => plain.acquire(quick), () => plain.acquireSync(quick), () => plain.tryAcquire(), () => plain.release(), () => plain.value,
    () => event.wait(quick), () => event.waitSync(quick), () => event.set(), () => event.reset(), () => event.isSet,
    () => auto.wait(quick), () => auto.waitSync(quick), () => auto.set(), () => auto.tryWait(),
    () => barrier.wait(quick), () => barrier.waitSync(quick),
    async () => {
      const guard = mutex.tryLock();
      if (guard !== null) await tried(() => condition.wait(guard, quick));
      guard?.[Symbol.dispose]();
    },
    () => condition.notifyAll(),
  ];
}

managedTest('random words in the objects', async ({ app, name }) => {
  const calls = callsOf(app);
  const segment = Segment.open(name);
  const words = segment.view(Int32Array);
  const first = (4096 + 64 * 64 + 64 * 128) / 4;
  const random = noise();
  const interesting = [0, 1, 0x7fffffff, -1, 1 << 31, 1 << 30, 5 << 20 | 3, 1 << 20 | 1, (1 << 20 | 1) | 1 << 31, 0x3fffffff];
  const used = 16 * 40; // words of all objects together
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 40; i++) {
      const value = random.next().value % 3 === 0 ? random.next().value : interesting[random.next().value % interesting.length]!;
      words[first + random.next().value % used] = value;
    }
    await tried(calls[round % calls.length]!);
    await tried(calls[random.next().value % calls.length]!);
    await Promise.all(calls.slice(0, 3).map(tried));
  }
  words.fill(0, first, first + used);
  segment.close();
});

managedTest('random words in the directory and the participants', async ({ app, name }) => {
  callsOf(app);
  const segment = Segment.open(name);
  const words = segment.view(Int32Array);
  const copy = words.slice(0, (4096 + 64 * 64 + 64 * 128) / 4);
  const random = noise();
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 30; i++) words[48 + random.next().value % (copy.length - 48)] = random.next().value;
    await tried(() => app.list());
    await tried(() => app.participants());
    for (const makeOne of [() => app.mutex('m'), () => app.mutex(`new ${round}`), () => app.rwLock('rw'), () => app.barrier('b', { parties: 3 })]) {
      await tried(makeOne);
    }
    words.set(copy); // without which everything would soon be corrupt at once
  }
  segment.close();
});

managedTest('words that change while somebody waits', async ({ app, name, start }) => {
  const peer = await start('thread');
  await peer.use(['mutex', 'm'], 'lock');
  await peer.use(['rwLock', 'rw'], 'lock');
  const segment = Segment.open(name);
  const words = segment.view(Int32Array);
  const first = (4096 + 64 * 64 + 64 * 128) / 4;
  const random = noise();
  const waits = callsOf(app).map((call) => tried(call));
  const scribbling = setInterval(() => {
    for (let i = 0; i < 50; i++) words[first + random.next().value % 700] = random.next().value;
  }, 0);
  await Promise.all(waits);
  clearInterval(scribbling);
  segment.close();
});
