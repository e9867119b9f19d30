// The addon runs wherever Node does: it needs no library but libc, and of that nothing younger than glibc 2.17.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { notRun } from '../support/not-run.js';
import { root } from '../support/paths.js';
import { run, temporaryFolder, tryRun, writeFiles } from './temporary.js';

const addon = join(root, 'build/release/shm.node');
const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const newest = [2, 17];

interface Symbol {
  readonly name: string;
  readonly version: string | undefined;
  readonly isDefined: boolean;
  readonly isWeak: boolean;
}

/** What an addon shall not have, each as one line. */
function faults(file: string): string[] {
  const dynamic = run('readelf', ['-dW', file]);
  const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, library]) => library!);
  const symbols = dynamicSymbols(file);
  const exported = symbols.filter((symbol) => symbol.isDefined).map(({ name }) => name);
  return [
    ...needed.filter((library) => library !== 'libc.so.6').map((library) => `needs ${library}`),
    .../\(FLAGS_1\).*NODELETE/.test(dynamic) ? [] : ['is unloaded: no NODELETE'],
    .../\((RPATH|RUNPATH|TEXTREL)\)/.test(dynamic) ? ['has a path or text relocations'] : [],
    ...symbols.filter((symbol) => !symbol.isDefined).flatMap(faultOfImport),
    ...exported.filter((name) => !entryPoints.includes(name)).map((name) => `exports ${name}`),
    ...entryPoints.filter((name) => !exported.includes(name)).map((name) => `lacks ${name}`),
  ];
}

function faultOfImport({ name, version, isWeak }: Symbol): string[] {
  if (/_chk$/.test(name)) return [`imports ${name}, which musl does not have`];
  if (version === undefined) return isWeak || /^(napi|node_api)_/.test(name) ? [] : [`imports ${name} from nowhere`];
  const numbers = /^GLIBC_(\d+)\.(\d+)(\.\d+)?$/.exec(version)?.slice(1, 3).map(Number);
  if (numbers === undefined) return [`imports ${name} of ${version}`];
  const [major, minor] = numbers as [number, number];
  return major > newest[0]! || (major === newest[0] && minor > newest[1]!) ? [`imports ${name} of ${version}`] : [];
}

function dynamicSymbols(file: string): Symbol[] {
  // number, value, size, type, binding, visibility, section, name
  const row = /^ *\d+: [0-9a-f]+ +\S+ +\w+ +(GLOBAL|WEAK) +\w+ +(\w+) (\w+)(?:@+(\S+))?/gm;
  return [...run('readelf', ['--dyn-syms', '-W', file]).matchAll(row)].map(([, binding, section, name, version]) =>
    ({ name: name!, version, isDefined: section !== 'UND', isWeak: binding === 'WEAK' }));
}

function unlessMissing(t: TestContext, programs: readonly string[]): boolean {
  const missing = programs.filter((program) => {
    try {
      return tryRun(program, ['--version']).status !== 0;
    } catch {
      return true;
    }
  });
  if (missing.length > 0) notRun(t, `needs ${missing.join(', ')}`);
  return missing.length === 0;
}

test('the addon has no fault', (t) => {
  if (!unlessMissing(t, ['readelf'])) return;
  assert.ok(existsSync(addon), `${addon} is missing`);
  assert.deepEqual(faults(addon), []);
});

const clean = `
  void napi_register_module_v1(void) {}
  int node_api_module_get_api_version_v1(void) { return 8; }
`;
const atLoad = '__attribute__((constructor)) static void start(void)';
const flags = ['-Wl,-z,nodelete'];

interface Library {
  readonly source: string;
  readonly flags: readonly string[];
  readonly faults: readonly string[];
}

/** Each of these libraries breaks one rule, but the first. */
const libraries: Readonly<Record<string, Library>> = {
  'nothing at all': { source: clean, flags, faults: [] },
  'the flag': { source: clean, flags: [], faults: ['is unloaded: no NODELETE'] },
  'exports': { source: `${clean} int helper(void) { return 1; }`, flags, faults: ['exports helper'] },
  'entry points': { source: 'void napi_register_module_v1(void) {}', flags, faults: [`lacks ${entryPoints[1]}`] },
  'libraries': { source: clean, flags: [...flags, '-Wl,--no-as-needed', '-lm'], faults: ['needs libm.so.6'] },
  'fortified calls': {
    source: `#include <stdio.h>
      ${clean} ${atLoad} { char text[8]; snprintf(text, (size_t)getchar(), "%p", (void *)text); }`,
    flags: [...flags, '-O2', '-D_FORTIFY_SOURCE=2'],
    faults: ['imports __snprintf_chk, which musl does not have'],
  },
  'young symbols': {
    source: `#include <sys/random.h>
      ${clean} ${atLoad} { char byte; getentropy(&byte, 1); }`,
    flags: [...flags, '-D_DEFAULT_SOURCE'],
    faults: ['imports getentropy of GLIBC_2.25'],
  },
};

for (const [what, library] of Object.entries(libraries)) {
  test(`the same check on a library that breaks the rule for ${what}`, (t) => {
    if (!unlessMissing(t, ['readelf', 'cc'])) return;
    const folder = temporaryFolder();
    const file = join(folder, 'library.so');
    writeFiles(folder, { 'library.c': library.source });
    run('cc', ['-shared', '-fPIC', '-fno-stack-protector', join(folder, 'library.c'), '-o', file, ...library.flags]);
    assert.deepEqual(faults(file), library.faults);
  });
}
