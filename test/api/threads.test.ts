// Segments in worker threads: each thread has its own, over the same memory.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import shm, { Segment } from 'shm-typed-array';

import { expectNothingLeft, openDescriptors, snapshot } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { Thread, idOf } from './peers.js';
import { namedKinds, segmentTest } from './segments.js';

expectNothingLeft();

for (const { kind, newKey } of namedKinds) {
  describe(kind, () => {
    segmentTest('what one thread creates another opens', async (own) => {
      const key = newKey();
      const thread = await Thread.start();
      const id = await idOf(thread, 'create', key, { size: 100 });
      const s = own(Segment.open(key));
      await thread.call('fill', id, 5);
      assert.deepEqual([...s.bytes(98)], [5, 5]);
      s.bytes()[98] = 6;
      assert.deepEqual(await thread.call('read', id, 98, 100), [6, 5]);
      assert.deepEqual([shm.getTotalSize(), await thread.call('totals')], [200, [200, 100]]);
      s.close();
      assert.deepEqual(await thread.call('read', id, 98, 100), [6, 5], 'closing it here leaves it there');
      await thread.call('closeAll');
      await thread.end();
    });

    segmentTest('of several threads at once exactly one creates', async (own) => {
      const threads = await Promise.all(Array.from({ length: 3 }, () => Thread.start()));
      for (let round = 0; round < 20; round++) {
        const key = newKey();
        const outcomes = await Promise.all(threads.map((thread) =>
          thread.call<{ made: { created: boolean } }>('make', 'openOrCreate', key, { size: 100 })));
        own(Segment.open(key));
        assert.equal(outcomes.filter(({ made }) => made.created).length, 1);
      }
      await Promise.all(threads.map((thread) => thread.end()));
    });

    for (const ending of ['end', 'terminate'] as const) {
      segmentTest(`${ending}: a thread that ends has nothing open, and its segments stay`, async (own) => {
        const before = snapshot();
        const key = newKey();
        const thread = await Thread.start();
        const descriptors = openDescriptors().filter((line) => /\/dev\/shm|memfd/.test(line)).length;
        const id = await idOf(thread, 'create', key, { size: 100 });
        await idOf(thread, 'anonymous', { size: 100 });
        await thread.call('fill', id, 9);
        await thread[ending]();
        assert.equal(shm.getTotalSize(), 0);
        assert.deepEqual(snapshot().mappings, before.mappings);
        assert.equal(openDescriptors().filter((line) => /\/dev\/shm|memfd/.test(line)).length, descriptors);
        assert.equal(own(Segment.open(key)).bytes()[0], 9);
      });
    }
  });
}

segmentTest('anonymous memory in another thread, by its descriptor', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const thread = await Thread.start();
  const id = await idOf(thread, 'fromFd', s.fd);
  await thread.call('fill', id, 4);
  assert.equal(s.bytes()[0], 4);
  s.close();
  assert.deepEqual(await thread.call('read', id, 0, 2), [4, 4]);
  await thread.end();
});

segmentTest('errors and their codes are those of the thread that asked', async (own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 100 }));
  const thread = await Thread.start();
  assert.throws(() => Segment.open(uniqueName()), { code: 'ENOENT' });
  const { error } = await thread.call<{ error: { code: string; key: string } }>('make', 'create', name, { size: 100 });
  assert.deepEqual([error.code, error.key], ['EEXIST', name]);
  await thread.end();
});

segmentTest('a segment is no message: it belongs to its thread', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const copy = structuredClone({ ...s }) as unknown as Record<string, unknown>;
  assert.ok(!(copy instanceof Segment));
  assert.equal(s.bytes().length, 100);
});
