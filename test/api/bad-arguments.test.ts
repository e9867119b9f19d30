// An argument or option that breaks a rule is an error that names it, the rule and the value. Nothing is created.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import shm, { LengthMax, Segment } from 'shm-typed-array';

import { assertNothingNew, expectNothingLeft, snapshot } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { segmentTest, uniquePath } from './segments.js';

expectNothingLeft();

type Code = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE';
type Values = readonly (readonly [code: Code, ...values: unknown[]])[];
type Call = (value: unknown) => unknown;

const anything = [null, true, false, 5n, Symbol('s'), {}, [], () => 5, new Date(0)] as unknown[];
const notBooleans = [null, 0, 1, 5n, '', 'true', Symbol('s'), {}, [], () => true];

const keys: Values = [
  ['ERR_INVALID_ARG_TYPE', undefined, true, false, 5n, Symbol('s'), {}, [], () => 5, Object('/name')],
  ['ERR_OUT_OF_RANGE', 0, -0, -1, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1.5, NaN, Infinity, -Infinity],
  [
    'ERR_INVALID_ARG_VALUE', '', '/', '//', '/a/b', 'a/b', 'a/', '//a', '/..', '..', '/.', '.', '/../shm/a', '/a\0b', 'a\0',
    `/${'x'.repeat(255)}`, 'x'.repeat(100_000), 'é'.repeat(128),
  ],
];
const noNull: Values = [['ERR_INVALID_ARG_TYPE', null]];
const sizes: Values = [
  ['ERR_INVALID_ARG_TYPE', ...anything, '5', ''],
  ['ERR_OUT_OF_RANGE', 0, -0, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 1e308, LengthMax + 2],
];
const noSize: Values = [['ERR_INVALID_ARG_TYPE', undefined]];
const modes: Values = [
  ['ERR_INVALID_ARG_TYPE', ...anything, '600', '0o600', ''],
  ['ERR_OUT_OF_RANGE', -1, 0o1000, 0o4755, 0o1777, 1.5, NaN, Infinity],
];
const flags: Values = [['ERR_INVALID_ARG_TYPE', ...notBooleans]];
const choices: Values = [['ERR_INVALID_ARG_VALUE', ...anything, 0, '', 'READ', 'write', 'none', 'constructor', '__proto__']];
const bags: Values = [['ERR_INVALID_ARG_TYPE', null, true, 5, 5n, 'size', Symbol('s'), () => 5]];
const noBag: Values = [['ERR_INVALID_ARG_TYPE', undefined]];
const fds: Values = [
  ['ERR_INVALID_ARG_TYPE', undefined, ...anything, '3', ''],
  ['ERR_OUT_OF_RANGE', -1, 1.5, NaN, Infinity, 2 ** 31],
];

const created = (name: string, value: unknown) => ({ size: 10, [name]: value }) as never;
const found = (name: string, value: unknown) => ({ [name]: value }) as never;

/** The calls that make a segment, by what they take options for. */
const creators: Record<string, (options: never) => unknown> = {
  'create': (options) => Segment.create(uniqueName(), options),
  'create, System V': (options) => Segment.create(uniqueKey(), options),
  'create, generated key': (options) => Segment.create(null, options),
  'openOrCreate': (options) => Segment.openOrCreate(uniqueName(), options),
  'openOrCreate, System V': (options) => Segment.openOrCreate(uniqueKey(), options),
  'anonymous': (options) => Segment.anonymous(options),
};
const finders: Record<string, (options: never) => unknown> = {
  'open': (options) => Segment.open('/shm-test-nothing', options),
  'fromFd': (options) => Segment.fromFd(0x7fffffff, options),
  'openFile': (options) => Segment.openFile(uniquePath(), options),
};

const rows: [what: string, argument: string, values: Values, call: Call][] = [
  ['create: key', 'key', keys, (key) => Segment.create(key as never, { size: 10 })],
  ['open: key', 'key', [...keys, ...noNull], (key) => Segment.open(key as never)],
  ['openOrCreate: key', 'key', [...keys, ...noNull], (key) => Segment.openOrCreate(key as never, { size: 10 })],
  ['unlink: key', 'key', [...keys, ...noNull], (key) => Segment.unlink(key as never)],
  ['exists: key', 'key', [...keys, ...noNull], (key) => Segment.exists(key as never)],
  ['fromFd: fd', 'fd', fds, (fd) => Segment.fromFd(fd as never)],
];
for (const [what, call] of Object.entries(creators)) {
  rows.push([`${what}: options`, 'options', [...bags, ...noBag], call as Call]);
  rows.push([`${what}: size`, 'options.size', [...sizes, ...noSize], (value) => call({ size: value } as never)]);
  rows.push([`${what}: mode`, 'options.mode', modes, (value) => call(created('mode', value))]);
  rows.push([`${what}: hugePages`, 'options.hugePages', choices, (value) => call(created('hugePages', value))]);
  for (const flag of ['reserve', 'populate', 'lock']) {
    rows.push([`${what}: ${flag}`, `options.${flag}`, flags, (value) => call(created(flag, value))]);
  }
}
for (const [what, call] of Object.entries(finders)) {
  rows.push([`${what}: options`, 'options', bags, call as Call]);
  rows.push([`${what}: size`, 'options.size', sizes, (value) => call(found('size', value))]);
  for (const choice of ['access', 'owner', 'raw']) {
    rows.push([`${what}: ${choice}`, `options.${choice}`, choices, (value) => call(found(choice, value))]);
  }
  for (const flag of ['populate', 'lock']) {
    rows.push([`${what}: ${flag}`, `options.${flag}`, flags, (value) => call(found(flag, value))]);
  }
}
rows.push(['openOrCreate: owner', 'options.owner', choices, (value) => creators['openOrCreate']!(created('owner', value))]);
rows.push(['openFile: mode', 'options.mode', modes, (value) => finders['openFile']!(created('mode', value))]);
rows.push(['openFile: reserve', 'options.reserve', flags, (value) => finders['openFile']!(created('reserve', value))]);

