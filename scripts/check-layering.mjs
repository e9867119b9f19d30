// Checks the direction of every #include, import and require, and prints `file:line rule-id reason`.
//   node scripts/check-layering.mjs [--root DIR]
// Direction: cli -> lib -> binding -> core; inside the core the order stands in layering/core-order.mjs.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findCycles } from './layering/cycles.mjs';
import { nativeRules } from './layering/native-rules.mjs';
import { readSource } from './layering/source.mjs';
import { scriptRules } from './layering/script-rules.mjs';
import { sourceFiles } from './source-files.mjs';
import { root as ownRoot } from './tools.mjs';

// What may break a rule, each with its reason: { file, rule, reason }. One that is not needed any more is reported.
const exceptions = [
  { file: 'test/package/layering.test.ts', rule: 'L9', reason: 'quotes what this check has to find' },
];

const { values } = parseArgs({ options: { root: { type: 'string', default: ownRoot } } });
const root = resolve(values.root);
const read = (file) => readSource(file, readFileSync(join(root, file), 'utf8'));
const native = sourceFiles(root, ['core', 'binding', 'bench', 'examples', 'test'], /\.(hpp|cpp|h|c)$/).map(read);
const scripts = sourceFiles(root, ['lib', 'cli', 'examples', 'test', 'bench', 'scripts'], /\.[cm]?[jt]s$/).map(read);

const findings = [
  ...native.flatMap(nativeRules),
  ...scripts.flatMap(scriptRules),
  ...findCycles(native),
  ...findCycles(scripts),
];
const isExcepted = (finding) => exceptions.some(({ file, rule }) => file === finding.file && rule === finding.rule);
const needless = exceptions
  .filter(({ file, rule }) => !findings.some((finding) => file === finding.file && rule === finding.rule))
  .map(({ file, rule }) => ({ file, line: 0, rule, reason: 'is an exception in check-layering.mjs, and not needed' }));

const reported = [...findings.filter((finding) => !isExcepted(finding)), ...(root === ownRoot ? needless : [])];
for (const { file, line, rule, reason } of reported) console.log(`${file}:${line} ${rule} ${reason}`);
if (reported.length === 0) console.log(`${native.length + scripts.length} files keep to the layers`);
process.exitCode = reported.length === 0 ? 0 : 1;
