// `npm run test:runtimes`: the tests of the built package on every supported line of Node.js, on Bun and on Deno.
//   npm run test:runtimes -- --only node-24 --only bun
//   npm run test:runtimes -- --only deno --file threads     the test files whose path has this in it
// A run of all of them writes docs/runtimes.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { page } from './runtimes-page.mjs';
import { setUp } from './setup.mjs';
import { sourceFiles } from './source-files.mjs';
import { countTests } from './test-reports.mjs';
import { progress, root, run, seconds } from './tools.mjs';

const folders = ['test/unit', 'test/compat', 'test/api', 'test/process'].filter((each) => existsSync(join(root, each)));
const folder = join(root, 'test/runtimes');
const reports = join(root, 'build/runtimes');
const watchdog = 300_000; // milliseconds for a test file; the longest takes 10 s on an idle machine

/** How each kind of runtime is started: its program, for a script, and for a test file with a report in JUnit's XML. */
const kinds = {
  node: {
    title: 'Node.js',
    program: 'bin/node',
    script: (file) => [file],
    test: (file, report) => [
      '--test', '--test-reporter=spec', '--test-reporter-destination=stdout',
      '--test-reporter=junit', `--test-reporter-destination=${report}`, file,
    ],
  },
  bun: {
    title: 'Bun',
    program: 'bin/bun',
    script: (file) => [file],
    test: (file, report) => [
      'test', '--timeout', String(watchdog), '--reporter=junit', `--reporter-outfile=${report}`, `./${file}`,
    ],
  },
  deno: {
    title: 'Deno',
    program: 'deno',
    script: (file) => ['run', '-A', '--no-check', file],
    test: (file, report) => ['test', '-A', '--no-check', `--junit-path=${report}`, file],
  },
};

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, file: { type: 'string' } } });
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const isNode = (name) => name.startsWith('node');
const names = values.only ?? Object.keys(dependencies).sort((one, other) => isNode(other) - isNode(one));
const unknown = names.filter((name) => !(name in dependencies));
if (unknown.length > 0) {
  console.error(`--only ${unknown.join(', ')}: there are ${Object.keys(dependencies).join(', ')}`);
  process.exit(1);
}

await setUp({ dev: true, tests: true });
await progress('runtimes', () => run('npm', ['ci', '--prefix', folder, '--ignore-scripts']));
rmSync(reports, { recursive: true, force: true });
const files = sourceFiles(root, folders, /\.test\.ts$/).filter((file) => file.includes(values.file ?? ''))
  .map((file) => `build/ts/${file.replace(/ts$/, 'js')}`);

const start = performance.now();
const results = new Map();
// Two runtimes at a time; but not two Nodes, since each compiles version 0.1.1 of this package for itself.
const lanes = [names.filter(isNode), names.filter((name) => !isNode(name))];
await Promise.all(lanes.map(async (lane) => {
  for (const name of lane) results.set(name, await testOn(name));
}));

const all = names.map((name) => results.get(name));
if (values.only === undefined && values.file === undefined) writeFileSync(join(root, 'docs/runtimes.md'), page(all, folders));
const bad = all.filter(({ failed }) => failed > 0).length;
console.log(`\n${all.length - bad} passed, ${bad} failed, ${seconds(start)}`);
process.exitCode = bad === 0 ? 0 : 1;

function kindOf(name) {
  return kinds[name.split('-', 1)[0]];
}

/** All tests on one runtime, each file in a process of its own. */
async function testOn(name) {
  const begin = performance.now();
  const kind = kindOf(name);
  const program = join(folder, 'node_modules', name, kind.program);
  const outcome = { title: kind.title, version: versionOf(program), passed: 0, failed: 0, skipped: 0, reasons: new Set() };
  mkdirSync(join(reports, name), { recursive: true });
  for (const file of files) {
    const { passed, failed, skipped, reasons } = await testFile(name, program, kind, file);
    outcome.passed += passed;
    outcome.failed += failed;
    outcome.skipped += skipped;
    for (const reason of reasons) outcome.reasons.add(reason.replaceAll(`${root}/`, ''));
  }
  const { features, lacks } = await featuresOf(program, kind);
  const { title, version, passed, failed, skipped } = outcome;
  console.log(`${title} ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds(begin)}`);
  return { ...outcome, features, lacks };
}

async function testFile(name, program, kind, file) {
  const report = join(reports, name, `${basename(file, '.test.js')}.xml`);
  const notes = `${report}.skips`;
  const env = { ...environment(), SHM_TEST_SKIPS: notes };
  const { ok, output } = await run(program, kind.test(file, relative(root, report)), { env, timeout: watchdog });
  const counts = countTests(read(report), read(notes));
  // A process that crashes or hangs, a hook that fails: not every runtime puts that in its report.
  if (!ok && counts.failed === 0) counts.failed = 1;
  if (ok && counts.passed + counts.failed + counts.skipped === 0) counts.failed = 1;
  if (counts.failed > 0) console.log(`\n--- ${name}: ${file}\n${output.trimEnd()}\n`);
  return counts;
}

async function featuresOf(program, kind) {
  const script = kind.script('build/ts/test/support/runtime-features.js');
  const { ok, output } = await run(program, script, { env: environment(), timeout: watchdog });
  const line = output.split('\n').find((text) => text.startsWith('{"features"'));
  if (ok && line !== undefined) return JSON.parse(line);
  throw new Error(`${program}: the features are not found out\n${output}`);
}

/**
 * Bun and Deno look for newer versions of themselves and report crashes, unless they are told not to. Each Node brings
 * the headers to compile version 0.1.1 for it, and a setting of npm would win over them.
 */
function environment() {
  const { npm_config_nodedir: ignored, ...env } = process.env;
  return { ...env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(root, 'build/deno'), DO_NOT_TRACK: '1' };
}

function versionOf(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(stdout)[0];
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
