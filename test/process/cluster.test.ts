// Works the same under node:cluster.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';

expectNothingLeft();

test('the workers of a cluster count together in the memory of the primary', async () => {
  const [workers, rounds] = [3, 20_000];
  const primary = startRole(new URL('./roles/cluster-count.js', import.meta.url), {
    data: { name: uniqueName(), workers, rounds },
  });
  assert.deepEqual(await primary.receive(), {
    counted: [workers * rounds, workers * rounds],
    left: Array.from({ length: workers }, () => [true, 1]),
    last: 0,
  });
  const { stdout, stderr } = await primary.succeeds();
  assert.deepEqual({ stdout, stderr }, { stdout: '', stderr: '' });
});
