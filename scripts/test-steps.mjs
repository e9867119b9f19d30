// The steps of `npm test`: what each runs, which optional tools it needs, and how its output is put into one line.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { leftovers, sharedMemory } from './leftovers.mjs';
import { sourceFiles } from './source-files.mjs';
import { compiler, root } from './tools.mjs';

const memoryBefore = sharedMemory();

/**
 * Each step has a `name`; `about`, a line for --list; `needs`, optional tools of tools.mjs; `commands`, a function that
 * answers the commands to run one after the other, or says why there are none; or, in their place, `check`; and
 * `summary`, which finds the line to show in a good run's output. What takes longer comes later.
 */
export const steps = [
  {
    name: 'tools',
    about: 'the optional tools that the tests use are there',
    needs: ['clang-format', 'clang-tidy', 'clang++', 'python3', 'numpy', 'readelf'],
    commands: () => [],
    summary: () => 'all there',
  },
  script('layering', 'dependencies point down only', 'check-layering.mjs'),
  { ...script('format', 'clang-format would change nothing', 'check-format.mjs'), needs: ['clang-format'] },
  {
    name: 'types',
    about: 'programs in TypeScript that should compile do, and no others',
    commands: () => (existsSync(join(root, 'test/types/tsconfig.json')) ? [typeCheck('test/types')] : 'no test/types'),
    summary: () => 'as expected',
  },
  nodeTests('unit', ['unit']),
  core('core', 'release'),
  {
    name: 'soak',
    about: 'processes are killed at random, and nothing is lost, taken from the living, or stuck',
    commands: () => [build('release'), { argv: ['build/release/core/test/shm_soak', '50000'] }],
    summary: lastLine,
  },
  nodeTests('compat', ['compat']),
  nodeTests('api', ['api']),
  nodeTests('package', ['package']),
  nodeTests('process', ['process']),
  script('bench', 'every benchmark runs, briefly', 'bench.mjs', '--quick'),
  { ...script('tidy', 'clang-tidy has nothing to say', 'check-tidy.mjs'), needs: ['clang-tidy'] },
  core('core-asan', 'asan'),
  core('core-tsan', 'tsan', '^shm_(sync|stress)_tests$'),
  nodeTests('addon-asan', ['compat', 'api', 'process'], 'asan'),
  { ...script('fuzz', 'any bytes in a segment: no crash, no endless loop', 'fuzz.mjs'), needs: ['clang++'] },
  {
    name: 'leftovers',
    about: 'no shared memory and no process is left of all this',
    check: () => {
      const left = leftovers(memoryBefore);
      return { ok: left.length === 0, output: left.length === 0 ? 'nothing left' : left.join('\n') };
    },
    summary: lastLine,
  },
];

function script(name, about, file, ...args) {
  return { name, about, commands: () => [node(`scripts/${file}`, ...args)], summary: lastLine };
}

function core(name, preset, programs = '.') {
  return {
    name,
    about: `GoogleTest, preset ${preset}`,
    commands: () => [
      build(preset),
      { argv: ['ctest', '--test-dir', `build/${preset}`, '--output-on-failure', '--no-tests=error', '-R', programs] },
    ],
    summary: () => {
      const log = readFileSync(join(root, 'build', preset, 'Testing/Temporary/LastTest.log'), 'utf8');
      return `${googleTests(log, 'PASSED')} passed, ${googleTests(log, 'SKIPPED')} skipped`;
    },
  };
}

function nodeTests(name, folders, preset) {
  const paths = folders.map((folder) => `test/${folder}`);
  return {
    name,
    about: `node:test over ${paths.join(', ')}${preset === 'asan' ? ', the addon with ASan and UBSan' : ''}`,
    commands: () => {
      // From the list of sources, since build/ts may hold what was compiled of a deleted one.
      const files = sourceFiles(root, paths, /\.test\.ts$/).map((file) => `build/ts/${file.replace(/ts$/, 'js')}`);
      if (files.length === 0) return `no tests in ${paths.join(', ')}`;
      // One file at a time, because tests look at what the whole machine holds.
      const tests = node('--test', '--test-concurrency=1', '--test-reporter=spec', ...files);
      if (preset !== 'asan') return [tests];
      const library = sanitizerLibrary();
      if (library === undefined) return `${compiler()} has no libasan.so`;
      return [build(preset), { ...tests, env: sanitizerSettings(library) }];
    },
    summary: (output) => `${countOf(output, 'pass')} passed, ${countOf(output, 'skipped')} skipped`,
  };
}

function node(...args) {
  return { argv: [process.execPath, ...args] };
}

function typeCheck(project) {
  return node('node_modules/typescript/bin/tsc', '-p', project, '--pretty', 'false');
}

function build(preset) {
  return node('scripts/build-addon.mjs', preset, '--tests');
}

function googleTests(log, word) {
  const counts = log.matchAll(new RegExp(`\\[ +${word} +\\] (\\d+) tests?`, 'g'));
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

function countOf(output, word) {
  return new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1];
}

function sanitizerLibrary() {
  const library = spawnSync(compiler(), ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim();
  return isAbsolute(library) ? library : undefined;
}

function sanitizerSettings(library) {
  return {
    SHM_TYPED_ARRAY_ADDON: join(root, 'build/asan/shm.node'),
    LD_PRELOAD: library, // it has to come first in the process, and Node is not linked with it
    ASAN_OPTIONS: 'detect_leaks=0:handle_sigbus=0', // Node leaks on purpose when it exits; SIGBUS is a subject of tests
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    SHM_TEST_SLOW: '1', // fewer rounds
  };
}

function lastLine(output) {
  return output.trimEnd().split('\n').at(-1);
}
