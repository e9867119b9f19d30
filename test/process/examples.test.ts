// Every program of examples/ runs and shows what it says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { notRun } from '../support/not-run.js';
import { root } from '../support/paths.js';

const examples = join(root, 'examples');

/** Why an example can't show anything here; what has no entry always can. */
const lacking: Record<string, () => string | undefined> = {
  'numpy-peer.mjs': () => (['python3', '/usr/bin/python3'].some(hasNumpy) ? undefined : 'needs python3 with numpy'),
  'python-peer.mjs': () => (runs('python3', '--version') ? undefined : 'needs python3'),
  'rust-peer.mjs': () => (runs('rustc', '--version') ? undefined : 'needs rustc'),
};
/** What not everybody has, and CI does not install. */
const optional = new Set(['rust-peer.mjs']);

const programs: Record<string, () => void> = {
  'anonymous.mjs': () => assert.deepEqual(run('anonymous.mjs'), [
    'the child may rely on its size: true', 'counted to 200000 of 200000 in 4096 bytes',
  ]),
  'cluster.mjs': () => {
    checkCluster(run('cluster.mjs'), 'shm segments destroyed: 2');
    checkCluster(run('cluster.mjs', '--posix'), 'posix objects destroyed: 2');
  },
  'cpp-peer.mjs': () => {
    assert.deepEqual(run('cpp-peer.mjs'), [
      '[C++]  added up 1000000 numbers: 5e+11', '[Node] the sum is 499999500000',
    ]);
  },
  'locks.mjs': () => assert.deepEqual(run('locks.mjs'), [
    '[Node] counted to 40000 of 40000', '[Node] took the mutex over, ownerDied: true',
  ]),
  'market-data.mjs': () => assert.deepEqual(run('market-data.mjs'), [0, 1, 2, 3, 4].map((each) =>
    `subscriber ${each}: every price came or is counted as lost${each === 4 ? ', since it was started again' : ''}`)),
  'numpy-peer.mjs': () => {
    const matrix = '[Python] See [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] and double them';
    const doubled = '[Node]   See [ 2, 4, 6, 8, 10, 12 ] in a segment of kind';
    assert.deepEqual(run('numpy-peer.mjs'), [matrix, `${doubled} posix`, matrix, `${doubled} anonymous`]);
  },
  'python-peer.mjs': () => {
    const [made, doubled, seen, inPythons, multiplied, ...rest] = run('python-peer.mjs');
    assert.match(made!, /^\[Node\] {3}Made \/demo-node-\d+ with \[ 1, 2, 3, 4 \]$/);
    assert.equal(doubled, '[Python] See [1.0, 2.0, 3.0, 4.0] and double them');
    assert.equal(seen, '[Node]   See [ 2, 4, 6, 8 ]');
    assert.match(inPythons!, /^\[Node\] {3}See \[ 0\.5, 1\.5, 2\.5, 3\.5 \] in \/psm_\w+ of 4096 bytes$/);
    assert.equal(multiplied, '[Python] See [5.0, 15.0, 25.0, 35.0]');
    assert.deepEqual(rest, []);
  },
  'rust-peer.mjs': () => assert.deepEqual(run('rust-peer.mjs'), [
    '[Rust] added up 1000000 numbers: 499999500000', '[Node] the sum is 499999500000',
  ]),
  'segment.mjs': () => assert.deepEqual(run('segment.mjs'), [
    '[camera] 1228804 bytes, open in 2 processes',
    '[viewer] frame 1 ends with 10101', '[viewer] frame 2 ends with 20202', '[viewer] frame 3 ends with 30303',
    '[camera] closed: 0 pixels left to touch',
  ]),
  'state-file.mjs': () => assert.deepEqual(run('state-file.mjs'), [
    'made the file: run 1', 'found the file: run 2', 'found the file: run 3', 'the file has 4096 bytes and counted 3 runs',
  ]),
  'types.mjs': () => {
    assert.deepEqual(run('types.mjs'), [
      '16 bytes: 00000000000000c0', '2 words: c000000000000000', 'number: 2', 'after detach: 0 0 0',
    ]);
  },
  'wasm-sum.mjs': () => assert.deepEqual(run('wasm-sum.mjs'), [
    '[wasm]   123 pages of 64 KiB for 8000008 bytes', '[filler] wrote 1000001 numbers', '[wasm]   the sum is 500000500000',
  ]),
  'worker-threads.mjs': () => assert.deepEqual(run('worker-threads.mjs'), ['counted to 400000 of 400000']),
};

test('every example has a test', () => {
  const files = readdirSync(examples).filter((file) => file.endsWith('.mjs'));
  assert.deepEqual(files.sort(), Object.keys(programs).sort());
});

for (const [file, check] of Object.entries(programs)) {
  test(`examples/${file} shows what it says`, (t) => {
    const reason = lacking[file]?.();
    if (reason === undefined) return check();
    return optional.has(file) ? t.skip(reason) : notRun(t, reason);
  });
}

function runs(program: string, ...args: string[]): boolean {
  return spawnSync(program, args).status === 0;
}

function hasNumpy(python: string): boolean {
  return runs(python, '-c', 'import numpy');
}

/** The lines that an example prints; it has to end well, and to print nothing to stderr. */
function run(file: string, ...args: string[]): string[] {
  const { SHM_TYPED_ARRAY_QUIET, ...env } = process.env;
  const options = { encoding: 'utf8', env, timeout: 120_000, killSignal: 'SIGKILL' } as const;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [join(examples, file), ...args], options);
  if (status !== 0 || stderr !== '') assert.fail(`${file} ended with ${status ?? signal}:\n${stdout}${stderr}`);
  return stdout.trimEnd().split('\n');
}

function checkCluster(lines: string[], lastLine: string): void {
  assert.equal(lines.at(-1), lastLine);
  assert.deepEqual(lines.filter((line) => line.includes('[Primary]')), [
    '[Primary] Typeof buf: Buffer Typeof arr: Float32Array',
    '0 [Primary] Set buf[0]= 2  arr[0]= 5',
    '1 [Primary] Set buf[0]= 3  arr[0]= 2.5',
    '2 [Primary] Set buf[0]= 4  arr[0]= 1.25',
    '3 [Primary] Set buf[0]= 5  arr[0]= 0.625',
    '4 [Primary] Set buf[0]= 6  arr[0]= 0.3125',
  ]);

  const [types, ...rounds] = lines.filter((line) => line.includes('[Worker]'));
  assert.equal(types, '[Worker] Typeof buf: Buffer Typeof arr: Float32Array');
  assert.equal(rounds.length, 5);
  for (const [round, line] of rounds.entries()) {
    const [, number, buf, arr] = /^(\d) \[Worker\] Get buf\[0\]= (\d)  arr\[0\]= (\S+)$/.exec(line) ?? [];
    assert.equal(Number(number), round);
    // On a slow machine the worker may look so late that the next round is there already.
    const set = Number(buf) - 2;
    assert.ok(set >= round && set < 5, line);
    if (round > 1) assert.equal(arr, 'undefined', 'it has detached the array');
    else assert.ok(Number(arr) <= 10 / 2 ** (round + 1), line);
  }
}
