// Every thread of a process has attachments of its own, and works on its own as a process does.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';

const rounds = process.env['SHM_TEST_SLOW'] ? 500 : 4000;

expectNothingLeft();

test('8 threads create, get, detach and destroy the same and different keys at the same time', async (t) => {
  const threads = 8;
  const role = startRole(new URL('./roles/busy-threads.js', import.meta.url), {
    data: {
      threads,
      rounds,
      sharedKeys: [uniqueKey(), uniqueName(), uniqueKey(), uniqueName()],
      ownKeys: Array.from({ length: threads }, () => [uniqueKey(), uniqueName()]),
    },
    watchdog: 120_000,
  });
  const { answers, mapped, created } = await role.receive<{ answers: object[]; mapped: number; created: number }>();
  assert.equal(answers.length, threads);
  for (const answer of answers) t.diagnostic(JSON.stringify(answer));
  assert.deepEqual({ mapped, created }, { mapped: 0, created: 0 });
  const { stderr } = await role.succeeds();
  assert.equal(stderr, '');
});

test('a key is enough to hand memory from thread to thread, and it outlives the thread that made it', async () => {
  const role = startRole(new URL('./roles/handed-over.js', import.meta.url));
  const { adders, adds, counted, after, left } = await role.receive<Record<string, number>>();
  assert.equal(counted, adders! * adds!);
  assert.deepEqual({ after, left }, { after: counted! + 1, left: 0 });
  await role.succeeds();
});
