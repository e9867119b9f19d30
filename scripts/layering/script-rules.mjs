// The rules for TypeScript and JavaScript: L7 to L9 of the layering, and the direction between folders.
import { lineAt } from './source.mjs';

const layers = ['lib', 'cli']; // bottom to top
const notShipped = ['test', 'bench', 'examples', 'docs', 'scripts'];
const usesPackageName = /^(examples|test\/(api|compat|types|package))\//;
const shippedScripts = ['scripts/build-addon.mjs', 'scripts/tools.mjs'];

export function scriptRules(source) {
  const { file, references } = source;
  const broken = references.flatMap((reference) =>
    [...referenceRules(file, reference)].map(([rule, reason]) => ({ file, line: reference.line, rule, reason })));
  return [...broken, ...loaderRule(source), ...tableOfContentsRule(source)];
}

function* referenceRules(file, { text, target }) {
  const from = topFolder(file);
  const to = target === undefined ? undefined : topFolder(target);
  if (layers.includes(from)) {
    if (notShipped.includes(to)) yield ['direction', `what is shipped imports nothing from there: ${text}`];
    if (layers.indexOf(to) > layers.indexOf(from)) yield ['direction', `${from} stands below ${to}: ${text}`];
  }
  if (from === 'cli' && !(text.startsWith('node:') || to === 'cli' || target === 'lib/index.js')) {
    yield ['L8', `the command imports lib/index.js, node: modules and itself: ${text}`];
  }
  if (usesPackageName.test(file) && ['lib', 'dist', 'build', 'binding', 'core', 'cli'].includes(to)) {
    yield ['L9', `imports the package by its name, not ${text}`];
  }
  if (shippedScripts.includes(file) && !(text.startsWith('node:') || shippedScripts.includes(target))) {
    yield ['direction', `runs where nothing else is installed, so it can't import ${text}`];
  }
}

function* loaderRule({ file, code }) {
  if (!file.startsWith('lib/') || file === 'lib/native.ts') return;
  const reason = 'only native.ts knows the .node file and how to load it';
  for (const match of code.matchAll(/\.node['"`]|\bcreateRequire\b/g)) {
    yield { file, line: lineAt(code, match.index), rule: 'L7', reason };
  }
}

function* tableOfContentsRule({ file, code }) {
  if (file !== 'lib/index.ts' && file !== 'lib/api.ts') return;
  const isReExport = /^\s*(?:(?:import|export)\b[^;=]*\bfrom\s*['"][^'"]+['"]|export\s*\{[^}=]*\})?\s*$/;
  let start = 0;
  for (const statement of code.split(';')) {
    const line = lineAt(code, start + /^\s*/.exec(statement)[0].length);
    if (!isReExport.test(statement)) yield { file, line, rule: 'L7', reason: 'holds re-exports only' };
    start += statement.length + 1;
  }
}

function topFolder(path) {
  return path.split('/')[0];
}
