// What detachAll ends, and what it answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';
import { exists } from './kinds.js';

expectNothingLeft();

test('answers 0 when nothing is attached', () => {
  assert.equal(shm.detachAll(), 0);
  assert.equal(shm.detachAll(), 0);
});

test('detaches both kinds and answers how many System V segments it destroyed', async () => {
  const peer = startRole(new URL('./roles/peer.js', import.meta.url));
  const [shared, ...keys] = [uniqueKey(), uniqueKey(), uniqueKey(), uniqueName(), uniqueName()];
  await peer.call('create', 16, 'Buffer', shared);
  const views = [shm.get(shared!)!, ...keys.map((key) => shm.create(16, 'Buffer', key)!), shm.get(keys[0]!)!];
  assert.equal(shm.detachAll(), 2, 'not the one that the peer has attached');
  for (const view of views) assert.equal(view.length, 0);
  assert.deepEqual([shared!, ...keys].map(exists), [true, false, false, true, true]);
  assert.equal(shm.getTotalSize(), 0);
  assert.equal(shm.detachAll(), 0);
  for (const key of keys) assert.equal(shm.detach(key), -1);
  for (const name of keys.slice(2)) assert.equal(shm.destroy(name), true);
  assert.equal(await peer.call('detach', shared), 0);
  await peer.stop();
});

test('leaves nothing in the way of new attachments', () => {
  const key = uniqueKey();
  for (let round = 0; round < 3; ++round) {
    assert.ok(shm.create(16, 'Buffer', key));
    assert.equal(shm.detachAll(), 1);
  }
});
