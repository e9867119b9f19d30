// Messages from many to many: between processes and threads, with leases and without.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { type Lease, Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { type Stage, managedTest, peerKinds } from './lock-peers.js';
import { message, numberOf } from './messages.js';

expectNothingLeft();

const capacity = 4096;
const longest = capacity / 2 - 16;
const role = new URL('./roles/queues.js', import.meta.url);
const error = (code: string) => ({ name: 'ShmError', code });
const queueTest = (title: string, body: (stage: Stage) => void | Promise<void>) => managedTest(title, body, { role });
const soon = { timeout: 2000 };

for (const kind of peerKinds) {
  queueTest(`two ${kind}es send, two receive: each message once, each producer's in order`.replace('threades', 'threads'), async ({ start }) => {
    const peers = [await start(kind), await start(kind), await start(kind), await start(kind)];
    for (const peer of peers) await peer.call('use', capacity);
    const received = peers.slice(2).map((peer) => peer.call<number[]>('receiveNumbered', 1500));
    await Promise.all([peers[0]!.call('sendNumbered', 0, 3000), peers[1]!.call('sendNumbered', 10_000, 13_000)]);
    const both = await Promise.all(received);
    for (const numbers of both) {
      for (const half of [numbers.filter((n) => n < 10_000), numbers.filter((n) => n >= 10_000)]) {
        assert.deepEqual(half, half.toSorted((a, b) => a - b));
      }
    }
    const all = both.flat().sort((a, b) => a - b);
    assert.deepEqual(all, Array.from({ length: 6000 }, (_, i) => (i < 3000 ? i : 7000 + i)));
  });

  queueTest(`what a ${kind} had leased is another one's when it dies`, async ({ app, start }) => {
    const queue = app.queue('queue', { capacity });
    const producer = queue.producer();
    const consumer = queue.consumer();
    const peer = await start(kind);
    await peer.call('use', capacity);
    for (let number = 0; number < 3; number++) producer.sendSync(message(number));
    assert.deepEqual(await peer.call('lease'), { number: 0, redelivered: false });
    assert.deepEqual(await peer.call('lease'), { number: 1, redelivered: false });
    await peer.call('done');
    await peer.die();
    const second = await consumer.receive({ lease: true, ...soon });
    assert.equal(numberOf(second.value), 2);
    assert.equal(second.redelivered, false);
    second.done();
    const again = await consumer.receive({ lease: true, ...soon });
    assert.equal(numberOf(again.value), 1);
    assert.equal(again.redelivered, true);
    again.done();
    await assert.rejects(consumer.receive({ timeout: 60 }), error('ERR_SHM_TIMEOUT'));
  });

  queueTest(`every job is done although ${kind}s die all the time`.replace('processs', 'processes'), async ({ app, start }) => {
    const queue = app.queue('queue', { capacity, codec: 'json' });
    const producer = queue.producer();
    const sending = (async () => {
      for (let number = 0; number < 400; number++) await producer.send({ number });
    })();
    const consumer = queue.consumer();
    const seen = new Set<number>();
    for (let i = 0; i < 4; i++) {
      const peer = await start(kind);
      await peer.call('use', capacity);
      peer.call('lease').catch(() => {});
      while (seen.size < 100 * (i + 1) - 10) {
        const lease = await consumer.receive({ lease: true, ...soon });
        seen.add((lease.value as { number: number }).number);
        lease.done();
      }
      await peer.die();
    }
    // Until then: behind what the dead have left the queue may be full.
    while (seen.size < 400) {
      const lease = await consumer.receive({ lease: true, ...soon });
      seen.add((lease.value as { number: number }).number);
      lease.done();
    }
    await sending;
    assert.equal(consumer.tryReceive(), undefined);
  });
}

queueTest('a lease ends once: by done(), release(), the end of its block or of nobody\'s memory of it', ({ app }) => {
  const queue = app.queue('queue', { capacity, codec: 'utf8' });
  const producer = queue.producer();
  const consumer = queue.consumer();
  assert.ok(producer.trySend('job'));
  const first = consumer.tryReceive({ lease: true })!;
  assert.equal(consumer.tryReceive({ lease: true }), undefined);
  assert.equal(first.value, 'job');
  first.release();
  assert.throws(() => first.done(), error('ERR_SHM_NOT_OWNER'));
  {
    using second = consumer.receiveSync({ lease: true });
    assert.equal(second.redelivered, true);
  }
  const third = consumer.receiveSync({ lease: true });
  third.done();
  assert.throws(() => third.release(), error('ERR_SHM_NOT_OWNER'));
  assert.equal(consumer.tryReceive(), undefined);
});

