// Processes that detach a System V segment at the same moment: one of them is the last, and nobody notices a race.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';

const roundsOf = { 2: 3000, 3: 1000 };

expectNothingLeft();

for (const racers of [2, 3] as const) {
  const rounds = roundsOf[racers] / (process.env['SHM_TEST_SLOW'] ? 5 : 1);
  test(`${racers} last detachers: each answers a count or 0, at least one 0, and the segment is gone`, async (t) => {
    const key = uniqueKey();
    const board = uniqueName();
    const words = shm.create(1 + rounds * racers, 'Int32Array', board)!;
    const script = new URL('./roles/racing-detacher.js', import.meta.url);
    const roles = Array.from({ length: racers }, (_, number) =>
      startRole(script, { data: { key, racers, number, rounds, board } }));
    await Promise.all(roles.map((role) => role.expect('done')));
    await Promise.all(roles.map((role) => role.succeeds()));

    const tally = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const answers = [...words.subarray(1 + round * racers, 1 + (round + 1) * racers)].map((word) => word - 10);
      assert.ok(answers.every((answer) => answer >= 0 && answer < racers), `round ${round}: ${answers}`);
      assert.ok(answers.includes(0), `round ${round}: nobody was the last: ${answers}`);
      const outcome = answers.sort().join(' ');
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
    }
    for (const [answers, times] of tally) t.diagnostic(`answers ${answers}: ${times} times`);
    assert.equal(systemVSegments().find((segment) => segment.key === key), undefined);
    assert.equal(shm.destroy(board), true);
  });
}
