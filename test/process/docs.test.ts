// The documents are true as far as a machine can tell: their programs run, their links lead somewhere, and what they
// list is all there is.
//
// A comment before a fenced block says what the block is:
//   <!-- test: runs -->                  a whole program
//   <!-- test: runs, shm imported -->    one that begins with `import shm from 'shm-typed-array'`; or, of Segment,
//                                        with `import { Segment } from 'shm-typed-array'`
//   <!-- test: prints -->                what the program before it prints
//   <!-- test: file NAME -->             a file that programs of the page use; a source in C, C++ or Rust is compiled
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, parse, relative, resolve } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { notRun } from '../support/not-run.js';
import { root } from '../support/paths.js';
import { lacks } from '../support/runtime.js';

interface Block {
  readonly language: string;
  readonly mark: string | undefined;
  readonly text: string;
  readonly line: number;
}

const { leftovers, sharedMemory } = await import(join(root, 'scripts/leftovers.mjs')) as {
  leftovers(before: Map<string, string>): string[];
  sharedMemory(): Map<string, string>;
};

const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md')).map((file) => join('docs', file)),
].sort();

const extensions: Record<string, string> = { js: 'mjs', mjs: 'mjs', cjs: 'cjs', python: 'py', c: 'c', cpp: 'cpp', rust: 'rs' };
const core = ['-I', join(root, 'core/include'), join(root, 'build/release/core/libshm_core.a')];
const compilers: Record<string, (source: string, output: string) => string[]> = {
  '.c': (source, output) => [process.env['CC'] ?? 'cc', '-std=c11', '-D_GNU_SOURCE', '-Wall', '-Werror', source, '-o', output, '-lrt'],
  '.cpp': (source, output) => [process.env['CXX'] ?? 'c++', '-std=c++20', '-O2', '-Wall', '-Werror', source, ...core, '-o', output],
  '.rs': (source, output) => ['rustc', '--edition', '2021', '-D', 'warnings', source, '-o', output],
};
/** What not everybody has, and the package does not need. */
const optional = new Set(['rustc']);
/** Milliseconds that other programs of the machine get to clean up. */
const patience = 5000;
/** Pages that a script writes. */
const written = new Set(['docs/benchmarks.md', 'docs/runtimes.md']);

for (const page of pages) {
  const blocks = blocksOf(page);
  if (!blocks.some(({ mark }) => mark?.startsWith('runs'))) continue;
  describe(page, { skip: lacks.documents }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'shm-docs-'));
    after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/shm-typed-array'));
    const missing = new Map<string, string>();
    for (const { mark, text } of blocks) {
      const [, file] = /^file (\S+)$/.exec(mark ?? '') ?? [];
      if (file !== undefined) writeFile(folder, file, text, missing);
    }
    for (const [index, block] of blocks.entries()) {
      if (!block.mark?.startsWith('runs')) continue;
      const output = blocks[index + 1]?.mark === 'prints' ? blocks[index + 1]!.text : undefined;
      test(`line ${block.line} runs`, (t) => checkProgram(t, folder, block, output, missing));
    }
  });
}

test('every mark is understood, and stands before a block', () => {
  for (const page of pages) {
    const blocks = blocksOf(page);
    const marks = blocks.flatMap(({ mark }) => mark ?? []);
    assert.equal(marks.length, read(page).match(/^<!-- test: .*-->$/gm)?.length ?? 0, page);
    for (const mark of marks) assert.match(mark, /^(runs(, (shm|(Managed)?Segment) imported)?|prints|file [\w.-]+)$/, page);
    for (const [index, { mark, line }] of blocks.entries()) {
      if (mark === 'prints') assert.ok(blocks[index - 1]?.mark?.startsWith('runs'), `${page}:${line}`);
    }
  }
});

