// Of a managed segment and its objects: an argument or option that breaks a rule is an error that names it, the rule and
// the value. Nothing is made, and nothing is held.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { type AsyncWaitOptions, ManagedSegment } from 'shm-typed-array';

import { assertNothingNew, expectNothingLeft, snapshot } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';

expectNothingLeft();

type Code = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE';
type Values = readonly (readonly [code: Code, ...values: unknown[]])[];
type Call = (value: unknown) => unknown;

const anything = [null, true, 5n, Symbol('s'), {}, [], () => 5, new Date(0)];
const notStrings: Values = [['ERR_INVALID_ARG_TYPE', undefined, ...anything, 5, Object('name')]];
const names: Values = [
  ...notStrings,
  ['ERR_INVALID_ARG_VALUE', '', '/', '//', '/a/b', 'a/', '/.a', '.', '..', '/a b', 'ä', 'a\0', `/${'x'.repeat(255)}`, 'a\n'],
];
const objectNames: Values = [
  ...notStrings, ['ERR_INVALID_ARG_VALUE', '', 'a\0b', 'x'.repeat(64), 'é'.repeat(32), '\ud800', 'x'.repeat(100_000)],
];
const bags: Values = [['ERR_INVALID_ARG_TYPE', null, true, 5, 5n, 'size', Symbol('s'), () => 5]];
const noBag: Values = [['ERR_INVALID_ARG_TYPE', undefined]];
const unknown: Values = [['ERR_INVALID_ARG_VALUE', 'sizes']];
const numbers = (...outOfRange: number[]): Values => [
  ['ERR_INVALID_ARG_TYPE', ...anything, '5', ''], ['ERR_OUT_OF_RANGE', ...outOfRange, -1, 1.5, NaN, Infinity, -Infinity, 1e308],
];
const choices: Values = [['ERR_INVALID_ARG_VALUE', ...anything, 0, '', 'none', 'constructor', '__proto__']];
const flags: Values = [['ERR_INVALID_ARG_TYPE', null, 0, 1, '', 'true', Symbol('s'), {}]];
const timeouts: Values = [['ERR_INVALID_ARG_TYPE', ...anything, '5'], ['ERR_OUT_OF_RANGE', -1, -0.5, NaN, -Infinity]];
const signals: Values = [['ERR_INVALID_ARG_TYPE', null, true, 5, 'abort', {}, [], new EventTarget()]];
const functions: Values = [['ERR_INVALID_ARG_TYPE', undefined, null, 5, 'fn', {}]];

const size = 1 << 17;
const rows: [what: string, argument: string, values: Values, call: Call][] = [];
const makers = { create: ManagedSegment.create, openOrCreate: ManagedSegment.openOrCreate };
for (const [what, make] of Object.entries(makers)) {
  const withOption = (name: string): Call => (value) => make(uniqueName(), { size, [name]: value } as never);
  rows.push([`${what}: name`, 'name', names, (name) => make(name as never, { size })]);
  rows.push([`${what}: options`, 'options', [...bags, ...noBag], (options) => make(uniqueName(), options as never)]);
  rows.push([`${what}: another option`, 'options', unknown, (name) => make(uniqueName(), { size, [name as string]: 1 } as never)]);
  rows.push([`${what}: size`, 'options.size', [...numbers(0, 4096 + 64 * 64 + 64 * 128, 2 ** 53), ...noBag], withOption('size')]);
  rows.push([`${what}: mode`, 'options.mode', numbers(0o1000), withOption('mode')]);
  rows.push([`${what}: participants`, 'options.participants', numbers(0, 1024), withOption('participants')]);
  rows.push([`${what}: objects`, 'options.objects', numbers(0, 4097), withOption('objects')]);
  rows.push([`${what}: lifetime`, 'options.lifetime', choices, withOption('lifetime')]);
}
rows.push(
  ['create: owner', 'options', [['ERR_INVALID_ARG_VALUE', 'owner']], (name) => ManagedSegment.create(uniqueName(), { size, [name as string]: 'any' } as never)],
  ['openOrCreate: owner', 'options.owner', choices, (owner) => ManagedSegment.openOrCreate(uniqueName(), { size, owner } as never)],
  ['open: name', 'name', names, (name) => ManagedSegment.open(name as never)],
  ['open: options', 'options', bags, (options) => ManagedSegment.open(uniqueName(), options as never)],
  ['open: size', 'options', [['ERR_INVALID_ARG_VALUE', 'size']], (name) => ManagedSegment.open(uniqueName(), { [name as string]: 5 } as never)],
  ['open: owner', 'options.owner', choices, (owner) => ManagedSegment.open(uniqueName(), { owner } as never)],
  ['unlink: name', 'name', names, (name) => ManagedSegment.unlink(name as never)],
  ['exists: name', 'name', names, (name) => ManagedSegment.exists(name as never)],
);

