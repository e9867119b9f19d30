// The views of a segment: all over one ArrayBuffer, with offsets and lengths that are checked.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { LengthMax, Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { madeKinds, segmentTest, withPath } from './segments.js';

expectNothingLeft();

const { Float16Array } = globalThis as unknown as { Float16Array?: typeof Float32Array };
const numbers = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  ...(Float16Array === undefined ? [] : [Float16Array]),
] as (typeof Float32Array)[];
const types = [...numbers, BigInt64Array, BigUint64Array] as (typeof Float32Array)[];

for (const { kind, make } of madeKinds) {
  describe(kind, () => {
    segmentTest('every type of view is over the one ArrayBuffer, whole by default', (own) => {
      const s = own(make({ size: 100 }));
      assert.ok(s.buffer instanceof ArrayBuffer);
      assert.equal(s.buffer.byteLength, 100);
      assert.equal(s.buffer, s.buffer);
      for (const type of types) {
        const view = s.view(type);
        assert.equal(Object.getPrototypeOf(view), type.prototype);
        assert.equal(view.buffer, s.buffer);
        assert.equal(view.byteOffset, 0);
        assert.equal(view.length, Math.floor(100 / type.BYTES_PER_ELEMENT), type.name);
      }
      const bytes = s.bytes();
      assert.ok(Buffer.isBuffer(bytes) && bytes instanceof Uint8Array);
      assert.equal(bytes.buffer, s.buffer);
      assert.equal(s.dataView().buffer, s.buffer);
      assert.equal(s.dataView().byteLength, 100);
    });

    segmentTest('a view sees what is written through another one', (own) => {
      const s = own(make({ size: 64 }));
      s.view(Float64Array)[1] = Math.PI;
      assert.equal(s.dataView().getFloat64(8, true), Math.PI);
      assert.equal(s.bytes().readDoubleLE(8), Math.PI);
      s.dataView(16, 8).setBigInt64(0, -1n, true);
      assert.equal(s.view(BigInt64Array, 16, 1)[0], -1n);
      assert.equal(s.view(Uint16Array, 22)[0], 0xffff);
    });
  });
}

segmentTest('offset and length choose a part', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  for (const [i] of s.bytes().entries()) s.bytes()[i] = i;
  assert.deepEqual([...s.view(Uint8Array, 10, 3)], [10, 11, 12]);
  assert.deepEqual([...s.bytes(97)], [97, 98, 99]);
  assert.deepEqual([...s.bytes(1, 2)], [1, 2]);
  assert.equal(s.view(Uint32Array, 8).length, 23);
  assert.equal(s.view(Uint32Array, 8, 2).byteLength, 8);
  assert.equal(s.dataView(50).byteLength, 50);
  assert.equal(s.dataView(50, 1).getUint8(0), 50);
  assert.equal(s.view(Uint8Array, undefined, 1).length, 1);
  assert.equal(s.view(Uint8Array, 5, undefined).length, 95);
});

segmentTest('a view may be empty, also at the end', (own) => {
  const s = own(Segment.anonymous({ size: 96 }));
  for (const type of types) {
    assert.equal(s.view(type, 96).length, 0);
    assert.equal(s.view(type, 96, 0).length, 0);
    assert.equal(s.view(type, 0, 0).length, 0);
  }
  assert.equal(s.bytes(96).length, 0);
  assert.equal(s.dataView(96, 0).byteLength, 0);
  assert.equal(own(Segment.anonymous({ size: 3 })).view(Float64Array).length, 0, 'there is no room for an element');
});

type Refusal = readonly [code: string, message: RegExp, ...values: unknown[]];
const noOffset: readonly Refusal[] = [
  ['ERR_INVALID_ARG_TYPE', /^byteOffset: expected a number of bytes, received /, null, '0', '', true, {}, [], 0n, Symbol('s')],
  ['ERR_OUT_OF_RANGE', /^byteOffset: expected an integer from 0 to 100, received /, -1, 101, 0.5, NaN, Infinity, 2 ** 53, -1e300],
];
const noLength: readonly Refusal[] = [
  ['ERR_INVALID_ARG_TYPE', /: expected a number of (elements|bytes), received /, null, '0', '', true, {}, [], 0n, Symbol('s')],
  ['ERR_OUT_OF_RANGE', /: expected an integer from 0 to 100 (elements|bytes), received /, -1, 101, 0.5, NaN, Infinity, 2 ** 53],
];
const table: readonly (readonly [what: string, refusals: readonly Refusal[], call: (s: Segment, value: never) => unknown])[] = [
  ['view: byteOffset', noOffset, (s, value) => s.view(Uint8Array, value)],
  ['view: length', noLength, (s, value) => s.view(Uint8Array, 0, value)],
  ['bytes: byteOffset', noOffset, (s, value) => s.bytes(value)],
  ['bytes: byteLength', noLength, (s, value) => s.bytes(0, value)],
  ['dataView: byteOffset', noOffset, (s, value) => s.dataView(value)],
  ['dataView: byteLength', noLength, (s, value) => s.dataView(0, value)],
  ['readString: byteOffset', noOffset, (s, value) => s.readString(value)],
  ['readString: byteLength', noLength, (s, value) => s.readString(0, value)],
  ['view: type', [[
    'ERR_INVALID_ARG_TYPE', /^type: expected the constructor of a typed array, such as Float32Array, received /,
    undefined, null, 'Float32Array', 5, {}, () => 5, Buffer, DataView, ArrayBuffer, Array, Object.getPrototypeOf(Uint8Array),
    class extends Uint8Array {}, Uint8Array.prototype, new Uint8Array(1),
  ]], (s, value) => s.view(value)],
];

