// Version 0.1.1 names an object before it has set its size and its header; we name it when it is complete.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { expectNothingLeft, removeName } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { startRole } from '../support/roles.js';
import { lacks } from '../support/runtime.js';
import { original } from './original-package.js';

const times = process.env['SHM_TEST_SLOW'] ? 1000 : 5000;
const lengths = [1, 1000, 200_000];

expectNothingLeft();

for (const isCreatedByUs of [false, true]) {
  const title = isCreatedByUs ? '0.1.1 gets while we create' : 'we get while 0.1.1 creates';
  test(`${title}: never a wrong length`, { skip: lacks.original }, async (t: TestContext) => {
    if (original.path === undefined) return notRun(t, original.reason);
    const name = uniqueName();
    const theirs = { original: original.path };
    const creator = startRole(new URL('./roles/create-loop.js', import.meta.url), {
      data: { ...(isCreatedByUs ? {} : theirs), name, lengths },
    });
    t.after(() => creator.kill());
    await creator.expect('ready');
    const watcher = startRole(new URL('./roles/length-watcher.js', import.meta.url), {
      data: { ...(isCreatedByUs ? theirs : {}), name, lengths, times },
    });
    const { wrong, seen, notReady } = await watcher.receive<{ wrong: string[]; seen: object; notReady: number }>();
    await watcher.succeeds();
    t.diagnostic(`lengths seen: ${JSON.stringify(seen)}; not ready ${notReady} times`);
    assert.deepEqual(wrong, []);
    creator.kill();
    await creator.ended;
    removeName(name);
  });
}
