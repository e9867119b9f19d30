// What must not end a process, done in a child process: each case says what it saw, and the child ends in the ordinary
// way. The cases themselves are in crash/.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { inOwnNamespaces } from '../support/namespaces.js';
import { notRun } from '../support/not-run.js';
import { type RoleOptions, startRole } from '../support/roles.js';
import { lacks, printsHandledErrors } from '../support/runtime.js';
import { expectedEndings } from './crash/endings.js';
import { expectedWorkers } from './crash/workers.js';
import { expectedTruncations } from './crash/truncation.js';

const script = new URL('./roles/segment-crash.js', import.meta.url);

expectNothingLeft();

async function run(group: string, name: string, options: RoleOptions = {}) {
  const role = startRole(script, {
    ...options, data: { group, name, segment: uniqueName() }, nodeOptions: ['--expose-gc'],
  });
  const seen = await role.receive();
  return { seen, role };
}

for (const [group, expectations] of Object.entries({
  endings: expectedEndings, workers: expectedWorkers, truncation: expectedTruncations,
})) {
  for (const [name, expected] of Object.entries(expectations)) {
    const skip = name.startsWith('workers are terminated') && lacks.stoppableLoops;
    test(`${name}: no crash`, { skip }, async () => {
      const { seen, role } = await run(group, name);
      assert.deepEqual(seen, expected);
      const { code, signal, stderr } = await role.ended;
      assert.deepEqual({ code, signal }, { code: 0, signal: null });
      if (!(printsHandledErrors && name.includes('throws'))) assert.equal(stderr, '');
    });
  }
}

test('an unguarded segment that a peer truncates is SIGBUS, as any other fault that is not of a guarded one', async () => {
  const { seen, role } = await run('faults', 'SIGBUS in an unguarded segment beside a guarded one');
  assert.equal(seen, 'the guarded one survived');
  assert.equal((await role.ended).signal, 'SIGBUS');
});

test('a SIGBUS that another process sends ends this one', async () => {
  const { role } = await run('faults', 'waits with a guard');
  role.kill('SIGBUS');
  const again = setInterval(() => role.kill('SIGBUS'), 200); // Deno's own handler lets the first one pass
  assert.equal((await role.ended).signal, 'SIGBUS');
  clearInterval(again);
});

const fullFileSystem = 'mount -t tmpfs -o size=1m tmpfs /dev/shm';
for (const [name, expected] of Object.entries({
  'a full file system': { code: 'ENOSPC', created: [] },
  'a sparse guarded segment on a full file system': { filled: true, truncated: true, code: 'ERR_SHM_TRUNCATED' },
})) {
  test(`${name}: no crash`, async (t) => {
    const through = inOwnNamespaces(fullFileSystem);
    if (through === undefined) return notRun(t, 'may not mount a file system in a namespace of its own');
    const { seen, role } = await run('full', name, { through });
    assert.deepEqual(seen, expected);
    await role.succeeds();
  });
}
