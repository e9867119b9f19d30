// Messages to all who listen: processes and threads, quick ones and slow ones.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { type Stage, managedTest, peerKinds } from './lock-peers.js';
import { message, numberOf } from './messages.js';

expectNothingLeft();

const capacity = 4096;
const longest = capacity / 4 - 8;
const role = new URL('./roles/topics.js', import.meta.url);
const error = (code: string) => ({ name: 'ShmError', code });
const topicTest = (title: string, body: (stage: Stage) => void | Promise<void>) => managedTest(title, body, { role });

for (const kind of peerKinds) {
  topicTest(`two listen, one a ${kind}: each message is received or counted as lost`, async ({ app, start }) => {
    const peers = [await start(kind), await start(kind)];
    for (const peer of peers) {
      await peer.call('use', capacity);
      await peer.call('subscribe', 'latest');
    }
    const topic = app.topic('topic', { capacity });
    const subscriber = topic.subscribe();
    const listening = peers.map((peer) => peer.call<{ received: number; lost: number }>('listenUntil', 9999));
    for (let number = 0; number < 10_000; number++) {
      topic.publishSync(message(number));
      if (number % 50 === 0) await sleep(0);
    }
    for (const { received, lost } of await Promise.all(listening)) assert.equal(received + lost, 10_000);
    const first = numberOf(subscriber.tryReceive()!);
    assert.equal(first, subscriber.lost);
    assert.ok(first > 9000);
    assert.equal(subscriber.drain(() => {}), 9999 - first);
    assert.equal(subscriber.lost, first);
  });

  topicTest(`${kind}es publish, also one that dies: none is torn`.replace('threades', 'threads'), async ({ app, start }) => {
    const topic = app.topic('topic', { capacity });
    const subscriber = topic.subscribe({ busyPoll: 20 });
    for (let round = 0; round < 3; round++) {
      const dying = await start(kind);
      const living = await start(kind);
      for (const peer of [dying, living]) await peer.call('use', capacity);
      dying.call('publishNumbered', 0, 1e9).catch(() => {});
      const done = living.call('publishNumbered', 0, 3000);
      for (let i = 0; i < 500; i++) numberOf(await subscriber.receive({ timeout: 5000 }) as Uint8Array);
      await dying.die();
      await done;
      await topic.publish(message(1));
      let last: Uint8Array | undefined;
      subscriber.drain((bytes) => last = bytes);
      assert.equal(numberOf(last!), 1);
      await living.end();
    }
  });
}

topicTest('latest, earliest, and nobody who listens', async ({ app }) => {
  const topic = app.topic('topic', { capacity, codec: 'json' });
  const none = topic.subscribe({ from: 'earliest' });
  assert.equal(none.tryReceive(), undefined);
  for (let number = 0; number < 1000; number++) assert.ok(topic.tryPublish({ number }));
  const early = topic.subscribe({ from: 'earliest' });
  const late = topic.subscribe();
  const { number } = early.tryReceive() as { number: number };
  assert.ok(number > 0 && number < 999);
  assert.equal(early.lost, 0, 'what was gone before it came is not lost');
  assert.deepEqual(none.tryReceive(), { number });
  assert.equal(none.lost, number);
  assert.equal(late.tryReceive(), undefined);
  const waiting = late.receive();
  await topic.publish({ number: 1000 });
  assert.deepEqual(await waiting, { number: 1000 });
  assert.equal(late.lost, 0);
});

topicTest('waits end by a message, a time, an abort, the close', async ({ app }) => {
  const topic = app.topic('topic', { capacity, codec: 'utf8' });
  const subscriber = topic.subscribe();
  await assert.rejects(subscriber.receive({ timeout: 5 }), error('ERR_SHM_TIMEOUT'));
  assert.throws(() => subscriber.receiveSync({ timeout: 5 }), error('ERR_SHM_TIMEOUT'));
  const abort = new AbortController();
  const aborted = subscriber.receive({ signal: abort.signal });
  abort.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  topic.publishSync('a');
  assert.equal(subscriber.receiveSync(), 'a');
  const texts: string[] = [];
  const listening = (async () => {
    for await (const text of subscriber) {
      texts.push(text);
      if (text === 'c') break;
    }
  })();
  await topic.publish('b');
  await topic.publish('c');
  await listening;
  assert.deepEqual(texts, ['b', 'c']);
  const late = subscriber.receive();
  app.close();
  await assert.rejects(late, error('ERR_SHM_CLOSED'));
  assert.throws(() => topic.tryPublish('d'), error('ERR_SHM_CLOSED'));
  assert.throws(() => topic.subscribe(), error('ERR_SHM_CLOSED'));
  assert.throws(() => subscriber.tryReceive(), error('ERR_SHM_CLOSED'));
});

