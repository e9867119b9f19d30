// Messages from one to another: between processes and threads, by every way of sending and receiving.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedSegment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { type Stage, managedTest, peerKinds } from './lock-peers.js';
import { message, numberOf } from './messages.js';

expectNothingLeft();

const capacity = 4096;
const longest = capacity / 2 - 8;
const role = new URL('./roles/messages.js', import.meta.url);
const error = (code: string) => ({ name: 'ShmError', code });
const ringTest = (title: string, body: (stage: Stage) => void | Promise<void>) => managedTest(title, body, { role });

for (const kind of peerKinds) {
  ringTest(`a ${kind} sends, this one receives, and the other way round`, async ({ app, start }) => {
    const peer = await start(kind);
    assert.equal(await peer.call('become', 'producer', capacity), '');
    const ring = app.ring('ring', { capacity });
    const consumer = ring.consumer();
    const sent = peer.call('sendNumbered', 0, 3000);
    for (let number = 0; number < 1000; number++) assert.equal(numberOf((await consumer.receive())!), number);
    for (let number = 1000; number < 2000; number++) assert.equal(numberOf(consumer.receiveSync()!), number);
    let next = 2000;
    while (next < 3000) {
      consumer.drain((bytes) => assert.equal(numberOf(bytes), next++));
      await sleep(0);
    }
    await sent;
    consumer.close();
    await peer.call('leave');

    assert.equal(await peer.call('become', 'consumer', capacity), '');
    const producer = ring.producer();
    const received = peer.call('receiveNumbered', 3000, 6000);
    for (let number = 3000; number < 4000; number++) await producer.send(message(number));
    for (let number = 4000; number < 5000; number++) producer.sendSync(message(number));
    await producer.sendMany(Array.from({ length: 1000 }, (_, i) => message(5000 + i)));
    assert.equal(await received, -1);
  });

  ringTest(`the roles are one's alone, and taken over from a ${kind} that dies`, async ({ app, start }) => {
    const peer = await start(kind);
    const ring = app.ring('ring', { capacity });
    assert.equal(await peer.call('become', 'producer', capacity), '');
    assert.throws(() => ring.producer(), error('ERR_SHM_ROLE_TAKEN'));
    const consumer = ring.consumer();
    assert.throws(() => ring.consumer(), error('ERR_SHM_ROLE_TAKEN'));
    assert.equal(await peer.call('become', 'consumer', capacity), 'ERR_SHM_ROLE_TAKEN');
    await peer.call('send', 'its last words');
    await peer.die();
    assert.equal(Buffer.from((await consumer.receive())!).toString(), 'its last words');
    await assert.rejects(consumer.receive(), error('ERR_SHM_PEER_DIED'));
    await assert.rejects(consumer.receive({ timeout: 20 }), error('ERR_SHM_TIMEOUT'));
    using producer = ring.producer();
    assert.equal(producer.trySend(message(1)), true);
    assert.equal(numberOf(consumer.tryReceive()!), 1);
  });

  ringTest(`who waits hears that a ${kind} has died`, async ({ app, start }) => {
    const ring = app.ring('ring', { capacity });
    const [sender, receiver] = [await start(kind), await start(kind)];
    await sender.call('become', 'producer', capacity);
    await receiver.call('become', 'consumer', capacity);
    assert.throws(() => ring.producer(), error('ERR_SHM_ROLE_TAKEN'));
    await sender.die();
    const producer = ring.producer();
    while (producer.trySend(message(7)));
    const sending = assert.rejects(producer.send(message(7)), error('ERR_SHM_PEER_DIED'));
    await receiver.die();
    await sending;
    await assert.rejects(producer.send(message(7), { timeout: 20 }), error('ERR_SHM_TIMEOUT'));
  });
}

