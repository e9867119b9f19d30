// Hostile bytes: runs every fuzz target of core/test/fuzz on its corpus and then on what libFuzzer makes of it, and the
// scribbler, as many at a time as there are processors.
//   node scripts/fuzz.mjs [--seconds 60] [--only TARGET]...
//   node scripts/fuzz.mjs --minimise    adds to core/test/fuzz/corpus what was found since, as few inputs as will do
// What a run finds new is kept in build/fuzz/corpus. An input that something is wrong with is kept in
// build/fuzz/findings: repeat it by build/fuzz/core/test/fuzz/shm_fuzz_TARGET FILE.
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPreset } from './build-addon.mjs';
import { progress, requireTools, root, run } from './tools.mjs';

// How much of the time each gets: the one with checksums gets nowhere that the one without does not.
const targets = { segment: 1, participants: 1, locks: 1, permits: 1, meetings: 1, ring: 1, queue: 1, topic: 1, register: 1 / 2, scribbler: 1 / 3, checksums: 1 / 3 };

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string', multiple: true, default: Object.keys(targets) },
    minimise: { type: 'boolean' },
  },
});
const programs = join(root, 'build/fuzz/core/test/fuzz');
const scribbler = join(root, 'build/fuzz/core/test/scribbler/shm_scribbler');
const settings = {
  ...process.env,
  ASAN_OPTIONS: 'detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
};

requireTools(['cmake', 'clang++', 'make']);
await progress('fuzz targets', () => buildPreset('fuzz', { SHM_BUILD_FUZZERS: 'ON' }));
await (values.minimise ? minimise() : fuzz());

async function fuzz() {
  mkdirSync(join(root, 'build/fuzz/findings'), { recursive: true });
  const waiting = values.only.map((target) => ({ target, seconds: Math.ceil(values.seconds * targets[target]) }));
  const runs = [];
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) runs.push(await perform(next));
  }));
  const found = process.exitCode === 1 ? 'see above' : 'nothing found';
  console.log(`${runs.reduce((sum, count) => sum + count, 0)} runs of ${values.only.length} targets, ${found}`);
}

/** Answers how often the target was run. */
async function perform({ target, seconds }) {
  const { ok, output } = await (target === 'scribbler' ? scribble(seconds) : explore(target, seconds));
  if (!ok) {
    process.exitCode = 1;
    console.log(`${target}: failed\n${output.split('\n').slice(-60).join('\n').trimEnd()}\n`);
    return 0;
  }
  const runs = Number(/(\d+) calls|number_of_executed_units: +(\d+)/.exec(output)?.slice(1).find(Boolean));
  console.log(`${target}: ${runs} runs in ${seconds} s`);
  return runs;
}

async function scribble(seconds) {
  const seed = String(Date.now() % 1_000_000);
  const { ok, output } = await run(scribbler, [String(seconds), seed], { env: settings });
  return { ok, output: `${output}\nseed ${seed}` };
}

function explore(target, seconds) {
  const found = join(root, 'build/fuzz/corpus', target);
  mkdirSync(found, { recursive: true });
  return run(join(programs, `shm_fuzz_${target}`), [
    `-max_total_time=${seconds}`,
    '-timeout=20', // seconds for one input
    '-print_final_stats=1',
    `-dict=${join(root, 'core/test/fuzz/words.dict')}`,
    `-artifact_prefix=${join(root, 'build/fuzz/findings', target)}-`,
    found, // written to
    corpusOf(target),
  ], { env: settings });
}

async function minimise() {
  const seeds = join(root, 'build/fuzz/seeds');
  rmSync(seeds, { recursive: true, force: true });
  mkdirSync(seeds, { recursive: true });
  await run(join(programs, 'shm_fuzz_seeds'), [seeds]);
  for (const target of values.only.filter((name) => name !== 'scribbler')) {
    const corpus = corpusOf(target);
    const smaller = `${corpus}.new`;
    mkdirSync(corpus, { recursive: true });
    mkdirSync(smaller, { recursive: true });
    const from = [join(seeds, target), corpus, join(root, 'build/fuzz/corpus', target)];
    for (const folder of from) mkdirSync(folder, { recursive: true });
    // One for each edge, and not for how often: the corpus stays small.
    const args = ['-set_cover_merge=1', '-use_counters=0', smaller, ...from];
    const { ok, output } = await run(join(programs, `shm_fuzz_${target}`), args, { env: settings });
    if (!ok) {
      console.log(output.trimEnd());
      process.exitCode = 1;
      return;
    }
    // What once was a finding stays, and what takes no new way but goes on where there is no bound.
    for (const folder of from) {
      for (const name of readdirSync(folder).filter((file) => /^(finding|storm)-/.test(file))) {
        copyFileSync(join(folder, name), join(smaller, name));
      }
    }
    rmSync(corpus, { recursive: true });
    renameSync(smaller, corpus);
    console.log(`${target}: ${readdirSync(corpus).length} inputs`);
  }
}

function corpusOf(target) {
  return join(root, 'core/test/fuzz/corpus', target);
}
