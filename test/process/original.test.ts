// One process on version 0.1.1 of this package, one on ours: the same objects, whoever creates them.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, after, before, describe, test } from 'node:test';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { type Role, startRole } from '../support/roles.js';
import { lacks } from '../support/runtime.js';
import { original, originalTypes } from './original-package.js';
import { sampleLength, samples } from './samples.js';

type Key = number | string;
type Kind = 'System V' | 'POSIX';

const script = new URL('./roles/segments.js', import.meta.url);
const kinds = { 'System V': uniqueKey, 'POSIX': uniqueName } as const;

function exists(key: Key): boolean {
  if (typeof key === 'string') return existsSync(`/dev/shm${key}`);
  return systemVSegments().some((segment) => segment.key === key);
}

expectNothingLeft();

describe('version 0.1.1', () => {
  let ours: Role;
  let theirs: Role;
  before(() => {
    if (original.path === undefined) return;
    ours = startRole(script);
    theirs = startRole(script, { data: { original: original.path } });
  });
  after(async () => {
    await ours?.stop();
    await theirs?.stop();
  });

  /** A test for both kinds of shared memory. */
  function testBothKinds(name: string, body: (key: Key, kind: Kind) => Promise<void>): void {
    for (const [kind, uniqueOne] of Object.entries(kinds)) {
      test(`${kind}: ${name}`, { skip: lacks.original }, async (t: TestContext) => {
        if (original.path === undefined) return notRun(t, original.reason);
        await body(uniqueOne(), kind as Kind);
      });
    }
  }

  for (const type of originalTypes) {
    for (const isCreatedByUs of [true, false]) {
      const who = isCreatedByUs ? 'we create it, 0.1.1 gets it' : '0.1.1 creates it, we get it';
      testBothKinds(`${type}: ${who}`, async (key, kind) => {
        const [creator, getter] = isCreatedByUs ? [ours, theirs] : [theirs, ours];
        assert.equal(await getter.call('get', key, type), null);
        assert.deepEqual(await creator.call('create', sampleLength, type, key), { length: sampleLength, key });
        assert.equal(await getter.call('create', sampleLength, type, key), null);
        assert.deepEqual(await getter.call('get', key, type), { length: sampleLength, key });

        assert.deepEqual(await getter.call('read', key), [0, 0, 0, 0]);
        await creator.call('write', key, samples[type]);
        assert.deepEqual(await getter.call('read', key), samples[type]);
        await getter.call('write', key, samples[type].toReversed());
        assert.deepEqual(await creator.call('read', key), samples[type].toReversed());

        assert.equal(await creator.call('detach', key), 1);
        assert.equal(await getter.call('detach', key), kind === 'POSIX' ? 1 : 0);
        assert.equal(exists(key), kind === 'POSIX');
        if (kind === 'POSIX') assert.equal(await getter.call('destroy', key), true);
        assert.equal(await creator.call('get', key, type), null);
      });
    }
  }

  for (const isCreatedByUs of [true, false]) {
    const who = isCreatedByUs ? 'we create' : '0.1.1 creates';
    testBothKinds(`a length that is no multiple of the element: ${who}`, async (key) => {
      const [creator, getter] = isCreatedByUs ? [ours, theirs] : [theirs, ours];
      await creator.call('create', 4099, 'Buffer', key);
      assert.deepEqual(await getter.call('get', key, 'Float64Array'), { length: 512, key });
      assert.deepEqual(await getter.call('detach', key), 1);
      assert.equal(await creator.call('destroy', key), true);
    });

    testBothKinds(`the one destroys what the other has attached: ${who}`, async (key, kind) => {
      const [creator, getter] = isCreatedByUs ? [ours, theirs] : [theirs, ours];
      await creator.call('create', 100, 'Int32Array', key);
      await getter.call('get', key, 'Int32Array');
      assert.equal(await getter.call('destroy', key), true);
      assert.equal(exists(key), false);
      await creator.call('write', key, [5]);
      assert.equal((await creator.call<number[]>('read', key))[0], 5, 'the memory is still there');
      // 0.1.1 no longer finds what it has attached under a key that means nothing.
      const answer = kind === 'POSIX' ? 1 : isCreatedByUs ? 0 : -1;
      assert.equal(await creator.call('detach', key), answer);
    });
  }

  testBothKinds('three attachments, two of them ours: every count is of all of them', async (key, kind) => {
    await theirs.call('create', 10, 'Buffer', key);
    await ours.call('get', key, 'Buffer');
    shm.get(key);
    const isPosix = kind === 'POSIX';
    assert.equal(await ours.call('detach', key), isPosix ? 1 : 2);
    assert.equal(await theirs.call('detach', key), 1);
    assert.equal(shm.detach(key), isPosix ? 1 : 0);
    assert.equal(await ours.call('destroy', key), isPosix);
  });

  testBothKinds('both count the same bytes', async (key, kind) => {
    const [ourBefore, theirBefore] = await Promise.all([ours.call('totals'), theirs.call('totals')]) as Totals[];
    await ours.call('create', 1000, 'Int16Array', key);
    await theirs.call('get', key, 'Int16Array');
    const [ourTotals, theirTotals] = await Promise.all([ours.call('totals'), theirs.call('totals')]) as Totals[];
    const bytes = kind === 'POSIX' ? 2008 : 2000;
    assert.equal(ourTotals!.created - ourBefore!.created, bytes);
    assert.equal(ourTotals!.mapped - ourBefore!.mapped, bytes);
    assert.equal(theirTotals!.mapped - theirBefore!.mapped, bytes);
    await theirs.call('detach', key);
    assert.equal(await ours.call('destroy', key), true);
  });

  for (const isEndedByUs of [true, false]) {
    const who = isEndedByUs ? 'our process' : 'the process of 0.1.1';
    testBothKinds(`${who} ends first: what the other has attached stays`, async (key, kind) => {
      const data = isEndedByUs ? null : { original: original.path };
      const creator = startRole(script, { data });
      const stayer = isEndedByUs ? theirs : ours;
      await creator.call('create', 10, 'Buffer', key);
      await creator.call('write', key, [9]);
      await stayer.call('get', key, 'Buffer');
      assert.equal((await creator.stop()).stdout, '', 'it has destroyed nothing');
      assert.equal((await stayer.call<number[]>('read', key))[0], 9);
      assert.equal(await stayer.call('detach', key), kind === 'POSIX' ? 1 : 0);
      if (kind === 'POSIX') assert.equal(await stayer.call('destroy', key), true);
      assert.equal(exists(key), false);
    });
  }
});

interface Totals {
  readonly mapped: number;
  readonly created: number;
}
