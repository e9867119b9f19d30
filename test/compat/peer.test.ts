// A key that a peer destroys, and gives to another segment, while this process holds the old one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { type Role, startRole, withRole } from '../support/roles.js';
import { type Key, exists, kinds } from './kinds.js';

expectNothingLeft();

const script = new URL('./roles/peer.js', import.meta.url);
type Body = (key: Key, peer: Role) => Promise<void>;

for (const { kind, newKey, overhead } of kinds) {
  const withPeer = (body: Body) => () => withRole(script, {}, (peer) => body(newKey(), peer));

  describe(kind, () => {
    test('what one process creates, fills and destroys, another gets, sees and misses', withPeer(async (key, peer) => {
      assert.equal(await peer.call('get', key), null);
      const own = shm.create(16, 'Buffer', key)!;
      assert.equal(await peer.call('create', 16, 'Buffer', key), null);
      assert.equal(await peer.call('get', key, 'Int32Array'), 4);
      await peer.call('fill', key, 77);
      assert.deepEqual([...own], Array(16).fill(77));
      own[3] = 4;
      assert.deepEqual(await peer.call('read', key, 2, 5), [77, 4, 77]);
      await peer.call('detach', key);
      assert.equal(shm.destroy(key), true);
      assert.equal(await peer.call('get', key), null);
    }));

    test('get answers null once a peer has destroyed the segment; old views stay', withPeer(async (key, peer) => {
      const old = shm.create(16, 'Buffer', key)!;
      assert.equal(await peer.call('destroy', key), true);
      assert.equal(shm.get(key), null);
      assert.equal(old.fill(1).length, 16);
      shm.detach(key);
      assert.equal(old.length, 0);
      assert.equal(shm.destroy(key), false);
    }));

    test('get gives the segment that a peer created in its place', withPeer(async (key, peer) => {
      const old = shm.create(16, 'Buffer', key)!.fill(1);
      await peer.call('destroy', key);
      assert.equal(await peer.call('create', 5, 'Float64Array', key), 5);
      await peer.call('fill', key, 2);

      const recreated = shm.get(key)!;
      assert.equal(recreated.length, 40);
      assert.deepEqual([...recreated], Array(40).fill(2));
      assert.notEqual(recreated.buffer, old.buffer);
      assert.equal(shm.get(key, 'Int16Array')!.buffer, recreated.buffer, 'one attachment for the new one');
      assert.deepEqual([...old], Array(16).fill(1), 'the old one stays as it was');
      old.fill(3);
      assert.deepEqual([...recreated], Array(40).fill(2));
      assert.equal(shm.getTotalSize(), 16 + 40 + 2 * overhead);

      assert.equal(shm.detach(key), 1, kind === 'POSIX' ? 'detached' : 'the peer is still attached to the new one');
      assert.deepEqual([old.length, recreated.length], [0, 0], 'one detach ends both');
      assert.equal(shm.getTotalSize(), 0);
      assert.equal(shm.detach(key), -1);
      assert.equal(shm.destroy(key), true);
    }));

    test('create takes the key that a peer has freed, beside the attachment of old', withPeer(async (key, peer) => {
      const old = shm.create(16, 'Buffer', key)!.fill(1);
      await peer.call('destroy', key);
      const own = shm.create(8, 'Buffer', key)!;
      assert.deepEqual([...own], Array(8).fill(0));
      assert.deepEqual([...old], Array(16).fill(1));
      assert.equal(shm.get(key)!.buffer, own.buffer);
      assert.equal(shm.destroy(key), true);
      assert.deepEqual([old.length, own.length], [0, 0]);
      assert.equal(exists(key), false);
      assert.equal(shm.getTotalSize(), 0);
      assert.equal(shm.getTotalCreatedSize(), 0);
    }));

    test('destroy while holding the old one destroys the new one of the peer', withPeer(async (key, peer) => {
      const old = shm.create(16, 'Buffer', key)!;
      await peer.call('destroy', key);
      await peer.call('create', 16, 'Buffer', key);
      assert.equal(shm.destroy(key), true);
      assert.equal(old.length, 0);
      assert.equal(exists(key), false);
      assert.equal(await peer.call('fill', key, 1), 16);
    }));

    test('a peer that is killed leaves what it created to the others', async () => {
      const [key, peer] = [newKey(), startRole(script)];
      await peer.call('create', 16, 'Buffer', key);
      await peer.call('fill', key, 6);
      const own = shm.get(key)!;
      peer.kill();
      await peer.ended;
      assert.deepEqual([...own], Array(16).fill(6));
      assert.equal(shm.detach(key), kind === 'POSIX' ? 1 : 0);
      assert.equal(shm.destroy(key), kind === 'POSIX');
    });
  });
}
