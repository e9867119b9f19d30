// Which addon is loaded, and what is said when there is none.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { root } from '../support/paths.js';
import { type Outcome, temporaryFolder, tryRun } from './temporary.js';

const addon = join(root, 'build/release/shm.node');
const target = `${process.platform}-${process.arch}`;
const variable = 'SHM_TYPED_ARRAY_ADDON';

/** A copy of the library without any addon. */
function libraryAlone(): string {
  const folder = temporaryFolder();
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  return folder;
}

function putAddon(folder: string, path: string, content?: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  if (content === undefined) copyFileSync(addon, file);
  else writeFileSync(file, content);
  return file;
}

/** Loads the library; prints `works`, or the code and the message of the error. */
function load(folder: string, env: Record<string, string> = {}): Outcome {
  const program = `
    try {
      const { default: shm } = await import(${JSON.stringify(join(folder, 'dist/index.js'))});
      console.log(shm.getTotalSize() === 0 ? 'works' : 'what?');
    } catch (error) {
      console.log(error.code + '\\n' + error.message);
    }
  `;
  return tryRun(process.execPath, ['--input-type=module', '--eval', program], { env });
}

const works: Outcome = { status: 0, stdout: 'works\n', stderr: '' };

test('without an addon the error says the platform, what was tried and why it failed, and the ways out', () => {
  const { stdout } = load(libraryAlone());
  assert.match(stdout, /^ERR_SHM_UNSUPPORTED\n/);
  assert.match(stdout, new RegExp(`no addon for ${target}`));
  assert.match(stdout, /^ {2}build\/release\/shm\.node: Cannot find module /m);
  assert.match(stdout, new RegExp(`^ {2}prebuilds/${target}\\.node: Cannot find module `, 'm'));
  assert.match(stdout, /npm explore shm-typed-array -- npm run build:addon/);
  assert.match(stdout, new RegExp(variable));
});

test('a prebuilt addon is enough', () => {
  const folder = libraryAlone();
  putAddon(folder, `prebuilds/${target}.node`);
  assert.deepEqual(load(folder), works);
});

test('an addon that was built here comes first', () => {
  const folder = libraryAlone();
  putAddon(folder, 'build/release/shm.node');
  putAddon(folder, `prebuilds/${target}.node`, 'not loaded');
  assert.deepEqual(load(folder), works);
});

test('one that can not be loaded is passed over, and mentioned when no other can', () => {
  const folder = libraryAlone();
  putAddon(folder, 'build/release/shm.node', 'no addon at all');
  const prebuilt = putAddon(folder, `prebuilds/${target}.node`);
  assert.deepEqual(load(folder), works);
  rmSync(prebuilt);
  const { stdout } = load(folder);
  assert.match(stdout, /^ERR_SHM_UNSUPPORTED\n/);
  assert.match(stdout, /^ {2}build\/release\/shm\.node: .*(invalid ELF header|file too short)/m);
});

test(`${variable} comes before all others`, () => {
  const folder = libraryAlone();
  putAddon(folder, 'build/release/shm.node', 'not loaded');
  const own = putAddon(temporaryFolder(), 'own.node');
  assert.deepEqual(load(folder, { [variable]: own }), works);
});

const mistakes: Readonly<Record<string, (file: string) => void>> = {
  'nothing': () => {},
  'no addon': (file) => writeFileSync(file, 'no addon at all'),
  'a folder': (file) => mkdirSync(file),
};
for (const [what, prepare] of Object.entries(mistakes)) {
  test(`${variable} pointing to ${what} is an error that names both, although another addon is there`, () => {
    const folder = libraryAlone();
    putAddon(folder, 'build/release/shm.node');
    const own = join(folder, 'own.node');
    prepare(own);
    const { status, stdout } = load(folder, { [variable]: own });
    assert.equal(status, 0);
    assert.notEqual(stdout, 'works\n');
    assert.ok(stdout.includes(own), stdout);
    assert.ok(stdout.includes(variable), stdout);
  });
}