for (const [what, argument, values, call] of rows) {
  test(`${what}: what breaks the rule is refused`, () => {
    const before = snapshot();
    for (const [code, ...each] of values) for (const value of each) assertRefused(() => call(value), code, argument, value);
    assertNothingNew(before);
  });
}

describe('the objects of one', () => {
  const app = ManagedSegment.create(uniqueName(), { size });
  const lock = app.mutex('m');
  const rw = app.rwLock('rw');
  const pool = app.semaphore('pool', { permits: 2 });
  const plain = app.semaphore('plain', { permits: 2, plain: true });
  const event = app.event('e');
  const condition = app.condition('c');
  const barrier = app.barrier('b', { parties: 2 });
  const before = app.list();

  const makes: [what: string, argument: string, values: Values, call: Call][] = [
    ['mutex: name', 'name', objectNames, (name) => app.mutex(name as never)],
    ['rwLock: name', 'name', objectNames, (name) => app.rwLock(name as never)],
    ['semaphore: name', 'name', objectNames, (name) => app.semaphore(name as never, { permits: 1 })],
    ['event: name', 'name', objectNames, (name) => app.event(name as never)],
    ['condition: name', 'name', objectNames, (name) => app.condition(name as never)],
    ['barrier: name', 'name', objectNames, (name) => app.barrier(name as never, { parties: 1 })],
    ['semaphore: options', 'options', [...bags, ...noBag], (options) => app.semaphore('x', options as never)],
    ['semaphore: another option', 'options', unknown, (name) => app.semaphore('x', { permits: 1, [name as string]: 1 } as never)],
    ['semaphore: permits', 'options.permits', [...numbers(0, 4097), ...noBag], (permits) => app.semaphore('x', { permits } as never)],
    ['semaphore: permits, plain', 'options.permits', [...numbers(0, 2 ** 31), ...noBag], (permits) => app.semaphore('x', { permits, plain: true } as never)],
    ['semaphore: plain', 'options.plain', flags, (value) => app.semaphore('x', { permits: 1, plain: value } as never)],
    ['semaphore: initial', 'options.initial', numbers(4), (initial) => app.semaphore('x', { permits: 3, plain: true, initial } as never)],
    ['semaphore: initial, leased', 'options.initial', [['ERR_INVALID_ARG_VALUE', 0, 1]], (initial) => app.semaphore('x', { permits: 3, initial } as never)],
    ['event: options', 'options', bags, (options) => app.event('x', options as never)],
    ['event: another option', 'options', unknown, (name) => app.event('x', { [name as string]: 1 } as never)],
    ['event: reset', 'options.reset', choices, (reset) => app.event('x', { reset } as never)],
    ['barrier: options', 'options', [...bags, ...noBag], (options) => app.barrier('x', options as never)],
    ['barrier: parties', 'options.parties', [...numbers(0, 4097), ...noBag], (parties) => app.barrier('x', { parties } as never)],
    ['release: count', 'count', numbers(0, 2 ** 31), (count) => plain.release(count as never)],
    ['notify: count', 'count', numbers(2 ** 31), (count) => condition.notify(count as never)],
  ];
  for (const [what, argument, values, call] of makes) {
    test(`${what}: what breaks the rule is refused`, () => {
      for (const [code, ...each] of values) for (const value of each) assertRefused(() => call(value), code, argument, value);
      assert.deepEqual(app.list(), before);
    });
  }

  type Wait = (options: AsyncWaitOptions) => unknown;
  const sync: Record<string, Wait> = {
    'Mutex.lockSync': (options) => lock.lockSync(options),
    'RwLock.lockSync': (options) => rw.lockSync(options),
    'RwLock.lockSharedSync': (options) => rw.lockSharedSync(options),
    'Semaphore.acquireSync': (options) => pool.acquireSync(options),
    'PlainSemaphore.acquireSync': (options) => plain.acquireSync(options),
    'Event.waitSync': (options) => event.waitSync(options),
    'Barrier.waitSync': (options) => barrier.waitSync(options),
    'Condition.waitSync': (options) => {
      const guard = lock.lockSync();
      try {
        return condition.waitSync(guard, options);
      } finally {
        guard.release();
      }
    },
  };
  const async: Record<string, Wait> = {
    'Mutex.lock': (options) => lock.lock(options),
    'Mutex.run': (options) => lock.run(() => assert.fail(), options),
    'RwLock.lock': (options) => rw.lock(options),
    'RwLock.lockShared': (options) => rw.lockShared(options),
    'Semaphore.acquire': (options) => pool.acquire(options),
    'PlainSemaphore.acquire': (options) => plain.acquire(options),
    'Event.wait': (options) => event.wait(options),
    'Barrier.wait': (options) => barrier.wait(options),
    'Condition.wait': (options) => lock.lock().then(async (guard) => {
      try {
        return await condition.wait(guard, options);
      } finally {
        guard.release();
      }
    }),
  };
  for (const [what, call] of Object.entries(sync)) {
    test(`${what}: what breaks the rule is refused`, () => {
      for (const [code, ...each] of bags) for (const value of each) assertRefused(() => call(value as never), code, 'options', value);
      for (const [code, ...each] of timeouts) {
        for (const value of each) assertRefused(() => call({ timeout: value as never }), code, 'options.timeout', value);
      }
    });
  }
  for (const [what, call] of Object.entries(async)) {
    test(`${what}: what breaks the rule is refused`, async () => {
      for (const [code, ...each] of bags) for (const value of each) await assertRejected(() => call(value as never), code, 'options', value);
      for (const [code, ...each] of timeouts) {
        for (const value of each) await assertRejected(() => call({ timeout: value as never }), code, 'options.timeout', value);
      }
      for (const [code, ...each] of signals) {
        for (const value of each) await assertRejected(() => call({ signal: value as never }), code, 'options.signal', value);
      }
    });
  }

  test('Mutex.run: fn', async () => {
    for (const [code, ...each] of functions) for (const value of each) await assertRejected(() => lock.run(value as never), code, 'fn', value);
  });

  test('nothing is held after all this', () => {
    for (const guard of [lock.lockSync(), rw.lockSync()]) guard.release();
    assert.deepEqual([pool.value, plain.value, event.isSet], [2, 2, false]);
    assert.deepEqual(app.list(), before);
    app.close();
  });
});

test('nobody makes a ManagedSegment but its functions', () => {
  const Constructor = ManagedSegment as unknown as new (...args: unknown[]) => unknown;
  for (const args of [[], [Symbol('x'), {}]]) {
    assert.throws(() => new Constructor(...args), { name: 'TypeError', code: 'ERR_ILLEGAL_CONSTRUCTOR' });
  }
});

function assertRefused(call: () => unknown, code: Code, argument: string, value: unknown): void {
  assert.throws(call, (error: NodeJS.ErrnoException) => isRefusal(error, code, argument, value), `${inspect(value)} is taken`);
}

async function assertRejected(call: () => unknown, code: Code, argument: string, value: unknown): Promise<void> {
  await assert.rejects(async () => call(), (error: NodeJS.ErrnoException) => isRefusal(error, code, argument, value), `${inspect(value)} is taken`);
}

function isRefusal(error: NodeJS.ErrnoException, code: Code, argument: string, value: unknown): true {
  assert.equal(error.constructor, code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError, `${inspect(value)}: ${error}`);
  assert.equal(error.code, code, inspect(value));
  assert.ok(error.message.startsWith(`${argument}: expected `), error.message);
  assert.ok(error.message.includes(', received '), error.message);
  return true;
}
