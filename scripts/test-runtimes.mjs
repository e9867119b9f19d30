// `npm run test:runtimes`: the tests of the built package on every supported line of Node.js, on Bun and on Deno.
//   npm run test:runtimes -- --only node-24 --only bun
// A run of all of them writes docs/runtimes.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUp } from './setup.mjs';
import { sourceFiles } from './source-files.mjs';
import { progress, root, run } from './tools.mjs';

const folder = join(root, 'test/runtimes');
const watchdog = 5 * 60_000;
const nodeLike = {
  program: 'bin/node',
  test: (file) => ['--test', '--test-reporter=spec', file],
  counts: { passed: /^ℹ pass (\d+)$/m, failed: /^ℹ fail (\d+)$/m, skipped: /^ℹ skipped (\d+)$/m },
};
const others = {
  bun: {
    program: 'bin/bun',
    test: (file) => ['test', '--timeout', String(watchdog), `./${file}`],
    counts: { passed: /^ (\d+) pass$/m, failed: /^ (\d+) fail$/m, skipped: /^ (\d+) skip$/m },
  },
  deno: {
    program: 'deno',
    test: (file) => ['test', '--allow-all', '--no-check', file],
    counts: { passed: /(\d+) passed/, failed: /(\d+) failed/, skipped: /(\d+) ignored/ },
  },
};

const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });

await setUp({ dev: true, tests: true });
await progress('runtimes', () => run('npm', ['ci', '--prefix', folder, '--ignore-scripts']));
const files = sourceFiles(root, ['test/compat', 'test/process'], /\.test\.ts$/)
  .map((file) => `build/ts/${file.replace(/ts$/, 'js')}`);

const results = [];
for (const name of values.only ?? Object.keys(dependencies)) results.push(await testOn(name));
if (values.only === undefined) writeFileSync(join(root, 'docs/runtimes.md'), page(results));
const bad = results.filter(({ failing }) => failing.length > 0).length;
console.log(`\n${results.length - bad} passed, ${bad} failed`);
process.exitCode = bad === 0 ? 0 : 1;

async function testOn(name) {
  const runtime = others[name] ?? nodeLike;
  const program = join(folder, 'node_modules', name, runtime.program);
  const version = /[\d.]+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))[0];
  const result = { name: `${name.replace(/-.*/, '')} ${version}`, passed: 0, failed: 0, skipped: 0, failing: [] };
  for (const file of files) {
    const { ok, output } = await run(program, runtime.test(file), { env: { ...process.env, NO_COLOR: '1' }, timeout: watchdog });
    for (const [key, pattern] of Object.entries(runtime.counts)) result[key] += Number(pattern.exec(output)?.[1] ?? 0);
    if (ok) continue;
    result.failing.push(file.replace('build/ts/', '').replace(/js$/, 'ts'));
    console.log(output);
  }
  const { passed, failed, skipped, failing } = result;
  console.log(`${result.name}: ${passed} passed, ${failed} failed, ${skipped} skipped ${failing.join(' ')}`);
  return result;
}

function page(all) {
  const rows = all.map(({ name, passed, failed, skipped, failing }) =>
    `| ${name} | ${passed} | ${failed} | ${skipped} | ${failing.join(', ')} |`);
  return [
    '# Runtimes', '',
    'The same built addon and the same tests (`test/compat`, `test/process`) on each runtime, Linux x64.',
    'Written by `npm run test:runtimes`. What a runtime lacks is skipped: `Float16Array` before Node 24, arrays above',
    '4 GiB on Node 20 and Bun.', '',
    '| runtime | passed | failed | skipped | files with failures |', '|---|---|---|---|---|', ...rows, '',
  ].join('\n');
}
