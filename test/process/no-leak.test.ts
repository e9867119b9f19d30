// Nothing grows with the number of segments that were created, attached and destroyed.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';
import { opensDescriptorsEarly } from '../support/runtime.js';

interface Measured {
  readonly mappings: number;
  readonly shared: number;
  readonly resident: number;
  readonly virtual: number;
  readonly descriptors: string[];
  readonly objects: number;
  readonly segments: number;
  readonly totals: [number, number];
}

const isSlow = Boolean(process.env['SHM_TEST_SLOW']);
const kinds = { 'System V': uniqueKey, 'POSIX': uniqueName } as const;
const mebibyte = 2 ** 20;

expectNothingLeft();

for (const [kind, uniqueOne] of Object.entries(kinds)) {
  for (const yields of [true, false]) {
    const rounds = (yields ? 100_000 : 20_000) / (isSlow ? 10 : 1);
    const how = yields ? 'letting the event loop run now and then' : 'never letting the event loop run';
    test(`${kind}: ${rounds} rounds of create, get, detach and destroy leave nothing, ${how}`, async (t) => {
      const role = startRole(new URL('./roles/rounds.js', import.meta.url), {
        data: { key: uniqueOne(), rounds, yields }, nodeOptions: ['--expose-gc'], watchdog: 180_000,
      });
      const { before, between, after } = await role.receive<Record<'before' | 'between' | 'after', Measured>>();
      await role.succeeds();
      t.diagnostic(JSON.stringify([before, between, after].map(({ mappings, resident, virtual }) =>
        ({ mappings, resident, virtual }))));

      assert.deepEqual(after.totals, [0, 0]);
      assert.deepEqual({ shared: after.shared, objects: after.objects, segments: after.segments },
        { shared: 0, objects: 0, segments: 0 });
      assert.deepEqual(after.descriptors, (opensDescriptorsEarly ? before : between).descriptors);
      // The runtime's own heap takes and returns some; one mapping for each round would be thousands.
      assert.ok(after.mappings < between.mappings + 100, `mappings: ${between.mappings}, then ${after.mappings}`);
      if (isSlow) return;
      // 100 bytes lost in each of 50,000 rounds would be as much.
      const [grown, added] = [after.resident - between.resident, after.virtual - between.virtual];
      assert.ok(grown < 5 * mebibyte, `resident memory has grown by ${grown} bytes`);
      assert.ok(added < 30 * mebibyte, `addresses have grown by ${added} bytes`);
    });
  }
}
