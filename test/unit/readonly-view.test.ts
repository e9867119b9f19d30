// A view reads what a typed array over the same memory reads.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';

import type { TypedArray } from '../../lib/private-array.js';
import { readonlyBytes } from '../../lib/readonly-bytes.js';
import { readonlyDataView } from '../../lib/readonly-data-view.js';
import { readonlyView, ReadonlyView } from '../../lib/readonly-view.js';
import { call, detach, indices, outcome, typedArrays } from './readonly-types.js';

const length = 7;
/** Every kind of number; with NaN, 0 and -0 for the floats. */
const bytes = Uint8Array.from({ length: length * 8 }, (_, i) => (i * i * 37 + 11) % 256);
bytes.set([0, 0, 0, 0, 0, 0, 0, 0], 16);
bytes.fill(0xff, 24, 32);
bytes.set([0, 0, 0, 0, 0, 0, 0, 0x80], 32);

for (const Type of typedArrays) {
  describe(`ReadonlyView of a ${Type.name}`, () => {
    const size = length * Type.BYTES_PER_ELEMENT;
    const plain = new Type(bytes.buffer.slice(0, size));
    const view = readonlyView(new Type(bytes.buffer.slice(0, size)));
    const same = (method: string, ...args: unknown[]) => {
      const [ours, its] = [view, plain].map((each) => outcome(() => call(each, method, ...args)));
      assert.deepEqual(ours, its, `${method}(${args.map((arg) => inspect(arg)).join(', ')})`);
    };

    test('it says how much there is', () => {
      assert.deepEqual([view.length, view.byteLength, view.BYTES_PER_ELEMENT], [length, size, Type.BYTES_PER_ELEMENT]);
      assert.ok(view instanceof ReadonlyView);
    });

    test('get and at', () => {
      for (const index of indices) {
        same('at', index);
        assert.deepEqual(view.get(index), plain[+index], inspect(index));
      }
      assert.equal(view.get('buffer' as never), undefined);
      assert.throws(() => view.get(Symbol.iterator as never), TypeError);
    });

    test('iteration', () => {
      assert.deepEqual([...view], [...plain]);
      assert.deepEqual([...view.values()], [...plain.values()]);
      assert.deepEqual([...view.keys()], [...plain.keys()]);
      assert.deepEqual([...view.entries()], [...plain.entries()]);
      const visited: unknown[] = [];
      view.forEach(function (this: unknown, ...args) { visited.push([this, ...args]); });
      assert.deepEqual(visited, [...plain].map((element, index) => [undefined, element, index, view]));
    });

    test('search', () => {
      for (const element of [...plain, 0, 0n, -0, NaN, undefined, '0', 99]) {
        for (const method of ['indexOf', 'includes']) {
          same(method, element);
          for (const from of indices) same(method, element, from);
        }
      }
    });

    test('slice is a copy, subview another view', () => {
      for (const start of indices) {
        for (const end of indices) {
          same('slice', start, end);
          assert.deepEqual([...view.subview(start, end)], [...plain.subarray(start, end)]);
        }
      }
      const copy = view.slice();
      assert.equal(Object.getPrototypeOf(copy), Type.prototype);
      new Uint8Array(copy.buffer).fill(0);
      assert.deepEqual([...view], [...plain]);
      assert.deepEqual([...view.subview(1).subview(1, -1).slice()], [...plain.slice(2, -1)]);
    });

    test('copyTo converts as set does', () => {
      for (const Target of typedArrays) {
        const [ours, its] = [new Target(9), new Target(9)];
        assert.deepEqual(outcome(() => view.copyTo(ours, 1)), outcome(() => (its.set(plain as never, 1), length)));
        assert.deepEqual(ours, its, Target.name);
      }
    });

    test('copyTo copies as much as there is room for', () => {
      for (let room = 0; room < 12; room++) {
        for (let at = 0; at <= room; at++) {
          for (const [start, end] of [[], [0, 0], [2], [1, -2], [-3], [5, 2], [3, 100]]) {
            const [ours, its] = [new Type(room), new Type(room)];
            const fitting = plain.slice(start, end).slice(0, room - at);
            its.set(fitting as never, at);
            assert.equal(view.copyTo(ours, at, start, end), fitting.length);
            assert.deepEqual(ours, its);
          }
        }
      }
    });

    test('without its memory it is empty, and throws where a typed array does', () => {
      const memory = new ArrayBuffer(size);
      const closed = readonlyView(new Type(memory));
      const parted = closed.subview(1, 3);
      const iterator = closed.values();
      const array = new Type(memory);
      detach(memory);
      for (const each of [closed, parted]) {
        assert.deepEqual([each.length, each.byteLength, each.BYTES_PER_ELEMENT], [0, 0, Type.BYTES_PER_ELEMENT]);
        assert.deepEqual([each.get(0), each.get(1)], [undefined, undefined]);
        each.forEach(() => assert.fail());
        assert.equal(inspect(each), `ReadonlyView(${Type.name}) []`);
        for (const method of ['at', 'values', 'keys', 'entries', 'indexOf', 'includes', 'slice']) {
          assert.equal(outcome(() => call(each, method, 0)), outcome(() => call(array, method, 0)), method);
        }
        assert.throws(() => [...each], TypeError);
        assert.throws(() => each.subview(), TypeError);
        assert.throws(() => each.copyTo(new Type(9)), TypeError);
      }
      assert.throws(() => iterator.next(), TypeError);
    });
  });
}

