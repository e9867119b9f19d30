// However a process ends: which line it prints, its exit code, and which System V segments it leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawnSync } from 'node:child_process';

import { expectNothingLeft, removeName } from '../support/leftovers.js';
import { systemVSegments, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';
import { emitsExitAfterError, lacks, printsHandledErrors, uncaught } from '../support/runtime.js';

interface Expected {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  /** What the process prints, line by line. */
  readonly prints?: readonly string[];
  /** What Node itself says of an error that nobody caught. */
  readonly error?: RegExp;
  /** System V segments that stay, without attachments. */
  readonly left?: number;
  readonly env?: Record<string, string>;
  readonly skip?: string | false;
}

const destroyed = (count: number) => `shm segments destroyed: ${count}`;
const two = destroyed(2);
const afterError = emitsExitAfterError ? [two] : [];
const onPurpose = uncaught('(thrown|rejected) on purpose');

const table: Record<string, Expected> = {
  'natural end': { prints: [two] },
  'natural end, all detached': { prints: ['2'] },
  'process.exit(0)': { prints: [two] },
  'process.exit(7)': { prints: [two], code: 7 },
  'process.exitCode = 3': { prints: [two], code: 3 },
  'uncaught throw': { prints: afterError, code: 1, error: onPurpose },
  'unhandled rejection': { prints: afterError, code: 1, error: onPurpose },
  'caught by uncaughtException': { prints: ['caught thrown on purpose', two] },
  // Nothing runs in the process any more.
  'SIGTERM': { signal: 'SIGTERM', left: 2 },
  'SIGTERM, handled by process.exit(5)': { prints: [two], code: 5 },
  'SIGKILL': { signal: 'SIGKILL', left: 2 },
  'exit handlers before and after ours': { prints: ['before 8', destroyed(1), 'after 0'] },
  'process.exit(6) in an exit handler': { prints: [two], code: 6 },
  'an exit handler that uses it again': { prints: [two, '0 10 1 0'] },

  // What a worker held went with it.
  'a worker ends': { prints: ['0 0'] },
  'a worker ends by process.exit(4)': { prints: ['4 0'] },
  'a worker ends by a throw': {
    prints: ['thrown in a worker', '1 0'],
    ...(printsHandledErrors && { error: uncaught('thrown in a worker') }),
  },
  'a worker is terminated': { prints: ['1 0'] },
  'workers are terminated while they create and detach': { prints: ['0'], skip: lacks.stoppableLoops },
  // The line counts what the main thread held; workers end after it.
  'process.exit() while workers hold': { prints: [two], code: 2, skip: lacks.workersAtExit },
  'process.exit() while workers create and detach': { prints: [two], code: 2, skip: lacks.workersAtExit },
  'uncaught throw while a worker holds': { prints: [two], code: 1, error: onPurpose, skip: lacks.workersAtExit },
  'natural end while an unreferenced worker holds': { prints: [two], skip: lacks.workersAtExit },
  'a worker and the main thread hold the same': { skip: lacks.workersAtExit },
  'exit handlers while a worker holds, loaded only there': { prints: ['main exits'], skip: lacks.workersAtExit },
};

expectNothingLeft();

for (const [ending, expected] of Object.entries(table)) {
  test(`${ending}: ${summary(expected)}`, { skip: expected.skip ?? false }, async () => assertEnding(ending, expected));
}

test('SHM_TYPED_ARRAY_QUIET: the same without the line', async () => {
  const env = { SHM_TYPED_ARRAY_QUIET: '1' };
  await assertEnding('natural end', { env });
  await assertEnding('process.exit(7)', { env, code: 7 });
  await assertEnding('exit handlers before and after ours', { env, prints: ['before 8', 'after 0'] });
});

async function assertEnding(ending: string, expected: Expected): Promise<void> {
  const { code = 0, signal = null, prints = [], error, left = 0, env = {} } = expected;
  const name = uniqueName();
  const quiet = { SHM_TYPED_ARRAY_QUIET: undefined, ...env };
  const role = startRole(new URL('./roles/endings.js', import.meta.url), { data: { ending, name }, env: quiet });
  const end = await role.ended;
  const segments = systemVSegments().filter(({ creatorPid }) => creatorPid === role.pid);
  for (const { id } of segments) spawnSync('ipcrm', ['-m', String(id)]);
  for (const suffix of ['', '-loop']) removeName(`${name}${suffix}`);

  assert.deepEqual(
    { stdout: end.stdout, code: end.code, signal: end.signal },
    { stdout: prints.map((line) => `${line}\n`).join(''), code: signal === null ? code : null, signal },
    end.stderr,
  );
  if (error === undefined) assert.equal(end.stderr, '');
  else assert.match(end.stderr, error);
  assert.deepEqual(segments.map(({ attachments }) => attachments), Array.from({ length: left }, () => 0));
}

function summary({ code = 0, signal, left = 0 }: Expected): string {
  return `${signal ?? `exit code ${code}`}, ${left} segments left`;
}
