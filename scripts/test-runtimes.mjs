// `npm run test:runtimes`: the tests of the built package on every supported line of Node.js.
//   npm run test:runtimes -- --only node-24
// A run of all of them writes docs/runtimes.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUp } from './setup.mjs';
import { sourceFiles } from './source-files.mjs';
import { progress, root, run } from './tools.mjs';

const folder = join(root, 'test/runtimes');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });

await setUp({ dev: true, tests: true });
await progress('runtimes', () => run('npm', ['ci', '--prefix', folder, '--ignore-scripts']));
const files = sourceFiles(root, ['test/compat', 'test/process'], /\.test\.ts$/)
  .map((file) => `build/ts/${file.replace(/ts$/, 'js')}`);

const results = [];
for (const name of values.only ?? Object.keys(dependencies)) results.push(await testOn(name));
if (values.only === undefined) writeFileSync(join(root, 'docs/runtimes.md'), page(results));
const bad = results.filter(({ ok }) => !ok).length;
console.log(`\n${results.length - bad} passed, ${bad} failed`);
process.exitCode = bad === 0 ? 0 : 1;

async function testOn(name) {
  const program = join(folder, 'node_modules', name, 'bin/node');
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  const { ok, output } = await run(program, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files]);
  const [passed, failed, skipped] = ['pass', 'fail', 'skipped'].map(
    (word) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1]),
  );
  if (!ok) console.log(output);
  console.log(`Node ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return { version, ok, passed, failed, skipped };
}

function page(all) {
  return [
    '# Runtimes', '',
    'The same built addon and the same tests (`test/compat`, `test/process`) on each line of Node.js, Linux x64. Written by',
    '`npm run test:runtimes`. What a runtime lacks is skipped: `Float16Array` before Node 24, arrays above 4 GiB and',
    '`ArrayBuffer.prototype.transfer()` on Node 20, the original 0.1.1 where it does not compile (Node 26).', '',
    '| Node.js | passed | failed | skipped |', '|---|---|---|---|',
    ...all.map(({ version, passed, failed, skipped }) => `| ${version} | ${passed} | ${failed} | ${skipped} |`), '',
  ].join('\n');
}
