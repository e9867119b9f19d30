// A peer that changes the bytes while they are decoded gets other text decoded, and that is all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';

expectNothingLeft();

const size = 4096;
const milliseconds = 5_000;

test('every way to decode survives a peer that flips between letters of one and of three bytes', async (context) => {
  const name = uniqueName();
  shm.create(size, 'Buffer', name);
  const data = { name, milliseconds };
  const flipper = startRole(new URL('./roles/text-flipper.js', import.meta.url), { data });
  await flipper.expect('flipping');
  const decoder = startRole(new URL('./roles/text-decoder.js', import.meta.url), { data });

  const { decoded, different } = await decoder.receive<{ decoded: number; different: number }>();
  await decoder.succeeds();
  flipper.kill();
  await flipper.ended;
  shm.destroy(name);

  context.diagnostic(`${decoded} texts decoded, ${different} of them mixed`);
  assert.ok(decoded > 0);
});