test('every link to a file or a heading leads there', () => {
  const broken: string[] = [];
  for (const page of pages) {
    const text = withoutCode(read(page));
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [path = '', anchor] = target!.split('#');
      const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
      if (!existsSync(file)) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined && !anchorsOf(file).has(anchor)) broken.push(`${page}: ${target} (no such heading)`);
    }
  }
  assert.deepEqual(broken, []);
});

test('every document that a source names exists', () => {
  const sources = ['core', 'binding', 'lib', 'scripts', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)));
  const broken: string[] = [];
  for (const source of [...sources, 'CMakeLists.txt'].filter((file) => /\.([hc]pp|[cm]?[jt]s|txt)$/.test(file))) {
    for (const [, file, anchor] of read(source).matchAll(/\b(docs\/[\w./-]+\.md)(?:#([\w-]+))?/g)) {
      const path = join(root, file!);
      if (written.has(file!)) continue;
      if (!existsSync(path) || (anchor !== undefined && !anchorsOf(path).has(anchor))) broken.push(`${source}: ${file}#${anchor}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('docs/troubleshooting.md has an entry for every error code', () => {
  const page = read('docs/troubleshooting.md');
  const [, enumerators = ''] = /enum class Errc [^{]*\{([^}]*)\}/.exec(read('core/include/shm/error.hpp')) ?? [];
  const names = [...enumerators.matchAll(/^\s*(\w+),/gm)].map(([, name]) => name!);
  assert.ok(names.includes('system') && names.length > 3, 'the enumerators are not where they were');
  for (const name of names) assert.ok(page.includes(`\`Errc::${name}\``), `no Errc::${name}`);

  const lib = readdirSync(join(root, 'lib')).map((file) => read(join('lib', file))).join('\n');
  const codes = new Set([...lib.matchAll(/'(ERR_[A-Z_]+[A-Z])'/g)].map(([, code]) => code!));
  assert.ok(codes.has('ERR_SHM_UNTRUSTED') && codes.size > 5, 'the codes are not where they were');
  const headings = headingsOf(page).join('\n');
  for (const code of codes) assert.match(headings, new RegExp(`\\b${code}\\b`));
});

test('docs/api.md has a place for every export', () => {
  const exported = [...read('lib/api.ts').matchAll(/\{([^}]*)\}/g)]
    .flatMap(([, names]) => names!.match(/\w+/g)!).filter((name) => name !== 'type');
  assert.ok(exported.includes('create') && exported.includes('Shm'), 'the exports are not where they were');
  const page = read('docs/api.md');
  const headings = headingsOf(page).join('\n');
  for (const name of exported) {
    const isFunction = /^[a-z]/.test(name);
    assert.match(isFunction ? headings : page, new RegExp(`\\b${name}\\b`), `${name} is not described`);
  }
});

function writeFile(folder: string, file: string, text: string, missing: Map<string, string>): void {
  writeFileSync(join(folder, file), text);
  const { name, ext } = parse(file);
  if (compilers[ext] === undefined) return;
  const lacking = compile(folder, file, name);
  if (lacking !== undefined) missing.set(name, lacking);
}

/** @returns the compiler that is not there */
function compile(folder: string, source: string, output: string): string | undefined {
  const [compiler, ...args] = compilers[extname(source)]!(source, output);
  const { error, status, stderr } = spawnSync(compiler!, args, { cwd: folder, encoding: 'utf8', env: ordinaryEnvironment() });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return compiler;
  if (optional.has(compiler!) && /rustup|no override/.test(stderr)) return compiler;
  assert.equal(status, 0, `${source} does not compile:\n${stderr}`);
  return undefined;
}

