// A worker that ends, in whatever way, takes its attachments with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';
import { lacks } from '../support/runtime.js';

interface Measured {
  readonly mappings: number;
  readonly shared: number;
  readonly virtual: number;
}

const share = process.env['SHM_TEST_SLOW'] ? 0.4 : 1;

expectNothingLeft();

for (const isTerminated of [false, true]) {
  const workers = (isTerminated ? 200 : 80) * share;
  const how = isTerminated ? 'terminated' : 'ended by themselves';
  const skip = isTerminated && lacks.stoppableLoops;
  test(`${workers} workers, ${how} while they hold attachments, leave no mapping behind`, { skip }, async (t) => {
    const name = uniqueName();
    shm.create(1000, 'Buffer', name);
    const role = startRole(new URL('./roles/dying-workers.js', import.meta.url), {
      data: { name, workers, isTerminated }, nodeOptions: ['--expose-gc'], watchdog: 180_000,
    });
    const { early, late } = await role.receive<Record<'early' | 'late', Measured>>();
    assert.equal((await role.succeeds()).stderr, '');
    assert.equal(shm.destroy(name), true);

    t.diagnostic(JSON.stringify([early, late]));
    assert.equal(late.shared, 0);
    // The runtime's own figure varies by some dozens; a mapping or two for each worker would be hundreds.
    assert.ok(late.mappings < early.mappings + 100, `mappings: ${early.mappings}, then ${late.mappings}`);
    // Where its memory may have been transferred to another thread, the addresses of a terminated worker stay taken.
    if (isTerminated && 'transfer' in ArrayBuffer.prototype) return;
    // 64 MiB for each worker would be several GiB.
    assert.ok(late.virtual < early.virtual + 2 ** 31, `addresses: ${early.virtual}, then ${late.virtual}`);
  });
}