queueTest('a queue is full, has room again, and refuses what is too long', async ({ app }) => {
  const queue = app.queue('queue', { capacity });
  assert.equal(queue.longestMessage, longest);
  assert.equal(queue.capacity, capacity);
  const producer = queue.producer();
  const consumer = queue.consumer();
  assert.throws(() => producer.trySend(new Uint8Array(longest + 1)), error('ERR_SHM_TOO_LONG'));
  assert.ok(producer.trySend(new Uint8Array(longest).fill(1)));
  assert.ok(producer.trySend(new Uint8Array(longest).fill(2)));
  assert.equal(producer.trySend(new Uint8Array()), false);
  await assert.rejects(producer.send(new Uint8Array(1), { timeout: 5 }), error('ERR_SHM_TIMEOUT'));
  assert.throws(() => producer.sendSync(new Uint8Array(1), { timeout: 5 }), error('ERR_SHM_TIMEOUT'));
  const waiting = producer.sendMany([Uint8Array.of(3), Uint8Array.of(4)]);
  assert.equal(consumer.receiveSync()[0], 1);
  await waiting;
  const rest: number[] = [];
  assert.equal(consumer.drain((bytes) => rest.push(bytes[0]!)), 3);
  assert.deepEqual(rest, [2, 3, 4]);
});

queueTest('a message wakes who sleeps; an abort and the close end the wait', async ({ app }) => {
  const queue = app.queue('queue', { capacity, codec: 'v8' });
  const consumer = queue.consumer({ busyPoll: 10 });
  const abort = new AbortController();
  const aborted = consumer.receive({ signal: abort.signal });
  setTimeout(() => abort.abort(), 5);
  await assert.rejects(aborted, { name: 'AbortError' });
  const waiting = [consumer.receive(), consumer.receive({ lease: true })] as const;
  const producer = queue.producer();
  await producer.sendMany([new Map([[1, 2]]), new Date(0)]);
  assert.deepEqual(await waiting[0], new Map([[1, 2]]));
  const lease = await waiting[1] as Lease<Date>;
  assert.deepEqual(lease.value, new Date(0));
  const late = consumer.receive();
  const other = queue.consumer();
  const lateToo = other.receive();
  other.close();
  await assert.rejects(lateToo, error('ERR_SHM_NOT_OWNER'));
  assert.throws(() => other.tryReceive(), error('ERR_SHM_NOT_OWNER'));
  app.close();
  await assert.rejects(late, error('ERR_SHM_CLOSED'));
  assert.throws(() => producer.trySend(1), error('ERR_SHM_CLOSED'));
  assert.throws(() => lease.done(), error('ERR_SHM_CLOSED'));
});

queueTest('streams: bytes through a queue, and the loop over messages', async ({ app }) => {
  const queue = app.queue('queue', { capacity });
  const bytes = Buffer.alloc(100_000, 'shared memory ');
  const hash = createHash('sha1');
  let length = 0;
  const stream = queue.consumer().readable();
  stream.on('data', (chunk: Uint8Array) => {
    hash.update(chunk);
    length += chunk.length;
    if (length === bytes.length) stream.destroy();
  });
  const closed = once(stream, 'close');
  await pipeline(Readable.from([bytes]), queue.producer().writable());
  await closed;
  assert.equal(hash.digest('hex'), createHash('sha1').update(bytes).digest('hex'));

  const producer = queue.producer();
  for (let number = 0; number < 3; number++) producer.trySend(message(number));
  let next = 0;
  for await (const each of queue.consumer()) {
    assert.equal(numberOf(each), next++);
    if (next === 3) break;
  }
});

queueTest('bad arguments name themselves, and others see the queue in the list', ({ app }) => {
  for (const bad of [undefined, {}, { capacity: 5000 }, { capacity: 2048 }, { capacity: '4096' }, { capacity, codec: 'xml' }]) {
    assert.throws(() => app.queue('queue', bad as never), (thrown: NodeJS.ErrnoException) => /^ERR_(INVALID_ARG|OUT_OF)/.test(thrown.code!));
  }
  const queue = app.queue('queue', { capacity });
  assert.deepEqual(app.list().find(({ name }) => name === 'queue'), { name: 'queue', type: 'queue', size: 384 + capacity, capacity });
  assert.throws(() => app.queue('queue', { capacity: 8192 }), error('ERR_SHM_TYPE_MISMATCH'));
  assert.throws(() => app.ring('queue', { capacity }), error('ERR_SHM_TYPE_MISMATCH'));
  const consumer = queue.consumer();
  assert.throws(() => consumer.tryReceive({ lease: 1 } as never), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => queue.producer().trySend('text' as never), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => queue.consumer({ busyPoll: -1 }), { code: 'ERR_OUT_OF_RANGE' });
});

queueTest('any bytes in it give messages or errors', async ({ app, name }) => {
  const queue = app.queue('queue', { capacity });
  const producer = queue.producer();
  const consumer = queue.consumer();
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
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i < 20; i++) words[first + random((384 + capacity) / 4)] = random(2) === 0 ? random(100) : random(2 ** 31);
    await tried(() => producer.trySend(new Uint8Array(random(longest))));
    await tried(() => consumer.tryReceive());
    await tried(() => consumer.tryReceive({ lease: true })?.done());
    await tried(() => consumer.receive({ timeout: 1 }));
    await tried(() => producer.send(new Uint8Array(random(longest)), { timeout: 1 }));
  }
  for (const code of codes) assert.match(code, /^ERR_SHM_(CORRUPT|TIMEOUT|NOT_OWNER|DEADLOCK)$/);
  assert.ok(codes.has('ERR_SHM_CORRUPT'));
  words.fill(0, first, first + 384 / 4);
  segment.close();
});
