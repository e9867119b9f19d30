// An argument that breaks a rule is an error that says so. Nothing is created, nothing that was there is lost.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import * as shm from 'shm-typed-array';

import { assertNothingNew, expectNothingLeft, snapshot } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { afterFile } from '../support/runtime.js';
import { elementTypes } from './kinds.js';

type Code = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE';
const errorTypes = { ERR_INVALID_ARG_TYPE: TypeError, ERR_INVALID_ARG_VALUE: TypeError, ERR_OUT_OF_RANGE: RangeError };

const symbol = Symbol('s');
const anything = [
  undefined, null, true, false, 5n, symbol, {}, [], [5], () => 5, new Date(0), Object(5), Object('5'), Buffer.from('x'),
] as unknown[];

/** Values of an argument, by the code they are refused with. */
type Values = readonly (readonly [code: Code, ...values: unknown[]])[];
type Call = (value: never) => unknown;

const counts: Values = [
  ['ERR_INVALID_ARG_TYPE', '5', '', ...anything],
  ['ERR_OUT_OF_RANGE', 0, -0, -1, 1.5, 0.1, -(2 ** 40), NaN, Infinity, -Infinity, 2 ** 53, 2 ** 60, 1e308, shm.LengthMax + 2],
];
const typeKeys: Values = [
  ['ERR_INVALID_ARG_TYPE', 0, 1, ...anything.slice(1)],
  [
    'ERR_INVALID_ARG_VALUE', '', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'buffer', 'Buffer ', 'Array',
    'DataView', 'ArrayBuffer', 'SharedArrayBuffer', 'Float128Array', 'x'.repeat(10_000),
    ...('Float16Array' in globalThis ? [] : ['Float16Array']),
  ],
];
const keys: Values = [
  ['ERR_INVALID_ARG_TYPE', true, false, 5n, symbol, {}, [], [5], () => 5, Object(5), Object('/name')],
  ['ERR_OUT_OF_RANGE', 0, -0, -1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53, 1.5, 0.5, NaN, Infinity, -Infinity],
];
const noKey: Values = [['ERR_INVALID_ARG_TYPE', undefined, null]];
const namesThatAreNone: Values = [['ERR_INVALID_ARG_TYPE', 5, 0, ...anything]];
const names: Values = [
  [
    'ERR_INVALID_ARG_VALUE', '', '/', '//', '///', '/a/b', 'a/b', 'a/', '/a/', '//a', '/..', '..', '/.', '.', '/../shm/a',
    '/\0', '\0', 'a\0', '/a\0b',
    'x'.repeat(255), `/${'x'.repeat(255)}`, 'x'.repeat(256), 'x'.repeat(100_000), 'é'.repeat(128), `/${'€'.repeat(85)}`,
    `${'x'.repeat(254)}é`, `${'x'.repeat(300)}/`,
  ],
];
const perms: Values = [
  ['ERR_INVALID_ARG_TYPE', 660, 0o660, 0, NaN, ...anything.slice(1)],
  [
    'ERR_INVALID_ARG_VALUE', '', '8', '9', '68', '668', 'abc', '1777', '4755', '77777', '-1', '-660', '+660', ' 660', '660 ',
    '660\n', '6.6', '0o660', '0x1b0', '6e1', '66O', 'rw-rw----', '660\0', '٦٦٠', '1'.repeat(10_000),
  ],
];

