// What one process creates, others get by its key; what one of them writes, all see.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { type Role, startRole } from '../support/roles.js';
import { sampleLength, samples } from './samples.js';

type TypeKey = keyof typeof samples;

const script = new URL('./roles/segments.js', import.meta.url);
const kinds = { 'System V': uniqueKey, 'POSIX': uniqueName } as const;

expectNothingLeft();

describe('one creates, another gets', () => {
  let creator: Role;
  let getter: Role;
  before(() => [creator, getter] = [startRole(script), startRole(script)]);
  after(() => Promise.all([creator.stop(), getter.stop()]));

  for (const [kind, uniqueOne] of Object.entries(kinds)) {
    for (const type of Object.keys(shm.BufferType) as TypeKey[]) {
      test(`${kind}, ${type}: both write, both see`, async () => {
        const key = uniqueOne();
        const [first, second] = [samples[type], samples[type].toReversed()];
        assert.equal(await getter.call('get', key, type), null);
        assert.deepEqual(await creator.call('create', sampleLength, type, key), { length: sampleLength, key });
        assert.equal(await getter.call('create', sampleLength, type, key), null);
        assert.deepEqual(await getter.call('get', key, type), { length: sampleLength, key });

        assert.deepEqual(await getter.call('read', key), [0, 0, 0, 0]);
        await creator.call('write', key, first);
        assert.deepEqual(await getter.call('read', key), first);
        await getter.call('write', key, second);
        assert.deepEqual(await creator.call('read', key), second);

        assert.equal(await creator.call('destroy', key), true);
        assert.equal(await getter.call('get', key, type), null);
        assert.deepEqual(await getter.call('read', key), second, 'whoever is attached keeps the memory');
        assert.equal(await getter.call('detach', key), kind === 'POSIX' ? 1 : 0);
        assert.equal(await getter.call('length', key), 0);
      });
    }
  }

  test('a generated key is enough to get the segment', async () => {
    const { key } = await creator.call<{ key: number }>('create', 3, 'Int16Array', null);
    assert.deepEqual(await getter.call('get', key, 'Int16Array'), { length: 3, key });
    await creator.call('destroy', key);
    await getter.call('detach', key);
  });

  test('another element type sees the same bytes', async () => {
    const key = uniqueName();
    await creator.call('create', 2, 'Float64Array', key);
    await creator.call('write', key, [1, -2]);
    assert.deepEqual(await getter.call('get', key, 'Uint16Array'), { length: 8, key });
    assert.deepEqual(await getter.call('read', key), [0, 0, 0, 0x3ff0, 0, 0, 0, 0xc000]);
    await getter.call('detach', key);
    await creator.call('destroy', key);
  });
});

describe('three processes', () => {
  let roles: [Role, Role, Role];
  before(() => roles = [startRole(script), startRole(script), startRole(script)]);
  after(() => Promise.all(roles.map((role) => role.stop())));

  async function attachAll(key: number | string): Promise<void> {
    await roles[0].call('create', 100, 'Buffer', key);
    await roles[1].call('get', key, 'Buffer');
    await roles[2].call('get', key, 'Buffer');
  }

  test('System V: each detach answers the attachments left, and the last destroys', async () => {
    const key = uniqueKey();
    await attachAll(key);
    await roles[1].call('get', key, 'Int8Array'); // a second view counts nothing
    assert.equal(systemVSegments().find((segment) => segment.key === key)?.attachments, 3);
    assert.equal(await roles[0].call('detach', key), 2);
    assert.equal(await roles[0].call('detach', key), -1, 'not attached any more');
    assert.equal(await roles[1].call('detach', key), 1);
    assert.equal(await roles[2].call('detach', key), 0);
    assert.equal(systemVSegments().find((segment) => segment.key === key), undefined);
    assert.equal(await roles[2].call('detach', key), -1);
  });

  test('System V: only the last one to detach counts a destroyed segment', async () => {
    const key = uniqueKey();
    const before = await roles[0].call('totals');
    await attachAll(key);
    assert.equal(await roles[2].call('detachAll'), 0);
    assert.equal(await roles[1].call('detachAll'), 0);
    assert.equal(await roles[0].call('detachAll'), 1);
    assert.deepEqual(await roles[0].call('totals'), before);
  });

  test('System V: a forced detach frees the key, and the others still count down', async () => {
    const key = uniqueKey();
    await attachAll(key);
    assert.equal(await roles[1].call('detach', key, true), 0);
    assert.equal(await roles[1].call('get', key, 'Buffer'), null);
    assert.deepEqual(await roles[1].call('create', 7, 'Buffer', key), { length: 7, key }, 'the key is free');
    assert.equal(await roles[0].call('detach', key), 1, 'of the old segment');
    assert.equal(await roles[2].call('detach', key), 0);
    assert.equal(await roles[1].call('length', key), 7);
    assert.equal(await roles[1].call('detach', key), 0);
  });

  test('POSIX: detach answers 1, and the object stays until it is destroyed', async () => {
    const key = uniqueName();
    await attachAll(key);
    for (const role of roles) assert.equal(await role.call('detach', key), 1);
    assert.equal(await roles[0].call('detach', key), -1);
    assert.ok(existsSync(`/dev/shm${key}`));
    assert.equal(await roles[2].call('detach', key, true), 0, 'also where it is not attached');
    assert.ok(!existsSync(`/dev/shm${key}`));
    assert.equal(await roles[2].call('destroy', key), false);
  });

  test('POSIX: a name can be used again while another process still has the old object', async () => {
    const key = uniqueName();
    await attachAll(key);
    await roles[0].call('write', key, [1]);
    assert.equal(await roles[0].call('destroy', key), true);
    await roles[0].call('create', 50, 'Buffer', key);
    assert.equal(await roles[1].call('length', key), 100);
    assert.deepEqual(await roles[2].call('get', key, 'Buffer'), { length: 50, key }, 'get answers the new one');
    await roles[2].call('write', key, [2]);
    assert.equal((await roles[1].call<number[]>('read', key))[0], 1);
    assert.equal((await roles[0].call<number[]>('read', key))[0], 2);
    for (const role of roles) await role.call('detach', key);
    assert.equal(await roles[0].call('destroy', key), true);
  });
});
