// The one set-up of a clone, behind `npm run demo`, `npm test` and `npm run bench`: does what is not done yet.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAddon } from './build-addon.mjs';
import { isMain, progress, requireTools, root, run } from './tools.mjs';

/**
 * Installs, builds the addon and the library; with `dev` the tests and benchmarks in TypeScript, with `bench` those in C++,
 * with `tests` both in C++.
 */
export async function setUp({ dev = false, tests = false, bench = tests } = {}) {
  requireTools(['node', 'npm', 'cmake', 'c++', 'make', ...(tests ? ['gtest'] : [])]);
  await progress('install', install);
  await buildAddon('release', { tests, bench });
  await progress('library', () => compile('tsconfig.json', 'dist', 'build/lib.tsbuildinfo'));
  if (dev) await progress('tests', () => compile('tsconfig.dev.json', 'build/ts', 'build/dev.tsbuildinfo'));
}

async function install() {
  if (isInstalled()) return { ok: true, upToDate: true };
  return run('npm', ['ci', '--include=dev']); // dev also where NODE_ENV says production
}

// npm writes down what it installed, so that a node_modules of the user's own `npm install` is as good as ours.
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = readJson(record).packages;
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  return Object.entries(wanted).every(([folder, { version, integrity, optional }]) => {
    if (folder === '' || optional) return true;
    const found = installed[folder];
    return found?.version === version && found.integrity === integrity && existsSync(join(root, folder));
  });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function compile(project, output, record) {
  // Without its output the record of the last run would make tsc write nothing.
  if (!existsSync(join(root, output))) rmSync(join(root, record), { force: true });
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project, '--pretty', 'false']);
}

if (isMain(import.meta.url)) await setUp({ dev: true });