topicTest('bad arguments, limits and the list', ({ app }) => {
  for (const bad of [undefined, {}, { capacity: 5000 }, { capacity, codec: 'xml' }, { capacity, lossless: true }]) {
    assert.throws(() => app.topic('topic', bad as never), (thrown: NodeJS.ErrnoException) => /^ERR_(INVALID_ARG|OUT_OF)/.test(thrown.code!));
  }
  const topic = app.topic('topic', { capacity });
  assert.equal(topic.longestMessage, longest);
  assert.throws(() => topic.tryPublish(new Uint8Array(longest + 1)), error('ERR_SHM_TOO_LONG'));
  const subscriber = topic.subscribe();
  assert.ok(topic.tryPublish(new Uint8Array(longest).fill(7)));
  assert.deepEqual(subscriber.tryReceive(), new Uint8Array(longest).fill(7));
  assert.throws(() => topic.subscribe({ from: 'first' } as never), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.deepEqual(app.list().find(({ name }) => name === 'topic'), { name: 'topic', type: 'topic', size: 256 + capacity, capacity });
  assert.throws(() => app.topic('topic', { capacity: 8192 }), error('ERR_SHM_TYPE_MISMATCH'));
});

topicTest('a place that nobody writes to any more is waited for, and not asked about for ever', async ({ app, name }) => {
  const topic = app.topic('topic', { capacity });
  const subscriber = topic.subscribe();
  const segment = Segment.open(name);
  const words = segment.view(Int32Array);
  const first = (4096 + 64 * 64 + 64 * 128) / 4;
  words[first] = words[first + 16] = 64; // published, and all of it taken back
  await assert.rejects(subscriber.receive({ timeout: 20 }), error('ERR_SHM_TIMEOUT'));
  assert.throws(() => subscriber.receiveSync({ timeout: 20 }), error('ERR_SHM_TIMEOUT'));
  words[first + 1] = 64;
  await topic.publish(message(1));
  assert.equal(numberOf(await subscriber.receive() as Uint8Array), 1);
  segment.close();
});

topicTest('any bytes in it give messages or errors', async ({ app, name }) => {
  const topic = app.topic('topic', { capacity });
  const segment = Segment.open(name);
  const words = segment.view(Int32Array);
  const first = (4096 + 64 * 64 + 64 * 128) / 4;
  let state = 1;
  const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
  const codes = new Set<string>();
  const tried = async (call: () => unknown) => {
    try {
      await call();
    } catch (thrown) {
      codes.add((thrown as NodeJS.ErrnoException).code!);
    }
  };
  let subscriber = topic.subscribe();
  for (let round = 0; round < 500; round++) {
    for (let i = 0; i < 30; i++) words[first + random((256 + capacity) / 4)] = random(2) === 0 ? random(100) * 8 : random(2 ** 31);
    await tried(() => topic.tryPublish(new Uint8Array(random(longest))));
    await tried(() => subscriber.tryReceive());
    await tried(() => subscriber.receive({ timeout: 1 }));
    await tried(() => topic.publish(new Uint8Array(random(longest)), { timeout: 1 }));
    await tried(() => (subscriber = topic.subscribe({ from: random(2) === 0 ? 'latest' : 'earliest' })));
  }
  for (const code of codes) assert.match(code, /^ERR_SHM_(CORRUPT|TIMEOUT|NOT_OWNER|DEADLOCK)$/);
  assert.ok(codes.has('ERR_SHM_CORRUPT'));
  words.fill(0, first, first + 256 / 4);
  segment.close();
});