test('copyTo refuses what is no typed array, and a place outside of it', () => {
  const view = readonlyView(new Int16Array(4));
  const target = new Int16Array(4);
  const { buffer } = target;
  for (const wrong of [undefined, null, 1, 'x', [], {}, buffer, new DataView(buffer), view, new Proxy(target, {})] as never[]) {
    assert.throws(() => view.copyTo(wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^target: / });
  }
  for (const at of [-1, 5, 0.5, NaN, Infinity]) {
    const error = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^targetStart: .* 0 to 4/ };
    assert.throws(() => view.copyTo(target, at), error);
  }
  assert.throws(() => view.copyTo(target, '1' as never), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.equal(view.copyTo(target, 4), 0);
});

test('writing throws and changes nothing', () => {
  const memory = new ArrayBuffer(8);
  for (const view of [readonlyView(new Int16Array(memory)), readonlyBytes(new Uint8Array(memory))]) {
    const open = view as unknown as Record<PropertyKey, unknown>;
    assert.throws(() => view.set([1]), { name: 'ShmError', code: 'ERR_SHM_READ_ONLY', message: /^set: .*reading only/ });
    assert.throws(() => view.fill(1), { name: 'ShmError', code: 'ERR_SHM_READ_ONLY', message: /^fill: .*reading only/ });
    assert.throws(() => { open[0] = 1; }, TypeError);
    assert.throws(() => { open['length'] = 1; }, TypeError);
    assert.throws(() => { open['get'] = () => 1; }, TypeError);
    assert.equal(Reflect.set(view, 0, 1), false);
    assert.equal(Reflect.defineProperty(view, 0, { value: 1 }), false);
  }
  assert.deepEqual([...new Uint8Array(memory)], Array(8).fill(0));
});

test('inspect shows the elements, 100 at most', () => {
  const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => i + 1);
  assert.equal(inspect(readonlyView(numbers(0))), 'ReadonlyView(Float32Array) []');
  assert.equal(inspect(readonlyView(numbers(3))), 'ReadonlyView(Float32Array) [ 1, 2, 3 ]');
  assert.equal(inspect(readonlyBytes(Uint8Array.of(1, 2))), 'ReadonlyBytes(Uint8Array) [ 1, 2 ]');
  assert.equal(inspect(readonlyView(BigInt64Array.of(5n))), 'ReadonlyView(BigInt64Array) [ 5n ]');
  const short = inspect(readonlyView(numbers(99)), { maxArrayLength: 2 });
  assert.equal(short, 'ReadonlyView(Float32Array) [ 1, 2, ... 97 more items ]');
  for (const [count, end] of [[100, ' 100\n]'], [101, '... 1 more item\n]'], [1000, '... 900 more items\n]']] as const) {
    for (const maxArrayLength of [undefined, null, Infinity]) {
      const text = inspect(readonlyView(numbers(count)), maxArrayLength === undefined ? {} : { maxArrayLength });
      assert.ok(text.endsWith(end), text);
    }
  }
  assert.equal(inspect({ a: { view: readonlyView(numbers(3)) } }, { depth: 0 }), '{ a: [Object] }');
  assert.equal(inspect({ view: readonlyView(numbers(3)) }, { depth: 0 }), '{ view: [ReadonlyView(Float32Array)] }');
  assert.equal(inspect(readonlyDataView(new DataView(new ArrayBuffer(3)))), 'ReadonlyDataView { byteLength: 3 }');
});

// Compiles or does not: what the types say.
function types(view: ReadonlyView<Float32Array>, big: ReadonlyView<BigInt64Array>, some: ReadonlyView, any: TypedArray): unknown {
  const element: number | undefined = view.get(0);
  const bigElement: bigint | undefined = big.at(0);
  const copy: Float32Array = view.slice();
  const part: ReadonlyView<Float32Array> = view.subview(1);
  const known: number | bigint | undefined = some.get(0);
  const wide: ReadonlyView = readonlyView(any);
  const read: number = readonlyBytes(new Uint8Array(8)).readUIntLE(0, 3);
  // @ts-expect-error
  view[0] = 1;
  // @ts-expect-error
  big.includes(1);
  // @ts-expect-error
  new ReadonlyView(new Float32Array(1));
  return [element, bigElement, copy, part, known, wide, read];
}
void types;