ringTest('a ring is empty, full, and of its limits', async ({ app }) => {
  const ring = app.ring('ring', { capacity });
  assert.equal(ring.capacity, capacity);
  assert.equal(ring.longestMessage, longest);
  assert.equal(ring.name, 'ring');
  using producer = ring.producer();
  using consumer = ring.consumer();
  assert.equal(consumer.tryReceive(), undefined);
  await assert.rejects(consumer.receive({ timeout: 0 }), error('ERR_SHM_TIMEOUT'));
  assert.throws(() => consumer.receiveSync({ timeout: 15 }), error('ERR_SHM_TIMEOUT'));
  await assert.rejects(consumer.receive({ signal: AbortSignal.timeout(10) }), { name: 'AbortError' });
  assert.throws(() => producer.trySend(new Uint8Array(longest + 1)), error('ERR_SHM_TOO_LONG'));
  await assert.rejects(producer.send(new Uint8Array(longest + 1)), /at most 2040, half of the capacity/);
  assert.equal(producer.trySend(new Uint8Array(longest).fill(1)), true);
  assert.equal(producer.trySend(new Uint8Array(longest).fill(2)), true);
  assert.equal(producer.trySend(new Uint8Array()), false);
  await assert.rejects(producer.send(new Uint8Array(), { timeout: 15 }), error('ERR_SHM_TIMEOUT'));
  await assert.rejects(producer.send(new Uint8Array(), { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const waiting = [producer.send(Buffer.from('a')), producer.send(Buffer.from('b'))];
  assert.equal(producer.trySend(Buffer.from('c')), false, 'overtakes');
  assert.throws(() => producer.sendSync(Buffer.from('c')), error('ERR_SHM_DEADLOCK'));
  assert.deepEqual(consumer.tryReceive(), new Uint8Array(longest).fill(1));
  assert.deepEqual(consumer.tryReceive(), new Uint8Array(longest).fill(2));
  await Promise.all(waiting);
  assert.deepEqual(consumer.tryReceive(), Uint8Array.of(97));
  assert.deepEqual(consumer.tryReceive(), Uint8Array.of(98));
  assert.throws(() => app.ring('ring', { capacity: 8192 }), error('ERR_SHM_TYPE_MISMATCH'));
  assert.throws(() => app.mutex('ring'), error('ERR_SHM_TYPE_MISMATCH'));
  assert.deepEqual(app.list().map(({ type, capacity: bytes }) => [type, bytes]), [['ring', capacity]]);
});

ringTest('bad arguments', ({ app }) => {
  for (const bad of [undefined, null, 4096, {}, { capacity: 4095 }, { capacity: 2 ** 31 }, { capacity: 5000 }, { capacity: '4096' },
    { capacity, codec: 'xml' }, { capacity, codec: {} }, { capacity, mode: 1 }]) {
    assert.throws(() => app.ring('ring', bad as never), (thrown: NodeJS.ErrnoException) => /^ERR_(INVALID_ARG|OUT_OF)/.test(thrown.code!));
  }
  const ring = app.ring('ring', { capacity });
  for (const busyPoll of [-1, NaN, '1', null]) assert.throws(() => ring.consumer({ busyPoll: busyPoll as never }));
  using producer = ring.producer();
  using consumer = ring.consumer();
  for (const bad of [undefined, 'text', 1, new Uint16Array(2), [1]]) assert.throws(() => producer.trySend(bad as never), TypeError);
  assert.throws(() => consumer.drain('fn' as never), TypeError);
  assert.throws(() => consumer.drain(() => {}, { most: 0 }), RangeError);
  assert.equal(consumer.tryReceive(), undefined);
});

ringTest('each codec gives back what it got', async ({ app }) => {
  const through = async <T>(name: string, codec: never, values: T[]): Promise<T[]> => {
    const ring = app.ring<T>(name, { capacity, codec });
    using producer = ring.producer();
    using consumer = ring.consumer();
    await producer.sendMany(values);
    return values.map(() => consumer.tryReceive()!);
  };
  const texts = ['', 'ASCII', 'Größe 🦆'];
  assert.deepEqual(await through('utf8', 'utf8' as never, texts), texts);
  const values = [1, null, 'text', { a: [1, { b: true }] }];
  assert.deepEqual(await through('json', 'json' as never, values), values);
  const clones = [new Map([[1, new Date(5)]]), Float32Array.of(1.5), 10n];
  assert.deepEqual(await through('v8', 'v8' as never, clones), clones);
  const codec = { encode: (value: number) => Uint8Array.of(value), decode: (bytes: Uint8Array) => bytes[0]! };
  assert.deepEqual(await through('own', codec as never, [1, 2, 3]), [1, 2, 3]);
  const json = app.ring<unknown>('json', { capacity, codec: 'json' });
  using producer = json.producer();
  assert.throws(() => producer.trySend(undefined), TypeError);
  assert.throws(() => producer.trySend(1n), TypeError);
});

ringTest('a loop ends with the stream; the next one goes on', async ({ app }) => {
  const ring = app.ring('ring', { capacity, codec: 'utf8' });
  const producer = ring.producer();
  using consumer = ring.consumer({ busyPoll: 50 });
  await producer.sendMany(['a', 'b']);
  await producer.end();
  await producer.send('c');
  const received: string[] = [];
  for await (const text of consumer) received.push(text);
  assert.deepEqual(received, ['a', 'b']);
  for await (const text of consumer) {
    received.push(text);
    break;
  }
  assert.deepEqual(received, ['a', 'b', 'c']);
  const soon = consumer.receive();
  setTimeout(() => producer.trySend('d'), 5);
  assert.equal(await soon, 'd');
  producer.close();
  assert.throws(() => producer.trySend('e'), error('ERR_SHM_NOT_OWNER'));
});

ringTest('streams move bytes with back-pressure, longer ones in pieces', async ({ app }) => {
  const ring = app.ring('ring', { capacity });
  const producer = ring.producer();
  const consumer = ring.consumer();
  const chunks = Array.from({ length: 300 }, (_, i) => Buffer.alloc((i * 977) % 9000, i));
  const sent = createHash('sha1');
  for (const chunk of chunks) sent.update(chunk);
  const received = createHash('sha1');
  await Promise.all([
    pipeline(Readable.from(chunks, { objectMode: false }), producer.writable()),
    pipeline(consumer.readable(), received),
  ]);
  assert.equal(received.digest('hex'), sent.digest('hex'));

  const stopped = consumer.readable();
  stopped.resume();
  await sleep(5);
  stopped.destroy();
  await once(stopped, 'close');
  const writable = producer.writable();
  writable.write(Buffer.alloc(3 * capacity));
  writable.destroy();
  await once(writable, 'close');
});

ringTest('the end of a role ends what waits in it', async ({ app }) => {
  const ring = app.ring('ring', { capacity });
  const consumer = ring.consumer();
  const waits = [consumer.receive(), consumer.receive({ signal: new AbortController().signal })];
  setTimeout(() => consumer.close(), 10);
  for (const result of await Promise.allSettled(waits)) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'ERR_SHM_NOT_OWNER');
  }
  using again = ring.consumer();
  using producer = ring.producer();
  while (producer.trySend(message(1)));
  const sending = assert.rejects(producer.send(message(1)), error('ERR_SHM_NOT_OWNER'));
  setTimeout(() => producer.close(), 10);
  await sending;
  assert.equal(numberOf((await again.receive())!), 1);
});

ringTest('the segment\'s end ends what waits, and gives the roles back', async ({ app, name }) => {
  const other = ManagedSegment.open(name);
  assert.equal(other, app);
  other.close();
  const ring = app.ring('ring', { capacity });
  const producer = ring.producer();
  const consumer = ring.consumer();
  const waits = [consumer.receive(), consumer.receive({ timeout: 1e6 })];
  setTimeout(() => app.close(), 10);
  for (const result of await Promise.allSettled(waits)) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'ERR_SHM_CLOSED');
  }
  for (const call of [() => producer.trySend(message(1)), () => consumer.tryReceive(), () => ring.producer()]) {
    assert.throws(call, error('ERR_SHM_CLOSED'));
  }
  producer.close();
  consumer.close();
});
