// Runs clang-tidy over every C++ file that build/release compiles. A file found clean is not looked at again until it,
// its command, a header of ours or the configuration changes: build/tidy/ holds one empty file for each such state.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { sourceFiles } from './source-files.mjs';
import { requireTools, root, run } from './tools.mjs';

const commandFile = join(root, 'build/release/compile_commands.json');
const stateFolder = join(root, 'build/tidy');
const ours = /^(core|binding|bench|examples|test)\//;

requireTools(['clang-tidy']);
if (!existsSync(commandFile)) {
  console.error('build/release/compile_commands.json is missing: run node scripts/build-addon.mjs --tests first');
  process.exit(1);
}
mkdirSync(stateFolder, { recursive: true });

const headers = sourceFiles(root, ['core', 'binding', 'bench', 'examples', 'test'], /\.(hpp|h)$/);
const common = [
  readFileSync(join(root, '.clang-tidy')),
  spawnSync('clang-tidy', ['--version']).stdout,
  ...headers.map((file) => readFileSync(join(root, file))),
];
const commands = JSON.parse(readFileSync(commandFile, 'utf8')).filter(({ file }) => ours.test(relative(root, file)));
// A source that several targets compile is checked once: their commands differ in nothing that a check looks at.
const units = [...new Map(commands.map((unit) => [unit.file, unit])).values()];
const changed = units.filter((unit) => !existsSync(stateOf(unit)));
const waiting = [...changed];

await Promise.all(Array.from({ length: availableParallelism() }, async () => {
  for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) await check(unit);
}));
console.log(`${changed.length} files checked, ${units.length - changed.length} unchanged`);

async function check(unit) {
  // clang does not know all warnings of the compiler that the command was written for.
  const known = ['--extra-arg=-Wno-unknown-warning-option', '--extra-arg=-Wno-ignored-optimization-argument'];
  const { ok, output } = await run('clang-tidy', ['-p', join(root, 'build/release'), '--quiet', ...known, unit.file]);
  if (ok) return writeFileSync(stateOf(unit), '');
  process.exitCode = 1;
  console.log(output.replace(/^(\d+ warnings?.* generated\.|note: this fix will not be applied .*)\n/gm, '').trim());
}

function stateOf({ file, command }) {
  const hash = createHash('sha256');
  for (const part of [...common, command, readFileSync(file)]) hash.update(part).update('\0');
  return join(stateFolder, hash.digest('hex'));
}
