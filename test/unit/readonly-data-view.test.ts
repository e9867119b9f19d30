// ReadonlyDataView reads what a DataView over the same memory reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { readonlyDataView } from '../../lib/readonly-data-view.js';
import { call, detach, indices, outcome } from './readonly-types.js';

const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * i * 37 + 11) % 256);
const memory = bytes.buffer.slice(3);
const plain = new DataView(memory, 2, 20);
const view = readonlyDataView(new DataView(memory.slice(0), 2, 20));
const methods = Object.getOwnPropertyNames(DataView.prototype);

for (const method of methods.filter((name) => name.startsWith('get'))) {
  test(`${method} reads what that of a DataView reads`, () => {
    for (const offset of [...Array(22).keys(), ...indices]) {
      for (const isLittle of [undefined, false, true, 0, 1, 'x']) {
        const [ours, its] = [view, plain].map((each) => outcome(() => call(each, method, offset, isLittle)));
        assert.deepEqual(ours, its, inspect([offset, isLittle]));
      }
    }
  });
}

test('it has no other method, and as many bytes', () => {
  for (const method of methods.filter((name) => name.startsWith('set'))) assert.ok(!(method in view), method);
  assert.equal(view.byteLength, 20);
});

test('without its memory it throws TypeErrors, as a DataView does', () => {
  const own = memory.slice(0);
  const closed = readonlyDataView(new DataView(own));
  detach(own);
  for (const method of methods.filter((name) => name.startsWith('get'))) assert.throws(() => call(closed, method, 0), TypeError);
  assert.throws(() => closed.byteLength, TypeError);
});
