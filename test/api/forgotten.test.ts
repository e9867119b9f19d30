// Segments that nobody closed: their mapping and their descriptor end with the last view.
import assert from 'node:assert/strict';
import { Segment, notify } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { type Role, withRole } from '../support/roles.js';
import { runtime } from '../support/runtime.js';
import { segmentTest, type Own } from './segments.js';

expectNothingLeft();

/** Beside a process that can collect its garbage. `key` names a segment of 100,000 bytes. */
function forgetTest(name: string, body: (role: Role, s: Segment, own: Own) => Promise<void>, skip: string | false = false): void {
  for (const newKey of [uniqueName, uniqueKey]) {
    segmentTest(`${newKey === uniqueName ? 'posix' : 'system-v'}: ${name}`, async (own) => {
      const s = own(Segment.create(newKey(), { size: 100_000 }));
      await withRole(new URL('./roles/forgetful.js', import.meta.url), { nodeOptions: ['--expose-gc'] }, (role) => body(role, s, own));
    }, { skip });
  }
}

forgetTest('a segment without views is given back as a whole', async (role, s) => {
  await role.call('hold', s.name, 'nothing');
  assert.equal(await role.call('forgetSegments', 0), 0);
  assert.deepEqual(await role.call('look'), { mappings: 0, descriptors: 0 });
  assert.equal(Segment.exists(s.name!), true);
});

for (const what of ['view', 'bytes', 'dataView', 'buffer']) {
  forgetTest(`${what}: what is held keeps the mapping, and is shared`, async (role, s) => {
    await role.call('hold', s.name, what);
    assert.equal(await role.call('forgetSegments', 1), 1);
    s.bytes()[7] = 1;
    assert.equal(await role.call('read', 7), 1);
    await role.call('write', 8, 2);
    assert.equal(s.bytes()[8], 2);
    assert.deepEqual(await role.call('forgetViews'), { mappings: 0, descriptors: 0 });
    assert.equal(s.bytes()[8], 2);
  });
}

forgetTest('waitAsync(): what it waits for is kept until then', async (role, s) => {
  await role.call('hold', s.name, 'nothing');
  await role.call('waitForWord', 5);
  assert.equal(await role.call('forgetSegments', 1), 1);
  s.view(Int32Array)[5] = 1;
  notify(s.view(Int32Array), 5);
  assert.equal(await role.call('endOfWait'), 'ok');
  assert.deepEqual(await role.call('look'), { mappings: 0, descriptors: 0 });
});

forgetTest('sharedBuffer: it is shared after its segment is gone', async (role, s) => {
  await role.call('hold', s.name, 'sharedBuffer');
  assert.equal(await role.call('forgetSegments', 1), 1);
  s.bytes()[7] = 1;
  assert.equal(await role.call('read', 7), 1);
  await role.call('write', 8, 2);
  assert.equal(s.bytes()[8], 2);
  assert.deepEqual(await role.call('forgetViews'), { mappings: 0, descriptors: 0 });
});

forgetTest('wasmMemory: it is shared after its segment is gone', async (role, s) => {
  await role.call('hold', s.name, 'wasmMemory');
  assert.equal(await role.call('forgetSegments', 1), 1);
  s.bytes()[7] = 1;
  assert.equal(await role.call('read', 7), 1);
  await role.call('write', 8, 2);
  assert.equal(s.bytes()[8], 2);
  assert.deepEqual(await role.call('forgetViews'), { mappings: 0, descriptors: 0 });
}, runtime === 'bun' && 'There is no `wasmMemory()`: it throws `ERR_SHM_UNSUPPORTED`.');

forgetTest('all of them, and the totals', async (role, s) => {
  for (const what of ['nothing', 'view', 'bytes', 'dataView', 'buffer', 'sharedBuffer']) {
    for (let i = 0; i < 50; i++) await role.call('hold', s.name, what);
  }
  assert.equal(await role.call('forgetSegments', 250), 250);
  assert.deepEqual(await role.call('forgetViews'), { mappings: 0, descriptors: 0 });
  assert.deepEqual(await role.call('totals'), [0, 0]);
});

forgetTest('a closed segment gives back its addresses when its views are gone', async (role, s) => {
  await role.call('hold', s.name, 'view');
  await role.call('hold', s.name, 'sharedBuffer');
  await role.call('closeSegments');
  assert.deepEqual(await role.call('look'), { mappings: 0, descriptors: 0 });
  assert.equal(await role.call('read', 7), 0, 'zeros of its own');
  await role.call('write', 7, 3);
  assert.equal(s.bytes()[7], 0);
  assert.deepEqual(await role.call('forgetViews'), { mappings: 0, descriptors: 0 });
});

forgetTest('unlinked and forgotten by all, the memory is free', async (role, s) => {
  await role.call('hold', s.name, 'sharedBuffer');
  s.unlink();
  s.close();
  assert.equal(await role.call('forgetSegments', 1), 1);
  await role.call('write', 9, 9);
  assert.equal(await role.call('read', 9), 9);
  assert.deepEqual(await role.call('forgetViews'), { mappings: 0, descriptors: 0 });
});
