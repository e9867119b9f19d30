// The Buffer decodes a copy of its bytes, never the shared bytes. Apart from that a program can't tell it from any other.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { lacks } from '../support/runtime.js';

expectNothingLeft();

const text = 'a\u007Fé€𝄞-\uFFFD\0z';
// Valid UTF-8, cut characters, bytes that are no UTF-8, an odd length.
const content = Buffer.concat([Buffer.from(text), Buffer.from([0xe2, 0x82, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x41])]);

const encodings = [
  undefined, 'utf8', 'utf-8', 'UTF-8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'ucs2', 'ucs-2', 'utf16le',
  'utf-16le', 'UTF16LE', 'no-such-encoding', '', null, 5,
] as unknown as BufferEncoding[];

const ends = [
  undefined, null, 0, 1, 2, 3, 5, content.length - 1, content.length, content.length + 1, 1000, -1, -5, -1000, 1.5, 2.999, -0.5,
  NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 32 + 3, 2 ** 53, '2', '0x3', 'x', true, false, [], [4], {},
] as unknown as number[];

const slices = [
  'asciiSlice', 'base64Slice', 'base64urlSlice', 'hexSlice', 'latin1Slice', 'ucs2Slice', 'utf16leSlice', 'utf8Slice',
] as const;

type Method = (this: Buffer, ...args: unknown[]) => unknown;

/** What a call answers or throws, as one value to compare. */
function outcome(buffer: Buffer, method: string, ...args: unknown[]): unknown {
  const found = (buffer as unknown as Record<string, Method | undefined>)[method];
  if (found === undefined) return 'no such method';
  try {
    return found.apply(buffer, args);
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    return `throws ${name} ${code}`;
  }
}

function assertSame(shared: Buffer, plain: Buffer, method: string, ...args: unknown[]): void {
  const [ours, its] = [shared, plain].map((buffer) => outcome(buffer, method, ...args));
  if (ours !== its) assert.deepEqual(ours, its, `${method}(${args.map((value) => inspect(value)).join(', ')})`);
}

describe('text of a Buffer over shared memory is that of a plain one with the same bytes', () => {
  let name: string;
  let shared: Buffer;
  let plain: Buffer;
  beforeEach(() => {
    name = uniqueName();
    shared = shm.create(content.length, 'Buffer', name)!;
    shared.set(content);
    plain = Buffer.from(content);
  });
  afterEach(() => shm.destroy(name));

  for (const method of ['toString', 'toLocaleString']) {
    test(`${method}, by encoding`, () => {
      assertSame(shared, plain, method);
      for (const encoding of encodings) assertSame(shared, plain, method, encoding);
    });

    for (const encoding of encodings) {
      test(`${method}, ${inspect(encoding)}, every start and end`, () => {
        for (const start of ends) {
          assertSame(shared, plain, method, encoding, start);
          for (const end of ends) assertSame(shared, plain, method, encoding, start, end);
        }
      });
    }
  }

  for (const method of slices) {
    const skip = method.startsWith('base64') && lacks.exactSlices;
    test(`${method}, every start and end`, { skip }, () => {
      assertSame(shared, plain, method);
      for (const start of ends) {
        assertSame(shared, plain, method, start);
        for (const end of ends) assertSame(shared, plain, method, start, end);
      }
    });
  }

  test('of a Buffer with no bytes', () => {
    for (const [none, its] of [[shared.subarray(3, 3), plain.subarray(3, 3)], [shared.subarray(100), plain.subarray(100)]]) {
      for (const encoding of encodings) assertSame(none!, its!, 'toString', encoding, 0, 5);
      for (const method of slices) assertSame(none!, its!, method);
    }
  });

  test('where JavaScript asks for it', () => {
    assert.equal(`${shared}`, `${plain}`);
    assert.equal(String(shared), String(plain));
    assert.equal(shared + '', plain + '');
    assert.equal([shared].join(), [plain].join());
    const json = shared.subarray(0, 9);
    json.write('{"a":[1]}');
    assert.deepEqual(JSON.parse(json as unknown as string), { a: [1] });
  });

  for (const method of ['subarray', 'slice'] as const) {
    test(`${method} gives a part that is a Buffer over the same memory, and decodes a copy too`, () => {
      for (const start of ends) {
        for (const end of ends) {
          const [ours, its] = [shared, plain].map((buffer) => outcome(buffer, method, start, end));
          if (!Buffer.isBuffer(its)) {
            assert.deepEqual(ours, its);
            continue;
          }
          assert.ok(Buffer.isBuffer(ours));
          const where = `${method}(${inspect(start)}, ${inspect(end)})`;
          assert.deepEqual([ours.byteOffset, ours.length], [its.byteOffset - plain.byteOffset, its.length], where);
          assert.equal(ours.buffer, shared.buffer);
          assert.equal(Object.getPrototypeOf(ours), Object.getPrototypeOf(shared));
        }
      }
    });
  }

  test('parts of parts count from their own start', () => {
    const part = (buffer: Buffer) => buffer.subarray(2).slice(1, 9).subarray(-6);
    assert.equal(part(shared).byteOffset, 5);
    for (const encoding of encodings.slice(0, 15)) {
      assertSame(part(shared), part(plain), 'toString', encoding);
      assertSame(part(shared), part(plain), 'toString', encoding, 1, 4);
    }
    part(shared)[0] = 1;
    assert.equal(shared[5], 1);
  });

  test('get gives a Buffer that decodes a copy too', () => {
    const got = shm.get(name)!;
    assert.notEqual(got.toString, Buffer.prototype.toString);
    assertSame(got, plain, 'toString');
  });

  test('what only reads the bytes away from the shared memory is a plain Buffer again', () => {
    const copies = [Buffer.from(shared), Buffer.concat([shared, shared]), shared.map((byte) => byte), shared.filter(() => true)];
    for (const copy of copies) {
      assert.ok(Buffer.isBuffer(copy));
      assert.notEqual(copy.buffer, shared.buffer);
      assert.equal((copy as Buffer).toString, Buffer.prototype.toString);
    }
  });
});

test('every method of Buffer that decodes is one of those replaced', () => {
  const decoding = Object.getOwnPropertyNames(Buffer.prototype).filter((name) => /Slice$|^to(Locale)?String$/.test(name));
  const shared = shm.create(4)!;
  for (const name of decoding) {
    const [ours, its] = [shared, Buffer.prototype].map((object) => (object as unknown as Record<string, unknown>)[name]);
    assert.notEqual(ours, its, name);
  }
  shm.destroy(shared.key!);
});
