// npm run bench -- [--case NAME]... [--trials N] [--quick] [--list]
// Measures this package against its contenders. A run of all cases writes bench/results/results.json and docs/benchmarks.*.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { installBenchModules, noticeWithoutOriginal, originalPackage } from './install-original.mjs';
import { setUp } from './setup.mjs';
import { root } from './tools.mjs';

const usage = `npm run bench -- [options]
  --case NAME   only this case; may be repeated
  --trials N    fresh processes for each contender and case (default 9)
  --quick       each case briefly, to see that it runs; writes no files
  --list        the names of the cases
`;
const compiler = process.env['CC'] || 'cc';

const options = readOptions();
await setUp({ dev: true, bench: true });
const { cases, contenders, machine, run, versions } = await import('../build/ts/bench/run.js');
if (options.list) for (const { name, title } of cases) console.log(`${name.padEnd(24)}${title}`);
else await bench();

async function bench() {
  const unknown = options.case?.find((name) => !cases.some((benchCase) => benchCase.name === name));
  if (unknown !== undefined) stop(`no case ${unknown}; --list shows the names`);
  await installBenchModules().catch((error) => stop(`the modules of bench/ could not be installed: ${error.message}`, 1));
  const { print, write } = await import('../bench/report/write.mjs');
  const original = await originalPackage();
  const inC = compileInC();
  const notices = [];
  if (original.reason) notices.push(noticeWithoutOriginal(original.reason));
  if (inC.reason) notices.push(`goes on without what needs C (contenders, segments of another process): ${inC.reason}`);
  for (const notice of notices) console.error(notice);

  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt.abort());
  const present = {
    originalPath: original.path,
    programInC: inC.path,
    lockBench: join(root, 'build/release/core/bench/shm_lock_bench'),
    folder: join(root, 'bench'),
  };
  const manifests = { 'shm-typed-array': join(root, 'package.json') };
  if (original.path) manifests['the original'] = join(dirname(original.path), 'package.json');
  const results = {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    trials: options.trials,
    quick: options.quick,
    machine: await machine(),
    versions: versions(manifests, inC.path && compiler),
    contenders: Object.fromEntries(contenders(present).map(({ name, description }) => [name, description])),
    notices: notices.map((notice) => notice.replaceAll(`${root}/`, '')),
    cases: [],
  };
  try {
    results.cases = await run({
      ...present,
      cases: cases.filter(({ name }) => options.case?.includes(name) ?? true),
      trials: options.trials,
      quick: options.quick,
      signal: interrupt.signal,
      progress: (text) => process.stderr.write(text),
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exit(130);
  }
  print(results);
  if (!options.quick && !options.case) console.log(`\nwritten: ${(await write(results, root)).join(', ')}`);
  // A slow figure is a result; a contender of this package that does not work is a failure.
  if (results.cases.some(({ lines }) => lines.some((line) => line.failure && line.contender.startsWith('ours')))) process.exitCode = 1;
}

/** @returns {{ path: string } | { reason: string }} */
function compileInC() {
  const sources = ['calls.c', 'segment-calls.c', 'trial.c'].map((name) => join(root, 'bench', 'c', name));
  const output = join(root, 'build', 'bench', 'trial');
  mkdirSync(dirname(output), { recursive: true });
  try {
    execFileSync(compiler, ['-O2', '-o', output, ...sources], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    return { path: output };
  } catch (error) {
    return { reason: error.code === 'ENOENT' ? `no ${compiler}` : error.stderr.trim().split('\n')[0] };
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        case: { type: 'string', multiple: true },
        trials: { type: 'string' },
        quick: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit();
    }
    const trials = Number(values.trials ?? (values.quick ? 2 : 9));
    if (!Number.isSafeInteger(trials) || trials < 1) throw new Error('--trials: expected a number of at least 1');
    return { ...values, trials };
  } catch (error) {
    stop(error.message);
  }
}

function stop(message, code = 2) {
  console.error(code === 2 ? `${message}\n\n${usage}` : message);
  process.exit(code);
}
