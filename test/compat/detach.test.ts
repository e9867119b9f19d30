// What detach and destroy answer, and what they leave.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft, snapshot } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { type Role, startRole, withRole } from '../support/roles.js';
import { type Key, exists, kinds } from './kinds.js';

expectNothingLeft();

const peerScript = new URL('./roles/peer.js', import.meta.url);

for (const { kind, newKey } of kinds) {
  describe(kind, () => {
    test('detach and destroy of what does not exist: -1 and false', () => {
      const key = newKey();
      assert.equal(shm.detach(key), -1);
      assert.equal(shm.detach(key, false), -1);
      assert.equal(shm.detach(key, true), -1);
      assert.equal(shm.destroy(key), false);
    });

    test('one detach ends all views of the segment', () => {
      const key = newKey();
      const views = [shm.create(16, 'Buffer', key)!, shm.get(key)!, shm.get(key, 'Int32Array')!, shm.get(key, 'BigInt64Array')!];
      views.push((views[0] as Buffer).subarray(2, 5));
      const { buffer } = views[0]!;
      shm.detach(key);
      for (const view of views) {
        assert.equal(view.length, 0);
        assert.equal(view.byteLength, 0);
        assert.equal(view[0], undefined);
      }
      assert.equal(buffer.byteLength, 0);
      assert.equal(shm.detach(key), -1);
      shm.destroy(key);
    });

    test('detach ends the mapping at once', () => {
      const key = newKey();
      const before = snapshot();
      shm.create(2 ** 20, 'Buffer', key);
      assert.equal(snapshot().mappings.length, before.mappings.length + 1);
      shm.detach(key);
      assert.deepEqual(snapshot().mappings, before.mappings);
      shm.destroy(key);
    });

    test('a forced detach destroys: 0, then -1', () => {
      const key = newKey();
      const made = shm.create(16, 'Buffer', key)!;
      assert.equal(shm.detach(key, true), 0);
      assert.equal(made.length, 0);
      assert.equal(exists(key), false);
      assert.equal(shm.detach(key, true), -1);
    });

    test('destroy is a forced detach: true, then false', () => {
      const key = newKey();
      const made = shm.create(16, 'Buffer', key)!;
      assert.equal(shm.destroy(key), true);
      assert.equal(made.length, 0);
      assert.equal(exists(key), false);
      assert.equal(shm.destroy(key), false);
    });

    for (const [force, isForced] of [[0, false], ['', false], [null, false], [1, true], ['no', true], [{}, true]] as const) {
      test(`forceDestroy may be any value: ${JSON.stringify(force)} is ${isForced}`, () => {
        const key = newKey();
        const made = shm.create(16, 'Buffer', key)!;
        shm.detach(key, force as unknown as boolean);
        assert.equal(made.length, 0);
        assert.equal(exists(key), kind === 'POSIX' && !isForced);
        shm.destroy(key);
      });
    }

    describe('with a peer that is attached', () => {
      /** Runs `body` with a key that a peer has created. */
      const withPeer = (body: (key: Key, peer: Role) => Promise<void>) => async () => {
        const key = newKey();
        await withRole(peerScript, {}, async (peer) => {
          assert.equal(await peer.call('create', 16, 'Buffer', key), 16);
          await body(key, peer);
        });
        shm.destroy(key);
      };

      test('detach of what only the peer has attached: -1, and nothing happens', withPeer(async (key, peer) => {
        assert.equal(shm.detach(key), -1);
        assert.equal(exists(key), true);
        assert.equal(await peer.call('fill', key, 3), 16);
      }));

      test('a forced detach of what only the peer has attached destroys it', withPeer(async (key, peer) => {
        assert.equal(shm.detach(key, true), 0);
        assert.equal(exists(key), false);
        assert.equal(shm.get(key), null);
        assert.equal(await peer.call('fill', key, 3), 16, 'the peer can still use it');
      }));

      test('destroy leaves the attachments of others usable', withPeer(async (key, peer) => {
        const own = shm.get(key)!;
        own[0] = 1;
        assert.equal(shm.destroy(key), true);
        assert.equal(own.length, 0);
        assert.deepEqual(await peer.call('read', key, 0, 2), [1, 0]);
      }));

      test('detach after the peer destroyed it: what a detach always answers', withPeer(async (key, peer) => {
        const own = shm.get(key)!;
        assert.equal(await peer.call('destroy', key), true);
        own[0] = 9;
        assert.equal(own[0], 9, 'usable until detach');
        assert.equal(shm.detach(key), kind === 'POSIX' ? 1 : 0);
        assert.equal(own.length, 0);
        assert.equal(shm.detach(key), -1);
      }));

      test('a forced detach after the peer destroyed it: 0', withPeer(async (key, peer) => {
        const own = shm.get(key)!;
        assert.equal(await peer.call('destroy', key), true);
        assert.equal(shm.detach(key, true), 0);
        assert.equal(own.length, 0);
        assert.equal(shm.detach(key, true), -1);
      }));
    });
  });
}

describe('System V', () => {
  test('the last detach destroys: 0', () => {
    const key = uniqueKey();
    shm.create(16, 'Buffer', key);
    shm.get(key, 'Int16Array');
    assert.equal(shm.detach(key), 0);
    assert.equal(exists(key), false);
    assert.equal(shm.get(key), null);
  });

  test('a detach that is not the last answers how many attachments are left', async () => {
    const key = uniqueKey();
    shm.create(16, 'Buffer', key);
    const peers = [startRole(peerScript), startRole(peerScript), startRole(peerScript)];
    for (const peer of peers) assert.equal(await peer.call('get', key, 'Buffer'), 16);
    assert.equal(await peers[0]!.call('get', key, 'Int16Array'), 8, 'a second view of one attachment');
    assert.equal(shm.detach(key), 3);
    assert.equal(shm.detach(key), -1, 'not attached here any more');
    assert.equal(await peers[0]!.call('detach', key), 2);
    assert.equal(await peers[1]!.call('detach', key), 1);
    assert.equal(exists(key), true);
    assert.equal(await peers[2]!.call('detach', key), 0);
    assert.equal(exists(key), false);
    for (const peer of peers) await peer.stop();
  });

  test('the last one to detach destroys what another process created', async () => {
    const key = uniqueKey();
    const peer = startRole(peerScript);
    await peer.call('create', 16, 'Buffer', key);
    assert.equal(shm.get(key)!.length, 16);
    assert.equal(await peer.call('detach', key), 1);
    assert.equal(shm.detach(key), 0);
    assert.equal(exists(key), false);
    await peer.stop();
  });
});

describe('POSIX', () => {
  test('detach leaves the object: 1', () => {
    const name = uniqueName();
    shm.create(16, 'Buffer', name)!.fill(5);
    assert.equal(shm.detach(name), 1);
    assert.equal(exists(name), true);
    assert.equal(shm.detach(name), -1);
    const again = shm.get(name)!;
    assert.deepEqual([...again], Array(16).fill(5));
    assert.equal(shm.detach(name), 1);
    assert.equal(shm.detach(name, true), 0);
    assert.equal(exists(name), false);
  });
});
