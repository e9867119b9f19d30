// ReadonlyBytes has what a Buffer has to read its bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { ReadonlyBytes, readonlyBytes } from '../../lib/readonly-bytes.js';
import { readonlyView } from '../../lib/readonly-view.js';
import { call, detach, indices, isNode, outcome } from './readonly-types.js';

const text = 'a\u007Fé€𝄞-\uFFFD\0z';
const content = Buffer.concat([Buffer.from(text), Buffer.from([0xe2, 0x82, 0xff, 0xc0, 0x80, 0x41])]);
const view = readonlyBytes(Uint8Array.from(content));
const closed = readonlyBytes(new Uint8Array(8));
const encodings = [
  undefined, 'utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'ucs2', 'utf16le',
] as const;

test('toString decodes as a Buffer does', () => {
  assert.equal(view.toString(), content.toString());
  assert.equal(`${view}`, `${content}`);
  for (const encoding of encodings) {
    for (const start of indices) {
      for (const end of indices) {
        const [ours, its] = [view, content].map((each) => outcome(() => each.toString(encoding, start, end)));
        assert.equal(ours, its, inspect([encoding, start, end]));
      }
    }
  }
  for (const wrong of ['no-such', '', null, 5] as never[]) {
    assert.throws(() => view.toString(wrong), { name: 'TypeError', code: 'ERR_UNKNOWN_ENCODING' });
  }
});

test('equals', () => {
  assert.ok(view.equals(content) && view.equals(new Uint8Array(content)) && view.equals(view) && view.equals(view.subview(0)));
  assert.ok(!view.equals(content.subarray(1)) && !view.equals(view.subview(1)) && !view.equals(Buffer.alloc(content.length)));
  assert.ok(view.subview(3, 3).equals(new Uint8Array(0)));
  for (const wrong of [undefined, null, 'a', [97], new Uint16Array(2), readonlyView(new Uint8Array(2))]) {
    assert.throws(() => view.equals(wrong as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^other: / });
  }
});

test('subview gives ReadonlyBytes, slice a Uint8Array', () => {
  assert.ok(view.subview(2) instanceof ReadonlyBytes);
  assert.equal(view.subview(2, 4).toString(), content.toString('utf8', 2, 4));
  assert.equal(Object.getPrototypeOf(view.slice()), Uint8Array.prototype);
});

const methods = Object.getOwnPropertyNames(Buffer.prototype).filter((name) => /^read.*(8|[LB]E)$/.test(name));
// The Buffers of other runtimes take some of the wrong ones.
const wrongOffsets = isNode ? [2 ** 32, 1.5, NaN, Infinity, '1', null, {}] : [];
const offsets = [...Array(content.length + 1).keys(), undefined, -0, -1, ...wrongOffsets];
for (const method of methods) {
  test(`${method} reads what a Buffer reads`, () => {
    const sizes = /[Ii]nt[LB]E$/.test(method) ? [1, 2, 3, 4, 5, 6] : [undefined];
    const calls = offsets.flatMap((offset) => sizes.map((size) => [offset, size] as const));
    for (const wrong of [0, 7, 2.5, NaN, undefined, '2']) calls.push([0, wrong as number]);
    for (const [from, to] of [[0], [5], [3, 4]]) {
      const parts = [view.subview(from, to), content.subarray(from, to)];
      for (const args of calls) {
        const [ours, its] = parts.map((each) => outcome(() => call(each, method, ...args)));
        assert.equal(ours, its, inspect(args));
      }
    }
  });
}

test('the errors of its read methods say what is wrong', () => {
  const message = `offset: expected an integer from 0 to ${content.length - 4}, received 21`;
  assert.throws(() => view.readInt32LE(21), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message });
  assert.throws(() => view.readUIntBE('0' as never, 3), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => view.readIntBE(0, 7), { code: 'ERR_OUT_OF_RANGE', message: /^byteLength: .*1 to 6/ });
  assert.throws(() => view.subview(0, 1).readInt16LE(0), { code: 'ERR_OUT_OF_RANGE', message: /more bytes/ });
  assert.equal(view.readUInt16LE.name, 'readUInt16LE');
});

test('without its memory it is empty', () => {
  const memory = new ArrayBuffer(8);
  const ended: ReadonlyBytes = readonlyBytes(new Uint8Array(memory));
  detach(memory);
  assert.deepEqual([ended.toString(), ended.toString('hex', 1, 2), ended.equals(new Uint8Array(0))], ['', '', true]);
  assert.equal(ended.equals(closed), false);
  for (const method of methods) assert.throws(() => call(ended, method, 0, 1), Error, method);
});
