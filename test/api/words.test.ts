// wait(), waitAsync() and notify(): between processes, threads, programs in C, and for what they refuse.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Segment, ShmError, notify, wait, waitAsync } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { builtFolder } from '../support/paths.js';
import { type Role, startProgram, startRole, withRole } from '../support/roles.js';
import { Thread } from './peers.js';
import { madeKinds, namedKinds, segmentTest } from './segments.js';

expectNothingLeft();

const waiterRole = new URL('./roles/word-waiter.js', import.meta.url);

/** Words of a segment that another process opens by its name. */
function makeWords(): Segment {
  return Segment.create(uniqueName(), { size: 4096 });
}

describe('wait()', () => {
  segmentTest('answers at once for a word with another value', (own) => {
    const words = own(makeWords()).view(Int32Array);
    words[7] = -1;
    assert.equal(wait(words, 7, 0), 'not-equal');
    assert.equal(wait(words, 7, -1, { timeout: 0 }), 'timed-out');
    assert.equal(wait(words, 1023, 1), 'not-equal');
  });

  segmentTest('ends when the time is over, and not before', (own) => {
    const words = own(makeWords()).view(Int32Array);
    const start = performance.now();
    assert.equal(wait(words, 0, 0, { timeout: 120 }), 'timed-out');
    assert.ok(performance.now() - start >= 119, String(performance.now() - start));
  });

  test('works in ordinary memory', () => {
    assert.equal(wait(new Int32Array(4), 3, 0, { timeout: 1 }), 'timed-out');
    assert.equal(wait(new Int32Array(new SharedArrayBuffer(16)), 3, 1), 'not-equal');
  });
});

describe('waitAsync()', () => {
  segmentTest('answers at once for a word with another value', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    words[7] = 3;
    assert.equal(await waitAsync(words, 7, 0), 'not-equal');
    assert.equal(await waitAsync(words, 7, 3, { timeout: 0 }), 'timed-out');
  });

  segmentTest('ends when the time is over, and not before', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    const start = performance.now();
    assert.equal(await waitAsync(words, 0, 0, { timeout: 120 }), 'timed-out');
    assert.ok(performance.now() - start >= 119, String(performance.now() - start));
  });

  segmentTest('goes on after a notification without a change', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    let isOver = false;
    const end = waitAsync(words, 0, 0).finally(() => (isOver = true));
    while (notify(words, 0) === 0) await sleep(1);
    await sleep(100);
    assert.equal(isOver, false);
    Atomics.store(words, 0, 1);
    notify(words, 0);
    assert.equal(await end, 'ok');
  });

  segmentTest('notices a change that nobody notifies of', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    const end = waitAsync(words, 0, 0);
    await sleep(100);
    Atomics.store(words, 0, 1);
    assert.equal(await end, 'ok');
  });

  for (const { kind, make } of madeKinds) {
    segmentTest(`waits for every word of a segment: ${kind}`, async (own) => {
      const words = own(make({ size: 4096 })).view(Int32Array);
      const ends = Array.from({ length: 1024 }, (_, index) => waitAsync(words, index, 0));
      for (let index = 0; index < 1024; index++) Atomics.store(words, index, -index - 1);
      assert.deepEqual(new Set(await Promise.all(ends)), new Set(['ok']));
    });
  }

  segmentTest('waits in a SharedArrayBuffer of a segment', async (own) => {
    const s = own(makeWords());
    const end = waitAsync(new Int32Array(s.sharedBuffer), 3, 0);
    Atomics.store(s.view(Int32Array), 3, 1);
    notify(s.view(Int32Array), 3);
    assert.equal(await end, 'ok');
  });

  segmentTest('ends where the segment is closed meanwhile', async (own) => {
    const s = own(makeWords());
    const other = own(makeWords());
    const ends = [
      waitAsync(s.view(Int32Array), 0, 0),
      waitAsync(s.view(Int32Array), 1023, 0, { timeout: 60_000 }),
      waitAsync(new Int32Array(s.sharedBuffer), 0, 0),
    ];
    const goesOn = waitAsync(other.view(Int32Array), 0, 0);
    s.close();
    for (const end of ends) await assert.rejects(end, { name: 'ShmError', code: 'ERR_SHM_CLOSED' });
    Atomics.store(other.view(Int32Array), 0, 1);
    assert.equal(await goesOn, 'ok');
  });

  segmentTest('can be begun and ended by a close many times', async (own) => {
    const name = own(makeWords()).name!;
    for (let round = 0; round < 200; round++) {
      const s = Segment.open(name);
      const end = waitAsync(s.view(Int32Array), round, 0);
      if (round % 3 === 0) await sleep(1);
      s.close();
      await assert.rejects(end, ShmError);
    }
  });

  segmentTest('waits in a copy on write, where nobody else changes anything', async (own) => {
    const s = own(makeWords());
    const copy = own(Segment.open(s.name!, { access: 'read', raw: 'copy-on-write' })).view(Int32Array);
    copy[0] = 5;
    s.view(Int32Array)[0] = 6;
    assert.equal(await waitAsync(copy, 0, 5, { timeout: 60 }), 'timed-out');
    const end = waitAsync(copy, 0, 5);
    copy[0] = 7;
    assert.equal(await end, 'ok');
  });
});

