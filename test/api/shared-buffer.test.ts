// sharedBuffer: a SharedArrayBuffer over the bytes of the segment, for threads and other processes at once.
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { describe } from 'node:test';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { idOf, Thread, withPeer } from './peers.js';
import { assertRuleError, madeKinds, segmentTest, withPath } from './segments.js';

expectNothingLeft();

const wasmPage = 65_536;

for (const { kind, make } of madeKinds) {
  describe(kind, () => {
    segmentTest('it has the bytes of the segment, both ways', (own) => {
      const s = own(make({ size: 100 }));
      s.bytes().fill(1);
      const shared = s.sharedBuffer;
      assert.ok(shared instanceof SharedArrayBuffer);
      const view = new Uint8Array(shared);
      assert.deepEqual([...view.subarray(0, 100)], Array(100).fill(1));
      view[99] = 2;
      assert.equal(s.bytes()[99], 2);
      s.bytes()[98] = 3;
      assert.equal(view[98], 3);
    });

    segmentTest('it is the same object each time', (own) => {
      const s = own(make({ size: 100 }));
      assert.equal(s.sharedBuffer, s.sharedBuffer);
    });

    segmentTest('after close it reads as zeros, and the segment does not change', (own) => {
      const s = own(make({ size: 100_000 }));
      const keep = s.fd === undefined ? own(Segment.open(s.name!)) : own(Segment.fromFd(s.fd));
      s.bytes().fill(1);
      const view = new Uint8Array(s.sharedBuffer);
      s.close();
      assert.ok(view.length >= 100_000, 'it keeps its length');
      assert.ok(view.every((byte) => byte === 0));
      view.fill(2);
      assert.ok(keep.bytes().every((byte) => byte === 1));
      assertRuleError(() => s.sharedBuffer, 'ERR_SHM_CLOSED', s.name);
    });
  });
}

segmentTest('its length is that of the segment, or whole pages of WebAssembly, of which the rest is not shared', (own) => {
  for (const size of [1, 4096, wasmPage - 1, wasmPage, wasmPage + 1, 3 * wasmPage]) {
    const s = own(Segment.anonymous({ size }));
    const { byteLength } = s.sharedBuffer;
    const isExact = byteLength === size;
    assert.ok(isExact || byteLength === Math.ceil(size / wasmPage) * wasmPage, `${byteLength} for ${size}`);
    const view = new Uint8Array(s.sharedBuffer);
    view[size - 1] = 1;
    assert.equal(s.bytes()[size - 1], 1);
    view[byteLength - 1] = 7;
    assert.equal(view[byteLength - 1], 7);
    const other = own(Segment.fromFd(s.fd!));
    assert.equal(other.size, size);
    assert.equal(other.bytes()[size - 1], isExact ? 7 : 1);
  }
});

segmentTest('another process sees what is written to it', async (own) => {
  const name = uniqueName();
  const s = own(Segment.create(name, { size: 100 }));
  const view = new Int32Array(s.sharedBuffer);
  await withPeer(async (peer) => {
    const id = await idOf(peer, 'open', name);
    Atomics.store(view, 0, 0x01020304);
    assert.deepEqual(await peer.call('read', id, 0, 4), [4, 3, 2, 1]);
    await peer.call('fill', id, 9);
    assert.equal(Atomics.load(view, 24), 0x09090909);
  });
});

segmentTest('posted to a thread it is the same memory, not a copy', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const thread = await Thread.start();
  assert.equal(await thread.call('take', s.sharedBuffer), s.sharedBuffer.byteLength);
  s.view(Int32Array)[3] = 42;
  assert.equal(await thread.call('load', 3), 42);
  assert.equal(await thread.call('add', 3, 8), 42);
  assert.equal(s.view(Int32Array)[3], 50);
  s.close();
  assert.equal(await thread.call('load', 3), 0, 'zeros after close, there too');
  await thread.end();
});

segmentTest('Atomics.wait() of a thread ends with a notify of another', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const view = new Int32Array(s.sharedBuffer);
  const thread = await Thread.start();
  await thread.call('take', s.sharedBuffer);
  assert.equal(await thread.call('wait', 5, 0), 'about to wait');
  const woken = thread.next();
  while (Atomics.notify(view, 5) === 0) await new Promise(setImmediate);
  assert.deepEqual(await woken, { result: 'ok' });
  assert.equal(await thread.call('wait', 5, 0), 'about to wait');
  const changed = thread.next();
  Atomics.store(view, 5, 1);
  Atomics.notify(view, 5);
  assert.ok(['ok', 'not-equal'].includes((await changed as { result: string }).result));
  await thread.end();
});

segmentTest('Atomics.waitAsync() ends with the notify of a thread', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const view = new Int32Array(s.sharedBuffer);
  const thread = await Thread.start();
  await thread.call('take', s.sharedBuffer);
  type Waiting = { async: boolean; value: Promise<string> | string };
  const { waitAsync } = Atomics as unknown as { waitAsync(array: Int32Array, index: number, value: number): Waiting };
  const waiting = waitAsync(view, 7, 0);
  assert.equal(waiting.async, true);
  assert.equal(await thread.call('notify', 7), 1);
  assert.equal(await waiting.value, 'ok');
  assert.equal(waitAsync(view, 7, 5).value, 'not-equal');
  await thread.end();
});

segmentTest('Buffer.from(), files, crypto and TextDecoder (of a copy) take it', async (own) => {
  const s = own(Segment.anonymous({ size: wasmPage }));
  s.bytes().write('shared text');
  const buffer = Buffer.from(s.sharedBuffer, 0, 11);
  assert.equal(Buffer.from(buffer).toString(), 'shared text');
  assert.equal(new TextDecoder().decode(new Uint8Array(buffer)), 'shared text');
  assert.equal(createHash('sha256').update(buffer).digest('hex'), createHash('sha256').update('shared text').digest('hex'));
  buffer.write('SHARED');
  assert.equal(s.readString(0, 11), 'SHARED text');
  randomFillSync(new Uint8Array(s.sharedBuffer, 1000, 1000));
  assert.ok(s.bytes(1000, 1000).some((byte) => byte !== 0));
  await withPath((path) => {
    const file = openSync(path, 'w+');
    assert.equal(writeSync(file, new Uint8Array(s.sharedBuffer, 0, 11)), 11);
    assert.equal(readFileSync(path, 'latin1'), 'SHARED text');
    assert.equal(readSync(file, new Uint8Array(s.sharedBuffer, 100, 11), 0, 11, 0), 11);
    closeSync(file);
  });
  assert.equal(s.readString(100, 11), 'SHARED text');
});

segmentTest('two segments of one name: each has its own, and close ends one', (own) => {
  const name = uniqueName();
  const [a, b] = [own(Segment.create(name, { size: 100 })), own(Segment.open(name))];
  const [one, other] = [new Int32Array(a.sharedBuffer), new Int32Array(b.sharedBuffer)];
  assert.notEqual(a.sharedBuffer, b.sharedBuffer);
  one[0] = 5;
  assert.equal(other[0], 5);
  a.close();
  assert.deepEqual([one[0], other[0]], [0, 5]);
});
