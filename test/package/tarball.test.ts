// What `npm pack` makes, installed into an empty project: its files, and that it works in every way of loading it.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { root } from '../support/paths.js';
import { expected, programs, typedPrograms } from './consumers.js';
import { run, temporaryFolder, tryRun, writeFiles } from './temporary.js';

const modules = join(root, 'node_modules');
const notSource = new Set(['.git', 'node_modules', 'build', 'dist', 'prebuilds']);
const folder = temporaryFolder();
const copy = join(folder, 'checkout');
const project = join(folder, 'project');
const installed = join(project, 'node_modules/shm-typed-array');
let tarball = '';

expectNothingLeft();

before(() => {
  // A copy, since packing builds everything anew.
  cpSync(root, copy, { recursive: true, filter: (path) => !notSource.has(basename(path)) });
  symlinkSync(modules, join(copy, 'node_modules'));
  writeFiles(copy, { 'dist/of-a-deleted-source.js': '', 'build/stray.txt': '', 'core/src/.stray.swp': '' });
  run('npm', ['pack', '--pack-destination', folder], { cwd: copy });
  tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz'))!);

  mkdirSync(project);
  writeFiles(project, { 'package.json': '{ "name": "project", "private": true }', ...programs, ...typedPrograms });
  run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball], { cwd: project });
});

function filesOf(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name), `${prefix}${entry.name}/`) : [prefix + entry.name]);
}

test('it holds what is used, what builds the addon, and documents: nothing else', () => {
  const allowed = [
    /^examples\/[\w/.-]+$/,
    /^(package\.json|README\.md|ARCHITECTURE\.md|CONTRIBUTING\.md|LICENSE|CHANGELOG\.md|CMakeLists\.txt|CMakePresets\.json)$/,
    /^dist\/[\w-]+\.(js|d\.ts)$/,
    /^prebuilds\/linux-(x64|arm64)\.node$/,
    /^core\/(CMakeLists\.txt|include\/shm\/[\w/]+\.hpp|src\/[\w/]+\.[ch]pp)$/,
    /^binding\/(CMakeLists\.txt|\w+\.[ch]pp)$/,
    /^cmake\/[\w-]+\.cmake(\.in)?$/,
    /^scripts\/(build-addon|tools)\.mjs$/,
    /^docs\/[\w./-]+\.(md|svg|json)$/,
  ];
  const files = filesOf(installed);
  assert.deepEqual(files.filter((file) => !allowed.some((pattern) => pattern.test(file))), []);
  const needed = [
    'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts', 'core/CMakeLists.txt', 'CMakeLists.txt',
    `prebuilds/${process.platform}-${process.arch}.node`,
  ];
  assert.deepEqual(needed.filter((file) => !files.includes(file)), []);

  // From the sources that there are: nothing of a build before, nothing forgotten.
  const sources = readdirSync(join(root, 'lib')).map((file) => basename(file, '.ts'));
  const compiled = sources.flatMap((name) => [`${name}.d.ts`, `${name}.js`]);
  assert.deepEqual(readdirSync(join(installed, 'dist')).sort(), compiled.sort());
});

test('no file of it names a folder of the machine that made it', () => {
  for (const file of filesOf(installed)) {
    const content = readFileSync(join(installed, file), 'latin1');
    for (const path of [copy, root, process.env['HOME']!]) {
      if (path.length > 5) assert.ok(!content.includes(path), `${file} contains ${path}`);
    }
  }
});

test('nothing runs when it is installed', () => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, object>;
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare'];
  assert.deepEqual(atInstall.filter((name) => name in manifest['scripts']!), []);
  assert.deepEqual(['dependencies', 'optionalDependencies', 'gypfile'].filter((name) => name in manifest), []);
  assert.ok(!existsSync(join(installed, 'binding.gyp')), 'npm would build it');
});

test('publint has nothing to say', () => {
  const args = [join(modules, '.bin/publint'), 'run', tarball, '--strict'];
  const { status, stdout, stderr } = tryRun(process.execPath, args);
  assert.equal(status, 0, stdout + stderr);
});

test('attw finds the types right in every way of resolving them', () => {
  // It does not know that Node can require() ES modules.
  const args = [join(modules, '.bin/attw'), tarball, '--ignore-rules', 'cjs-resolves-to-esm', '--no-emoji'];
  const { status, stdout, stderr } = tryRun(process.execPath, args);
  assert.equal(status, 0, stdout + stderr);
});

for (const program of Object.keys(programs)) {
  test(`an installed one works: ${program}`, () => {
    const { status, stdout, stderr } = tryRun(process.execPath, [join(project, program), uniqueName()]);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${expected}\n`, stderr: '' });
  });
}

test('its types compile in strict TypeScript, and the programs then run', () => {
  const compilerOptions = {
    module: 'nodenext', target: 'es2022', strict: true, exactOptionalPropertyTypes: true,
    types: ['node'], typeRoots: [join(modules, '@types')], outDir: 'out',
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(typedPrograms) }));
  run(process.execPath, [join(modules, 'typescript/bin/tsc'), '-p', project]);
  for (const program of Object.keys(typedPrograms)) {
    const compiled = join(project, 'out', program.replace('ts', 'js'));
    assert.equal(run(process.execPath, [compiled, uniqueName()]), `${expected}\n`);
  }
});

test('its addon can be built from the sources it carries, without development packages', () => {
  symlinkSync(join(modules, 'node-api-headers'), join(project, 'node_modules/node-api-headers'));
  run('npm', ['run', 'build:addon'], { cwd: installed });
  const built = join(installed, 'build/release/shm.node');
  assert.ok(existsSync(built));
  const env = { SHM_TYPED_ARRAY_ADDON: built };
  assert.equal(run(process.execPath, [join(project, 'require.cjs'), uniqueName()], { env }), `${expected}\n`);
});
