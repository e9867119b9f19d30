// wasmMemory(): a WebAssembly memory whose first pages are the segment.
import assert from 'node:assert/strict';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { runtime } from '../support/runtime.js';
import { idOf, withPeer } from './peers.js';
import { assertRuleError, madeKinds, segmentTest } from './segments.js';
import { type Exports, instantiate } from './wasm-module.js';

expectNothingLeft();

const page = 65_536;
const skip = runtime === 'bun' && 'There is no `wasmMemory()`: it throws `ERR_SHM_UNSUPPORTED`.';

if (skip) {
  segmentTest('where it cannot be, it says so', (own) => {
    assertRuleError(() => own(Segment.anonymous({ size: 100 })).wasmMemory(), 'ERR_SHM_UNSUPPORTED');
  });
}

for (const { kind, make } of madeKinds) {
  segmentTest(`${kind}: a module reads and writes the bytes of the segment`, async (own) => {
    const s = own(make({ size: 100_000 }));
    const memory = s.wasmMemory();
    assert.ok(memory.buffer instanceof SharedArrayBuffer);
    assert.equal(memory.buffer.byteLength, 2 * page);
    const { load, store, atomicLoad, atomicAdd } = await instantiate(memory);
    s.view(Int32Array)[25] = 1234;
    assert.equal(load(100), 1234);
    store(99_996, 5678);
    assert.equal(s.view(Int32Array)[24_999], 5678);
    assert.equal(atomicAdd(200, 7), 0);
    assert.equal(Atomics.add(s.view(Int32Array), 50, 1), 7);
    assert.equal(atomicLoad(200), 8);
    new Uint8Array(memory.buffer)[3] = 9;
    assert.equal(s.bytes()[3], 9);
  }, { skip });
}

segmentTest('another process sees what a module writes', async (own) => {
  const name = uniqueName();
  const s = own(Segment.create(name, { size: page }));
  const { load, store } = await instantiate(s.wasmMemory());
  await withPeer(async (peer) => {
    const id = await idOf(peer, 'open', name);
    store(page - 4, 0x01020304);
    assert.deepEqual(await peer.call('read', id, page - 4, page), [4, 3, 2, 1]);
    await peer.call('fill', id, 1);
    assert.equal(load(0), 0x01010101);
  });
}, { skip });

segmentTest('what is beyond the segment is memory of the module alone', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const other = own(Segment.fromFd(s.fd!));
  const { load, store } = await instantiate(s.wasmMemory({ initial: 2 }));
  store(2 * page - 4, 5);
  assert.equal(load(2 * page - 4), 5);
  store(page, 6);
  assert.equal(other.size, 100);
  assert.ok(other.bytes().every((byte) => byte === 0));
}, { skip });

segmentTest('each call makes one of its own, over the same bytes', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const [a, b] = [s.wasmMemory(), s.wasmMemory()];
  assert.notEqual(a, b);
  const [one, other] = [await instantiate(a), await instantiate(b)];
  one.store(8, 77);
  assert.equal(other.load(8), 77);
  assert.equal(new Int32Array(s.sharedBuffer)[2], 77);
}, { skip });

segmentTest('it grows up to its maximum, and stays shared', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const memory = s.wasmMemory({ initial: 1, maximum: 3 });
  const { load, store } = await instantiate(memory);
  store(0, 1);
  assert.equal(memory.grow(2), 1);
  assert.equal(memory.buffer.byteLength, 3 * page);
  assert.equal(load(0), 1);
  s.view(Int32Array)[1] = 2;
  assert.equal(load(4), 2);
  assert.equal(new Int32Array(memory.buffer)[1], 2);
  store(3 * page - 4, 3);
  assert.equal(load(3 * page - 4), 3);
  assert.throws(() => memory.grow(1), RangeError);
  s.close();
  assert.equal(load(0), 0);
  assert.equal(load(3 * page - 4), 3);
}, { skip });

segmentTest('without options it is the pages of the segment, and does not grow', (own) => {
  for (const [size, pages] of [[1, 1], [page, 1], [page + 1, 2], [10 * page, 10]] as const) {
    const memory = own(Segment.anonymous({ size })).wasmMemory();
    assert.equal(memory.buffer.byteLength, pages * page);
    assert.throws(() => memory.grow(1), RangeError);
  }
}, { skip });

segmentTest('options that break a rule are named', (own) => {
  const s = own(Segment.anonymous({ size: 3 * page }));
  for (const initial of [0, 1, 2, -1, 2.5, NaN, Infinity, 65_537]) {
    assert.throws(() => s.wasmMemory({ initial }), {
      name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^options\.initial: expected an integer from 3 to 65536 pages of 64 KiB, received /,
    });
  }
  for (const maximum of [0, 4, 65_537, NaN]) {
    assert.throws(() => s.wasmMemory({ initial: 5, maximum }), {
      name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^options\.maximum: expected an integer from 5 to 65536 pages of 64 KiB, received /,
    });
  }
  for (const bad of [null, '3', true, 3n, {}]) {
    const limits = { initial: bad, maximum: bad } as never;
    assert.throws(() => s.wasmMemory(limits), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^options\.initial: / });
  }
  for (const bad of [null, 3, 'x', true]) {
    assert.throws(() => s.wasmMemory(bad as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^options: / });
  }
  assert.equal(s.wasmMemory({}).buffer.byteLength, 3 * page);
  assert.equal(s.wasmMemory({ maximum: 4 }).buffer.byteLength, 3 * page);
}, { skip });

segmentTest('after close a module reads zeros, and the segment does not change', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const keep = own(Segment.fromFd(s.fd!));
  const functions: Exports = await instantiate(s.wasmMemory());
  functions.store(0, 5);
  s.close();
  assert.equal(functions.load(0), 0);
  functions.store(0, 6);
  assert.equal(functions.load(0), 6);
  assert.equal(keep.view(Int32Array)[0], 5);
  assertRuleError(() => s.wasmMemory(), 'ERR_SHM_CLOSED');
}, { skip });