for (const [what, refusals, call] of table) {
  segmentTest(`${what}: a wrong one is named, with the rule and the value`, (own) => {
    for (const access of ['read-write', 'read'] as const) {
      const made = own(Segment.anonymous({ size: 100 }));
      const s = own(Segment.fromFd(made.fd!, { access }));
      for (const [code, message, ...values] of refusals) {
        for (const value of values) {
          assert.throws(() => call(s, value as never), (error: NodeJS.ErrnoException) => {
            assert.equal(error.code, code, inspect(value));
            assert.equal(error.constructor, code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError);
            assert.match(error.message, message);
            return true;
          }, `${inspect(value)} is taken`);
        }
      }
      assert.equal(s.bytes().length, 100, 'nothing is lost');
    }
  });
}

segmentTest('the offset of a larger element is a multiple of its size', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  for (const type of types) {
    const size = type.BYTES_PER_ELEMENT;
    if (size === 1) continue;
    assert.throws(() => s.view(type, 1), { code: 'ERR_OUT_OF_RANGE', message: `byteOffset: expected a multiple of ${size} from 0 to 100, received 1` });
    assert.throws(() => s.view(type, size, Math.floor(100 / size)), { code: 'ERR_OUT_OF_RANGE', message: /^length: expected an integer from 0 to \d+ elements, / });
  }
  assert.equal(s.dataView(1).byteOffset, 1);
});

segmentTest('readString decodes a copy, by any encoding', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const text = 'grün €';
  const length = s.bytes().write(text);
  assert.equal(s.readString(0, length), text);
  assert.equal(s.readString(0, 4, 'latin1'), 'grÃ¼');
  assert.equal(s.readString(0, 2, 'hex'), '6772');
  assert.equal(s.readString(0, 3, 'base64'), 'Z3LD');
  assert.equal(s.readString(0, length, new TextDecoder()), text);
  assert.equal(s.readString().length, text.length + 100 - length);
  assert.equal(s.readString(100), '');
  assert.throws(() => s.readString(2, 1, new TextDecoder('utf-8', { fatal: true })), TypeError);
});

segmentTest('bytes are good for crypto and files', async (own) => {
  const s = own(Segment.anonymous({ size: 1000 }));
  s.bytes().fill('content');
  const plain = Buffer.from(s.bytes());
  assert.equal(createHash('sha256').update(s.bytes()).digest('hex'), createHash('sha256').update(plain).digest('hex'));
  await withPath((path) => {
    const file = openSync(path, 'w+');
    assert.equal(writeSync(file, s.bytes()), 1000);
    assert.deepEqual(readFileSync(path), plain);
    s.bytes().fill(0);
    assert.equal(readSync(file, s.bytes(500), 0, 500, 0), 500);
    closeSync(file);
  });
  assert.equal(Buffer.compare(Buffer.from(s.bytes(500)), plain.subarray(0, 500)), 0);
});

segmentTest('the ArrayBuffer is not transferred: transfer() and postMessage() refuse', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const memory = s.buffer as ArrayBuffer & { transfer(): ArrayBuffer };
  assert.throws(() => memory.transfer(), { name: 'TypeError', code: 'ERR_INVALID_STATE' });
  assert.equal(s.bytes().length, 100);
});

test('Atomics works on a view, and another segment of the same memory sees it', () => {
  const made = Segment.anonymous({ size: 64 });
  const other = Segment.fromFd(made.fd!);
  const [a, b] = [made.view(Int32Array), other.view(Int32Array)];
  assert.equal(Atomics.add(a, 3, 5), 0);
  assert.equal(Atomics.compareExchange(b, 3, 5, 9), 5);
  assert.equal(Atomics.load(a, 3), 9);
  made.close();
  other.close();
});

test('LengthMax is the largest size', () => {
  assert.throws(() => Segment.anonymous({ size: LengthMax + 2 }), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
});
