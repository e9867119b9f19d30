// Builds the addon: node scripts/build-addon.mjs [release|debug|asan|tsan] [--tests]
// Also for users of the published package, who have no development packages:
//   npm explore shm-typed-array -- npm run build:addon
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMain, onPath, progress, requireTools, root, run } from './tools.mjs';

/**
 * Configures where needed and builds one preset into build/<preset>/, with `tests` the C++ tests, benchmarks and examples
 * too, with `bench` the benchmarks.
 */
export async function buildAddon(preset = 'release', { tests = false, bench = tests } = {}) {
  requireTools(['node', 'cmake', 'c++', 'make', ...(tests ? ['gtest'] : [])]);
  await progress(`addon ${preset}`, () => buildPreset(preset, cacheOptions(tests, bench)));
}

/** Builds a preset that is configured with these options of the CMake cache; answers what `run` does. */
export async function buildPreset(preset, options) {
  const folder = join(root, 'build', preset);
  if (!isConfigured(folder, options)) {
    const configured = await configure(preset, folder, options);
    if (!configured.ok) {
      rmSync(join(folder, 'CMakeCache.txt'), { force: true }); // the next run shall not take it for configured
      return configured;
    }
  }
  const built = await run('cmake', ['--build', folder, '--parallel', String(availableParallelism())]);
  return { ...built, upToDate: !/Building|Linking/.test(built.output) };
}

function cacheOptions(tests, bench) {
  return {
    SHM_BUILD_ADDON: 'ON',
    SHM_NODE_API_INCLUDE: nodeApiFolder(),
    ...(tests && { SHM_BUILD_TESTS: 'ON', SHM_BUILD_EXAMPLES: 'ON' }),
    ...(bench && { SHM_BUILD_BENCH: 'ON' }),
  };
}

function configure(preset, folder, options) {
  const cache = readCache(folder);
  const isOurs = cache.includes(`\nCMAKE_HOME_DIRECTORY:INTERNAL=${root}\n`);
  if (cache !== '' && !isOurs) rmSync(folder, { recursive: true }); // a copied tree: CMake refuses its old cache
  const generator = !isOurs && onPath('ninja') ? ['-G', 'Ninja'] : [];
  const definitions = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
  return run('cmake', ['--preset', preset, ...generator, ...definitions]);
}

function isConfigured(folder, options) {
  const cache = readCache(folder);
  const wanted = { ...options, CMAKE_HOME_DIRECTORY: root };
  const valueOf = (name) => new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(cache)?.[1];
  return Object.entries(wanted).every(([name, value]) => valueOf(name) === value);
}

function readCache(folder) {
  const file = join(folder, 'CMakeCache.txt');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function nodeApiFolder() {
  const folders = [packagedHeaders(), join(dirname(process.execPath), '..', 'include', 'node')];
  const found = folders.find((folder) => folder !== undefined && existsSync(join(folder, 'node_api.h')));
  if (found !== undefined) return found;
  console.error(
    'node_api.h was not found, neither in the npm package node-api-headers nor beside this Node.\n' +
    'Install one of them: npm install --save-dev node-api-headers, or the Debian package libnode-dev.',
  );
  process.exit(1);
}

function packagedHeaders() {
  try {
    return createRequire(import.meta.url)('node-api-headers').include_dir;
  } catch {
    return undefined;
  }
}

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { tests: { type: 'boolean' } } });
  await buildAddon(positionals[0], values);
}