describe('abort', () => {
  segmentTest('ends a wait, with the reason', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    const controller = new AbortController();
    const end = waitAsync(words, 0, 0, { signal: controller.signal });
    assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
    const reason = new Error('no more');
    controller.abort(reason);
    await assert.rejects(end, { name: 'AbortError', code: 'ABORT_ERR', cause: reason });
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  segmentTest('has no effect after the end', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    const controller = new AbortController();
    const end = waitAsync(words, 0, 0, { signal: controller.signal });
    Atomics.store(words, 0, 1);
    notify(words, 0);
    assert.equal(await end, 'ok');
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    controller.abort();
  });

  segmentTest('before the start: tries nothing', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    await assert.rejects(waitAsync(words, 0, 1, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  });

  segmentTest('in the same moment as the change: what has come is not lost', async (own) => {
    const words = own(makeWords()).view(Int32Array);
    for (let round = 0; round < 200; round++) {
      const controller = new AbortController();
      const end = waitAsync(words, 0, round, { signal: controller.signal });
      Atomics.store(words, 0, round + 1);
      controller.abort();
      assert.equal(await end, 'ok');
    }
  });
});

describe('another process', () => {
  /** Lets a role sleep for word 0, until it does. */
  async function asleep(role: Role, words: Int32Array, how: string, timeout?: number): Promise<void> {
    role.send({ how, index: 0, expected: Atomics.load(words, 0), timeout });
    await role.expect('about to wait');
    while (notify(words, 0) === 0) await sleep(1);
  }

  for (const how of ['sync', 'async']) {
    segmentTest(`is woken while it waits: ${how}`, async (own) => {
      const s = own(makeWords());
      const words = s.view(Int32Array);
      await withRole(waiterRole, { data: s.name }, async (role) => {
        for (let round = 1; round <= 50; round++) {
          await asleep(role, words, how);
          Atomics.store(words, 0, round);
          notify(words, 0);
          await role.expect('ok');
        }
        role.send({ how, index: 0, expected: 50, timeout: 30 });
        await role.expect('about to wait');
        await role.expect('timed-out');
      });
    });

    segmentTest(`is waited for: ${how}`, async (own) => {
      const s = own(makeWords());
      const words = s.view(Int32Array);
      await withRole(waiterRole, { data: s.name }, async (role) => {
        for (let round = 0; round < 50; round++) {
          role.send({ how: 'store', index: 1, value: round + 1, delay: round % 5 });
          if (how === 'async') assert.equal(await waitAsync(words, 1, round), 'ok');
          else assert.notEqual(wait(words, 1, round), 'timed-out');
          await role.expect('stored');
        }
      });
    });
  }

  segmentTest('as many as notify() is asked for', async (own) => {
    const s = own(makeWords());
    const words = s.view(Int32Array);
    const roles = Array.from({ length: 3 }, () => startRole(waiterRole, { data: s.name }));
    for (const role of roles) {
      role.send({ how: 'sync', index: 0, expected: 0 });
      await role.expect('about to wait');
    }
    // None of them is awake for longer than it takes to look, so that some time all three are asleep.
    while (notify(words, 0) < 3) await sleep(1);
    let some = 0;
    while ((some = notify(words, 0, 2)) < 2) await sleep(1);
    assert.equal(some, 2);
    assert.equal(notify(words, 0, 0), 0);
    Atomics.store(words, 0, 1);
    notify(words, 0);
    await Promise.all(roles.map((role) => role.expect('ok')));
    await Promise.all(roles.map((role) => role.stop()));
  });

  segmentTest('that is killed between its store and its notification leaves nobody asleep', async (own) => {
    const s = own(makeWords());
    const words = s.view(Int32Array);
    const [victim, other] = [startRole(waiterRole, { data: s.name }), startRole(waiterRole, { data: s.name })];
    await asleep(other, words, 'sync');
    const end = waitAsync(words, 0, 0);
    victim.send({ how: 'die', index: 0, value: 1 });
    assert.equal((await victim.ended).signal, 'SIGKILL');
    assert.equal(await end, 'ok');
    await other.expect('ok');
    await other.stop();
  });
});

describe('a thread', () => {
  for (const { kind, newKey } of namedKinds) {
    segmentTest(`is woken, and wakes: ${kind}`, async (own) => {
      const s = own(Segment.create(newKey(), { size: 4096 }));
      const words = s.view(Int32Array);
      const thread = await Thread.start();
      for (let round = 0; round < 20; round++) {
        const end = thread.call('waitForWord', s.name, 0, round);
        while (notify(words, 0) === 0) await sleep(1);
        Atomics.store(words, 0, round + 1);
        notify(words, 0);
        assert.equal(await end, 'ok');
      }
      const end = waitAsync(words, 1, 0);
      await thread.call('storeWord', s.name, 1, 5);
      assert.equal(await end, 'ok');
      await thread.call('closeAll');
      await thread.end();
    });
  }
});

describe('a program in C', () => {
  for (const { kind, newKey } of namedKinds) {
    segmentTest(`uses the same words by futex: ${kind}`, async (own) => {
      const s = own(Segment.create(newKey(), { size: 4096 }));
      const words = s.view(Int32Array);
      const peer = startProgram([join(builtFolder, 'test/peers/shm_peer')]);
      const ask = (...line: readonly (string | number)[]): Promise<unknown> => {
        peer.send(line.join(' '));
        return peer.receive();
      };
      await ask(kind === 'posix' ? 'posix-open' : 'sysv-open', s.name!);

      const woken = ask('futex-wait', 8, 0);
      while (notify(words, 2, 1) === 0) await sleep(1);
      assert.equal(await woken, 0);

      const end = waitAsync(words, 3, 0);
      while ((await ask('futex-wake', 12, 1)) === 0) await sleep(1);
      await ask('store', 12, 4_294_967_295);
      await ask('futex-wake', 12, 1);
      assert.equal(await end, 'ok');
      assert.equal(words[3], -1);
      await ask('close');
      await peer.stop();
    });
  }
});

describe('bad arguments', () => {
  const words = new Int32Array(new SharedArrayBuffer(16));
  const readOnly = { __proto__: Int32Array.prototype };
  const cases: readonly [name: string, code: string, call: (f: typeof wait) => unknown][] = [
    ['array', 'ERR_INVALID_ARG_TYPE', (f) => f([0] as never, 0, 0)],
    ['array', 'ERR_INVALID_ARG_TYPE', (f) => f(new Uint32Array(4) as never, 0, 0)],
    ['array', 'ERR_INVALID_ARG_TYPE', (f) => f(readOnly as never, 0, 0)],
    ['index', 'ERR_OUT_OF_RANGE', (f) => f(words, 4, 0)],
    ['index', 'ERR_OUT_OF_RANGE', (f) => f(words, -1, 0)],
    ['index', 'ERR_OUT_OF_RANGE', (f) => f(words, 0.5, 0)],
    ['index', 'ERR_OUT_OF_RANGE', (f) => f(new Int32Array(new SharedArrayBuffer(0)), 0, 0)],
    ['index', 'ERR_INVALID_ARG_TYPE', (f) => f(words, '0' as never, 0)],
    ['expected', 'ERR_INVALID_ARG_TYPE', (f) => f(words, 0, 0n as never)],
    ['expected', 'ERR_OUT_OF_RANGE', (f) => f(words, 0, 2 ** 31)],
    ['expected', 'ERR_OUT_OF_RANGE', (f) => f(words, 0, NaN)],
    ['options', 'ERR_INVALID_ARG_TYPE', (f) => f(words, 0, 1, 5 as never)],
    ['options', 'ERR_INVALID_ARG_TYPE', (f) => f(words, 0, 0, null as never)],
    ['options.timeout', 'ERR_INVALID_ARG_TYPE', (f) => f(words, 0, 0, { timeout: '1' as never })],
    ['options.timeout', 'ERR_OUT_OF_RANGE', (f) => f(words, 0, 0, { timeout: -1 })],
    ['options.timeout', 'ERR_OUT_OF_RANGE', (f) => f(words, 0, 0, { timeout: NaN })],
  ];

  test('name the argument, the rule and the value', async () => {
    for (const [name, code, call] of cases) {
      const error = { name: code === 'ERR_OUT_OF_RANGE' ? 'RangeError' : 'TypeError', code, message: new RegExp(`^${name}: `) };
      assert.throws(() => call(wait), error, `${call}`);
      await assert.rejects(call(waitAsync as never) as Promise<unknown>, error, `${call}`);
    }
  });

  test('of waitAsync() alone', async () => {
    await assert.rejects(waitAsync(words, 0, 0, { signal: {} as never }), { code: 'ERR_INVALID_ARG_TYPE' });
    await assert.rejects(waitAsync(new Int32Array(4), 0, 0), { code: 'ERR_INVALID_ARG_VALUE', message: /^array: / });
  });

  test('of notify()', () => {
    assert.throws(() => notify(words, 4), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => notify(words, 0, -1), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => notify(words, 0, 0.5), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => notify(words, 0, '1' as never), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.equal(notify(words, 0, Number.MAX_SAFE_INTEGER), 0);
  });

  segmentTest('a closed segment has no words', async (own) => {
    const s = own(makeWords());
    const view = s.view(Int32Array);
    s.close();
    assert.throws(() => wait(view, 0, 0), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => notify(view, 0), { code: 'ERR_OUT_OF_RANGE' });
    await assert.rejects(waitAsync(view, 0, 0), { code: 'ERR_OUT_OF_RANGE' });
  });
});
