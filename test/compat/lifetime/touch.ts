// Views of a segment that is detached.
import assert from 'node:assert/strict';
import buffer from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { deserialize, serialize } from 'node:v8';
import * as shm from 'shm-typed-array';

import { type View, elementTypes } from '../kinds.js';
import { type Cases, attempt, bufferOf, collect } from './case.js';

export const touch: Cases = {
  'index read and write, every type'({ key, detach }) {
    const views = elementTypes.map(({ typeKey }) => shm.get(key, typeKey) as unknown as View);
    detach();
    for (const [i, view] of views.entries()) {
      assert.deepEqual([view.length, view.byteLength, view.byteOffset, view.buffer.byteLength], [0, 0, 0, 0]);
      view[0] = elementTypes[i]!.sample;
      view[10_000] = elementTypes[i]!.sample;
      assert.equal(view[0], undefined);
      assert.equal(0 in view, false);
      assert.equal(view[10_000], undefined);
    }
  },

  'Atomics'({ key, detach }) {
    const words = shm.get(key, 'Int32Array')!;
    const long = shm.get(key, 'BigInt64Array')!;
    detach();
    for (const method of ['add', 'and', 'exchange', 'or', 'store', 'sub', 'xor'] as const) {
      assert.throws(() => Atomics[method](words, 0, 1), TypeError, method);
      assert.throws(() => Atomics[method](long, 0, 1n), TypeError, method);
    }
    assert.throws(() => Atomics.load(words, 0), TypeError);
    assert.throws(() => Atomics.compareExchange(words, 0, 1, 2), TypeError);
    attempt(() => Atomics.notify(words, 0, 1));
    assert.throws(() => Atomics.wait(words, 0, 1, 0), TypeError);
  },

  'DataView'({ bytes, detach }) {
    const view = new DataView(bytes.buffer, 8, 16);
    view.setFloat64(0, 1.5);
    detach();
    assert.throws(() => view.byteLength, TypeError);
    assert.throws(() => view.byteOffset, TypeError);
    assert.throws(() => view.getInt8(0), TypeError);
    assert.throws(() => view.setFloat64(0, 2), TypeError);
    assert.throws(() => new DataView(bytes.buffer), TypeError);
  },

  'new views of the buffer'({ bytes, detach }) {
    const memory = bytes.buffer;
    detach();
    assert.throws(() => new Uint8Array(memory), TypeError);
    assert.throws(() => new Float64Array(memory, 0, 0), TypeError);
    assert.throws(() => memory.slice(0), TypeError);
    attempt(() => Buffer.from(memory));
  },

  'every method of Buffer and of typed arrays'({ bytes, detach }) {
    detach();
    const chain = [Object.getPrototypeOf(bytes), Buffer.prototype, Object.getPrototypeOf(Uint8Array.prototype)] as object[];
    const all = chain.flatMap((object) => Object.entries(Object.getOwnPropertyDescriptors(object)))
      .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
      .map(([, { value }]) => value as Function);
    assert.ok(all.length > 100);
    const argumentLists = [
      [], [0], [0, 8], [8, 16, 24], ['text', 0, 5], ['text', 'latin1'], [1n, 0], [Buffer.alloc(9)], [() => 1], [bytes, 0, 5],
    ];
    for (const method of all) for (const args of argumentLists) attempt(() => method.apply(bytes, args));
  },

  'functions of the runtime'({ bytes, detach }) {
    detach();
    attempt(() => console.error(bytes));
    attempt(() => structuredClone(bytes));
    attempt(() => deserialize(serialize(bytes)));
    attempt(() => createHash('sha1').update(bytes).digest());
    attempt(() => timingSafeEqual(bytes, bytes));
    attempt(() => buffer.transcode(bytes, 'utf8', 'latin1'));
    attempt(() => buffer.isUtf8(bytes));
    attempt(() => new StringDecoder('utf8').write(bytes));
    attempt(() => Buffer.concat([bytes, bytes]));
    attempt(() => Buffer.compare(bytes, Buffer.alloc(4)));
    attempt(() => process.stderr.write(bytes));
    for (const encoding of ['utf-8', 'utf-16le', 'latin1']) assert.equal(new TextDecoder(encoding).decode(bytes), '');
    assert.deepEqual(new TextEncoder().encodeInto('text', bytes), { read: 0, written: 0 });
  },

  async 'Blob made before, and after'({ bytes, detach }) {
    const before = new Blob([bytes, bytes.buffer as ArrayBuffer, bytes.subarray(3)]);
    const size = bytes.length;
    detach();
    assert.deepEqual([...new Uint8Array(await before.arrayBuffer())], Array(3 * size - 3).fill(1));
    assert.equal((await before.text()).length, 3 * size - 3);
    attempt(() => assert.equal(new Blob([bytes]).size, 0));
  },

  'resizing'({ bytes, detach }) {
    const memory = bufferOf(bytes);
    assert.notEqual(memory.resizable, true);
    for (const when of ['before detach', 'after']) {
      if (memory.resize) assert.throws(() => memory.resize!(8), TypeError, when);
      detach();
    }
    assert.ok([0, undefined].includes(memory.maxByteLength));
  },

  async 'kept across garbage collection'({ bytes, key, get, detach }) {
    const kept: Uint8Array[] = [bytes, shm.get(key, 'Uint8Array')!];
    await collect();
    assert.equal(get()[0], 1);
    detach();
    await collect();
    for (let round = 0; round < 200; ++round) {
      kept.push(get());
      detach();
    }
    await collect();
    for (const view of kept) {
      view[0] = 1;
      assert.deepEqual([view.length, view[0]], [0, undefined]);
      attempt(() => view.fill(1));
    }
  },

  async 'dropped without detach: the attachment stays'({ key, get }) {
    const mapped = shm.getTotalSize();
    for (let round = 0; round < 200; ++round) shm.get(key, 'Float32Array')![0] = round;
    await collect();
    assert.equal(shm.getTotalSize(), mapped);
    assert.equal(get().readFloatLE(0), 199);
  },

  async 'thousands of detached ones, collected'({ key, get, detach }) {
    for (let round = 0; round < 3_000; ++round) {
      get()[0] = 1;
      detach();
    }
    await collect();
    assert.ok(bufferOf(get()).byteLength > 0);
    assert.equal(shm.detach(key) >= 0, true);
  },
};