async function checkProgram(
  t: TestContext, folder: string, block: Block, output: string | undefined, missing: Map<string, string>,
): Promise<void> {
  const extension = extensions[block.language];
  assert.ok(extension !== undefined, `a program in ${block.language}?`);
  const file = `program-${block.line}.${extension}`;
  const [, imported] = /^runs, (\w+) imported$/.exec(block.mark ?? '') ?? [];
  const what = imported?.endsWith('Segment') ? `{ ${imported} }` : imported;
  writeFileSync(join(folder, file), what === undefined ? block.text : `import ${what} from 'shm-typed-array';\n${block.text}`);

  const lacking = tool(folder, file) ?? [...missing].find(([name]) => block.text.includes(`./${name}`))?.[1]
    ?? (block.text.includes('python3') ? lackingProgram('python3') : undefined);
  if (lacking !== undefined) return optional.has(lacking) ? t.skip(`needs ${lacking}`) : notRun(t, `needs ${lacking}`);

  await namesAreFree(block.text);
  const before = sharedMemory();
  const [program, ...args] = command(file);
  const options = { cwd: folder, encoding: 'utf8', env: environment(), timeout: 120_000, killSignal: 'SIGKILL' } as const;
  const { status, signal, stdout, stderr } = spawnSync(program!, args, options);
  assert.equal(status, 0, `ended with ${status ?? signal}:\n${stdout}${stderr}`);
  assert.equal(stderr, '');
  if (output !== undefined) assert.equal(stdout.trimEnd(), output.trimEnd());
  assert.deepEqual(await leftAfter(before), [], 'left behind');
}

/** What is missing to run a program; one that has to be compiled is, under its name without extension. */
function tool(folder: string, file: string): string | undefined {
  if (file.endsWith('.py')) return lackingProgram('python3');
  return compilers[extname(file)] === undefined ? undefined : compile(folder, file, parse(file).name);
}

function lackingProgram(name: string): string | undefined {
  return spawnSync(name, ['--version']).status === 0 ? undefined : name;
}

function command(file: string): string[] {
  if (file.endsWith('.py')) return ['python3', file];
  return file.endsWith('js') ? [process.execPath, file] : [`./${parse(file).name}`];
}

/** The documents use plain names, and a program must not destroy what somebody else has under one. */
async function namesAreFree(text: string): Promise<void> {
  const names = [...text.matchAll(/'\/([\w-]+)'/g)].map(([, name]) => name!);
  const taken = () => names.filter((name) => existsSync(`/dev/shm/${name}`));
  const end = Date.now() + patience;
  while (taken().length > 0 && Date.now() < end) await sleep(50);
  assert.deepEqual(taken(), [], 'there already in /dev/shm');
}

/** Other programs of the machine make and destroy memory too: what is left of ours stays there. */
async function leftAfter(before: Map<string, string>): Promise<string[]> {
  let left = leftovers(before);
  const end = Date.now() + patience;
  while (left.length > 0 && Date.now() < end) {
    await sleep(50);
    const now = new Set(leftovers(before));
    left = left.filter((what) => now.has(what));
  }
  return left;
}

function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT, NODE_OPTIONS, SHM_TYPED_ARRAY_QUIET, ...rest } = process.env;
  return rest;
}

/** For programs that are not under test. */
function ordinaryEnvironment(): NodeJS.ProcessEnv {
  const { LD_PRELOAD, ...rest } = environment();
  return rest;
}

function blocksOf(page: string): Block[] {
  const pattern = /^(?:<!-- test: (.*) -->\n)?(`{3,})(\w*)\n([\s\S]*?)^\2$/gm;
  const text = read(page);
  return [...text.matchAll(pattern)].map(({ index, 1: mark, 3: language, 4: code }) => ({
    mark, language: language!, text: code!, line: text.slice(0, index).split('\n').length,
  }));
}

function withoutCode(text: string): string {
  return text.replace(/^(`{3,})[\s\S]*?^\1$/gm, '').replace(/`[^`\n]*`/g, '');
}

function headingsOf(text: string): string[] {
  return [...text.replace(/^(`{3,})[\s\S]*?^\1$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headingsOf(read(relative(root, file)))) {
    const slug = heading.trim().toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy++) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
