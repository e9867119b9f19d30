// load: the time that `import()` or `require()` of the package takes in a fresh process.
import { fileURLToPath } from 'node:url';
import type { BenchCase } from '../model.js';

const entries = { import: '../load/import.mjs', require: '../load/require.cjs' };
const once = { bytes: 0, segments: 0, count: 1, rounds: 1, warmup: 0 };

export const load: BenchCase = {
  name: 'load',
  title: 'loading the module',
  verb: 'load',
  kind: 'posix',
  unit: 'ms',
  full: once,
  quick: once,
  lines: ['ours', 'original'].flatMap((contender) => [
    { contender, variant: 'import' },
    { contender, variant: 'require' },
  ]),
  baseline: 'original, require',
  goals: [
    { line: 'ours, import', atMost: 15 },
    { line: 'ours, require', atMost: 15 },
  ],
  command(contender, line) {
    const entry = fileURLToPath(new URL(entries[line.variant as keyof typeof entries], import.meta.url));
    // Node 20 warns of require() of an ES module outside node_modules; a user's program does not print that.
    return [process.execPath, '--disable-warning=ExperimentalWarning', entry, contender.module!];
  },
};
