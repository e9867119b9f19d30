// `npm run test:runtimes`: the tests of the built package on every supported line of Node.js.
//   npm run test:runtimes -- --only node-24
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUp } from './setup.mjs';
import { sourceFiles } from './source-files.mjs';
import { progress, root, run, seconds } from './tools.mjs';

const folder = join(root, 'test/runtimes');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const names = values.only ?? Object.keys(dependencies);

await setUp({ dev: true, tests: true });
await progress('runtimes', () => run('npm', ['ci', '--prefix', folder, '--ignore-scripts']));
const files = sourceFiles(root, ['test/compat', 'test/process'], /\.test\.ts$/)
  .map((file) => `build/ts/${file.replace(/ts$/, 'js')}`);

let failures = 0;
for (const name of names) {
  const program = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(program)) throw new Error(`there is no runtime ${name}; test/runtimes/package.json lists them`);
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  const start = performance.now();
  const { ok, output } = await run(program, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files]);
  const count = (word) => new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? '?';
  console.log(`${version}: ${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped, ${seconds(start)}`);
  if (!ok) {
    failures += 1;
    console.log(output);
  }
}
console.log(`\n${names.length - failures} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
