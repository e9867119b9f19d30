// A peer that changes the bytes while a segment's text is read gets other text read, and that is all.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';

expectNothingLeft();

test('every way to read text survives a peer that flips between letters of one and of three bytes', async (t) => {
  const name = uniqueName();
  using(Segment.create(name, { size: 4096 }));
  const data = { name, milliseconds: 5_000 };
  const flipper = startRole(new URL('../compat/roles/text-flipper.js', import.meta.url), { data });
  await flipper.expect('flipping');
  const reader = startRole(new URL('./roles/segment-text-reader.js', import.meta.url), { data });
  const { read, mixed } = await reader.receive<{ read: number; mixed: number }>();
  await reader.succeeds();
  flipper.kill();
  await flipper.ended;
  t.diagnostic(`${read} texts read, ${mixed} of them mixed`);
  assert.ok(read > 0);

  function using(segment: Segment): void {
    t.after(() => {
      segment.unlink();
      segment.close();
    });
  }
});