/** Each argument of each call: a name for the table, how its error calls it, its values, the call. */
const table: readonly (readonly [what: string, argument: RegExp, values: Values, call: Call])[] = [
  ['create: count', /^count: /, counts, (value) => shm.create(value)],
  ['create: count, POSIX', /^count: /, counts, (value) => shm.create(value, 'Buffer', uniqueName())],
  ['create: count, System V', /^count: /, counts, (value) => shm.create(value, 'Float64Array', uniqueKey())],
  ['createPosix: count', /^count: /, counts, (value) => shm.createPosix(uniqueName(), value)],
  ['create: typeKey', /^typeKey: /, typeKeys, (value) => shm.create(8, value, uniqueKey())],
  ['create: typeKey, POSIX', /^typeKey: /, typeKeys, (value) => shm.create(8, value, uniqueName())],
  ['createPosix: typeKey', /^typeKey: /, typeKeys, (value) => shm.createPosix(uniqueName(), 8, value)],
  ['get: typeKey', /^typeKey: /, typeKeys, (value) => shm.get(heldKey, value)],
  ['get: typeKey, POSIX', /^typeKey: /, typeKeys, (value) => shm.get(heldName, value)],
  ['getPosix: typeKey', /^typeKey: /, typeKeys, (value) => shm.getPosix(heldName, value)],
  ['create: key', /^key: /, keys, (value) => shm.create(8, 'Buffer', value)],
  ['get: key', /^key: /, [...keys, ...noKey], (value) => shm.get(value)],
  ['detach: key', /^key: /, [...keys, ...noKey], (value) => shm.detach(value)],
  ['detach: key, forced', /^key: /, [...keys, ...noKey], (value) => shm.detach(value, true)],
  ['destroy: key', /^key: /, [...keys, ...noKey], (value) => shm.destroy(value)],
  ['create: name', /^(key|name): /, names, (value) => shm.create(8, 'Buffer', value)],
  ['get: name', /^(key|name): /, names, (value) => shm.get(value)],
  ['detach: name', /^(key|name): /, names, (value) => shm.detach(value)],
  ['detach: name, forced', /^(key|name): /, names, (value) => shm.detach(value, true)],
  ['destroy: name', /^(key|name): /, names, (value) => shm.destroy(value)],
  ['createPosix: name', /^(key|name): /, [...names, ...namesThatAreNone], (value) => shm.createPosix(value, 8)],
  ['getPosix: name', /^(key|name): /, [...names, ...namesThatAreNone], (value) => shm.getPosix(value)],
  ['detachPosix: name', /^(key|name): /, [...names, ...namesThatAreNone], (value) => shm.detachPosix(value)],
  ['detachPosix: name, forced', /^(key|name): /, [...names, ...namesThatAreNone], (value) => shm.detachPosix(value, true)],
  ['create: perm', /^perm: /, perms, (value) => shm.create(8, 'Buffer', uniqueKey(), value)],
  ['create: perm, POSIX', /^perm: /, perms, (value) => shm.create(8, 'Buffer', uniqueName(), value)],
  ['createPosix: perm', /^perm: /, perms, (value) => shm.createPosix(uniqueName(), 8, 'Buffer', value)],
];

const heldKey = uniqueKey();
const heldName = uniqueName();
let held: Buffer[];
before(() => held = [shm.create(16, 'Buffer', heldKey)!.fill(1), shm.create(16, 'Buffer', heldName)!.fill(1)]);
afterFile(() => [shm.destroy(heldKey), shm.destroy(heldName)]);
expectNothingLeft();

for (const [what, argument, values, call] of table) {
  describe(what, () => {
    for (const [code, ...bad] of values) {
      test(`${code} for what breaks its rule`, () => {
        const before = snapshot();
        const totals = [shm.getTotalSize(), shm.getTotalCreatedSize()];
        for (const value of bad) assertRefused(() => call(value as never), code, argument, value);

        assertNothingNew(before);
        assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], totals);
        for (const [i, key] of [heldKey, heldName].entries()) {
          assert.deepEqual([...held[i]!], Array(16).fill(1));
          assert.equal(shm.get(key)!.buffer, held[i]!.buffer, 'what was attached still is');
        }
      });
    }
  });
}

test('no argument at all is one of a wrong type', () => {
  const calls = [shm.create, shm.get, shm.detach, shm.destroy, shm.createPosix, shm.getPosix, shm.detachPosix] as (() => unknown)[];
  for (const call of calls) assert.throws(() => call(), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
});

test('the largest count is that of LengthMax in bytes, whatever the type', () => {
  for (const { typeKey, bytes } of elementTypes) {
    const most = Math.floor(shm.LengthMax / bytes);
    assertRefused(() => shm.create(most + bytes, typeKey, uniqueKey()), 'ERR_OUT_OF_RANGE', /^count: /, most + bytes);
  }
});

test('an unknown typeKey is told the known ones', () => {
  const known = Object.keys(shm.BufferType).join(', ');
  assert.throws(() => shm.create(8, 'Int8' as 'Buffer'), (error: Error) => error.message.includes(known));
});

function assertRefused(call: () => unknown, code: Code, argument: RegExp, value: unknown): void {
  const shown = inspect(value);
  assert.throws(call, (error: NodeJS.ErrnoException) => {
    assert.equal(error.constructor, errorTypes[code], shown);
    assert.equal(error.code, code, shown);
    assert.match(error.message, argument, shown);
    assert.match(error.message, /: expected .+, received .+/s, shown);
    const received = error.message.slice(error.message.lastIndexOf(', received ') + ', received '.length);
    assert.ok(received.length > 0 && received.length < 200, `${shown}: a message of moderate length`);
    if (shown.length < 40 && typeof value !== 'object') assert.ok(received.startsWith(shown), `${shown} is shown, not ${received}`);
    assert.equal(error.errno, undefined);
    assert.equal(error.syscall, undefined);
    return true;
  }, `${shown} is taken`);
}
