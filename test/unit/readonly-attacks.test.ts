// Nothing that a program does gets it the array behind a read-only view, or a write into it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ReadonlyBytes, readonlyBytes } from '../../lib/readonly-bytes.js';
import { ReadonlyDataView, readonlyDataView } from '../../lib/readonly-data-view.js';
import { ReadonlyView, readonlyView } from '../../lib/readonly-view.js';
import { runRole } from '../support/roles.js';
import { assertOutOfReach, useEverything, viewsOver } from './everything.js';
import { detach } from './readonly-types.js';
import { isOver, spyFor } from './spies.js';

const factories = { readonlyView, readonlyBytes, readonlyDataView };
const classes = [ReadonlyView, ReadonlyBytes, ReadonlyDataView];

function newMemory(): ArrayBuffer {
  return Uint8Array.from({ length: 24 }, (_, i) => i + 1).buffer;
}

describe('the spies of these tests', () => {
  test('see what they are there to see', () => {
    const memory = newMemory();
    const array = new Uint8Array(memory);
    const spies = spyFor(memory);
    try {
      void array.length;
      void array.constructor;
      void (array as unknown as Record<string, unknown>)['-1'];
      Object.freeze(array.buffer);
      array.slice();
      [0].includes(array as never);
      void new DataView(memory);
      for (const _ of array) break;
    } finally {
      spies.restore();
    }
    for (const what of [
      'TypedArray.prototype.length, read', 'Uint8Array.prototype.constructor, read', 'Object.freeze, argument 0',
      'TypedArray.prototype.slice, this', 'Array.prototype.includes, argument 0', 'DataView, argument 0',
      'TypedArray.prototype.Symbol(Symbol.iterator), this', 'TypedArray.prototype.buffer, read',
    ]) assert.ok(spies.caught.includes(what), `${what}: ${spies.caught.join('; ')}`);
    assert.equal(Uint8Array.name, 'Uint8Array');
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});

test('no function that a program can replace is ever called with the array, or looked up on it', () => {
  const memory = newMemory();
  const make = viewsOver(memory);
  const spies = spyFor(memory);
  try {
    for (const view of make(factories)) useEverything(view, spies.note);
  } finally {
    spies.restore();
  }
  assert.deepEqual([...new Set(spies.caught)], []);
  assert.deepEqual([...new Uint8Array(memory)], [...new Uint8Array(newMemory())]);
});

test('nor when it was replaced before the library was loaded, but for the methods by which arrays are read', async () => {
  const { stdout } = await runRole(new URL('./roles/replaced-first.js', import.meta.url));
  assert.equal(stdout, 'used 7 views\n');
});

test('the array is out of reach for whoever follows properties and prototypes', () => {
  const memory = newMemory();
  for (const view of viewsOver(memory)(factories)) {
    assertOutOfReach(view, memory);
    if (!(view instanceof ReadonlyView)) continue;
    for (const from of [view.values(), view.entries(), view.keys(), view.subview(1, 2), view.slice(), view[Symbol.iterator]]) {
      assertOutOfReach(from, memory);
    }
  }
  assert.ok(isOver(memory, new Uint8Array(memory)));
  assert.throws(() => assertOutOfReach({ a: [{ array: new DataView(memory) }] }, memory), /a\.0\.array leads to the memory/);
});

test('nobody makes views but the library, nor changes what they inherit', () => {
  const own = new Uint8Array(4);
  const seen: unknown[] = [];
  function Evil(this: unknown, ...args: unknown[]) { seen.push(this, args); }
  for (const Class of classes as unknown as (new (array: unknown) => object)[]) {
    const Sub = class extends Class {};
    for (const given of [own, new DataView(own.buffer), {}, new Proxy(own, {}), undefined]) {
      assert.throws(() => new Class(given), TypeError);
      assert.throws(() => new Sub(given), TypeError);
      assert.throws(() => Reflect.construct(Class, [given], Evil), TypeError);
    }
    assert.equal(Reflect.setPrototypeOf(Class, Evil), false);
    assert.equal(Reflect.setPrototypeOf(Class.prototype as object, { __proto__: null }), false);
    assert.equal(Reflect.defineProperty(Class.prototype as object, 'get', { value: Evil }), false);
    assert.equal(Reflect.defineProperty(Class, Symbol.species, { value: Evil }), false);
  }
  for (const view of viewsOver(newMemory())(factories)) assert.equal(Reflect.setPrototypeOf(view, Evil.prototype), false);
  assert.deepEqual(seen, []);
});

test('methods work on views alone', () => {
  for (const view of viewsOver(newMemory())(factories)) {
    const others = [{}, new Uint8Array(4), new DataView(new ArrayBuffer(4)), new Proxy(view, {}), Object.create(view), null];
    const prototype = Object.getPrototypeOf(view) as object;
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === 'constructor' || name === 'set' || name === 'fill') continue;
      const method = (value ?? get) as () => void;
      for (const other of others) assert.throws(() => Reflect.apply(method, other, [0, 1]), TypeError, name);
    }
  }
});

test('an argument that takes the memory away while it is looked at does no harm', () => {
  const use = (body: (bytes: ReadonlyBytes, evil: never) => unknown) => {
    const memory = newMemory();
    const evil = { valueOf: () => (memory.byteLength > 0 && detach(memory), 1) } as never;
    try {
      return body(readonlyBytes(new Uint8Array(memory)), evil);
    } catch (error) {
      return (error as Error).name;
    }
  };
  assert.equal(use((bytes, evil) => bytes.get(evil)), undefined);
  assert.equal(use((bytes, evil) => bytes.toString('utf8', evil)), '');
  assert.equal(use((bytes, evil) => bytes.toString('utf8', 0, evil)), '');
  assert.equal(use((bytes, evil) => bytes.slice(evil)), 'TypeError');
  assert.equal(use((bytes, evil) => bytes.subview(evil)), 'TypeError');
  assert.equal(use((bytes, evil) => bytes.copyTo(new Uint8Array(4), 0, evil)), 'TypeError');
  for (const method of ['at', 'indexOf', 'includes'] as const) {
    const result = use((bytes, evil) => bytes[method](evil, evil));
    assert.ok([undefined, -1, false, 'TypeError'].includes(result as undefined), `${method}: ${result}`);
  }
});