describe('refused', () => {
  for (const [what, argument, values, call] of rows) {
    test(what, () => {
      const before = snapshot();
      const totals = [shm.getTotalSize(), shm.getTotalCreatedSize()];
      for (const [code, ...bad] of values) for (const value of bad) assertRefused(() => call(value), code, argument, value);
      assertNothingNew(before);
      assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], totals);
    });
  }
});

describe('an option that the call does not have is named, with those that it has', () => {
  const misspelt = ['Size', 'sizes', 'perm', 'permissions', 'hugepages', 'readonly', 'flags', '__proto__x', 'constructor'];
  const notOfCreators = ['access', 'raw', ...misspelt];
  const notOfFinders = ['hugePages', ...misspelt];
  const take = (calls: Record<string, (options: never) => unknown>, names: string[], more: object) => {
    for (const [what, call] of Object.entries(calls)) {
      test(what, () => {
        const before = snapshot();
        for (const name of names) {
          assert.throws(() => call({ ...more, [name]: 1 } as never), (error: NodeJS.ErrnoException) => {
            assert.equal(error.constructor, TypeError);
            assert.equal(error.code, 'ERR_INVALID_ARG_VALUE');
            assert.match(error.message, /^options: expected no options but .*size.*, received '/);
            assert.ok(error.message.endsWith(`received '${name}'`), error.message);
            return true;
          }, name);
        }
        assertNothingNew(before);
      });
    }
  };
  take(creators, notOfCreators, { size: 10 });
  take(finders, notOfFinders, {});
});

test('no argument at all is one of a wrong type', () => {
  const { create, open, openOrCreate, anonymous, fromFd, openFile, unlink, exists } = Segment as unknown as Record<string, () => unknown>;
  for (const call of [create, open, openOrCreate, anonymous, fromFd, openFile, unlink, exists]) {
    assert.throws(() => call!(), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
});

test('raw needs access read', () => {
  for (const access of ['read-write', undefined] as const) {
    assert.throws(() => Segment.open('/shm-test-nothing', { raw: 'copy-on-write', ...(access && { access }) }), {
      name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /^options\.raw: expected access: 'read' beside it, received/,
    });
  }
});

test('hugePages require needs a size of whole huge pages', () => {
  for (const size of [1, 2 ** 21 - 1, 2 ** 21 + 4096]) {
    assert.throws(() => Segment.anonymous({ size, hugePages: 'require' }), {
      name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^options\.size: expected a multiple of 2097152 with hugePages: 'require'/,
    });
  }
});

test('hugePages require needs reserve', () => {
  for (const call of Object.values(creators)) {
    assert.throws(() => call({ size: 2 ** 21, hugePages: 'require', reserve: false } as never), {
      name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE',
      message: "options.reserve: expected true beside hugePages: 'require', received false",
    });
  }
});

test('an option that is undefined is one that is not given', () => {
  const s = Segment.anonymous({
    size: 10, mode: undefined, reserve: undefined, hugePages: undefined, populate: undefined, lock: undefined, guard: undefined,
  } as never);
  assert.equal(s.stat().mode, 0o600);
  const found = Segment.fromFd(s.fd!, { access: undefined, raw: undefined, owner: undefined, size: undefined } as never);
  assert.equal(found.access, 'read-write');
  found.close();
  s.close();
});

segmentTest('what was there is not touched by a wrong call', (own) => {
  const name = uniqueName();
  const s = own(Segment.create(name, { size: 16 }));
  s.bytes().fill(1);
  assert.throws(() => Segment.openOrCreate(name, { size: 0 }), RangeError);
  assert.throws(() => Segment.create(name, { size: 16, mode: -1 }), RangeError);
  assert.throws(() => Segment.open(name, { access: 'write' } as never), TypeError);
  assert.deepEqual([...s.view(Uint8Array)], Array(16).fill(1));
});

test('nobody makes a Segment but its functions', () => {
  const Constructor = Segment as unknown as new (...args: unknown[]) => unknown;
  for (const args of [[], [Symbol('x'), 'posix', '/x', 1, {}, true]]) {
    assert.throws(() => new Constructor(...args), { name: 'TypeError', code: 'ERR_ILLEGAL_CONSTRUCTOR' });
  }
});

test('methods and getters refuse what is no Segment', () => {
  for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(Segment.prototype))) {
    if (name === 'constructor') continue;
    assert.throws(() => ((value ?? get) as () => unknown).call({}), Error, name);
  }
});

function assertRefused(call: () => unknown, code: Code, argument: string, value: unknown): void {
  const shown = inspect(value);
  assert.throws(call, (error: NodeJS.ErrnoException) => {
    assert.equal(error.constructor, code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError, `${shown}: ${error}`);
    assert.equal(error.code, code, shown);
    assert.ok(error.message.startsWith(`${argument}: expected `), error.message);
    const received = error.message.slice(error.message.lastIndexOf(', received ') + ', received '.length);
    if (shown.length < 40 && typeof value !== 'object') assert.ok(received.startsWith(shown), error.message);
    assert.ok(received.length > 0 && received.length < 200);
    assert.equal(error.errno, undefined);
    assert.equal(error.syscall, undefined);
    return true;
  }, `${shown} is taken`);
}
