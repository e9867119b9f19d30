// Installs what bench/ needs, among it version 0.1.1 of this package (the original), and compiles that one's addon.
// Does nothing if all is there. Where the original can't be compiled, everything goes on without it and says why.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isMain, root, run } from './tools.mjs';

const modules = join(root, 'bench', 'node_modules');
const original = join(modules, 'shm-typed-array-original');
const outcomeVariable = 'SHM_ORIGINAL_PACKAGE';

/** Installs bench/node_modules, if it is not what the lock file says. */
export async function installBenchModules() {
  const lock = createHash('sha256').update(readFileSync(join(root, 'bench', 'package-lock.json'))).digest('hex');
  const stamp = join(modules, '.installed-lock'); // goes away with the folder
  if (holds(stamp, lock)) return;
  console.log('installing the modules of bench/');
  await runLogged('install-bench', 'npm', ['ci', '--prefix', 'bench', '--include=dev', '--ignore-scripts']);
  writeFileSync(stamp, lock);
}

/**
 * The original, installed and compiled. Child processes are handed the outcome in the environment: a launcher that calls
 * this before it starts children in parallel spares them the work, and trying the same failure again.
 * @returns {Promise<{ path: string, reason?: undefined } | { path?: undefined, reason: string }>}
 *   the absolute path of its index.js, or why there is none
 */
export async function originalPackage() {
  const known = process.env[outcomeVariable];
  if (known) return JSON.parse(known);
  const outcome = await installOriginal().catch((error) => ({ reason: error.message }));
  process.env[outcomeVariable] = JSON.stringify(outcome);
  return outcome;
}

/** The one sentence for people. */
export function noticeWithoutOriginal(reason) {
  return `goes on without the original, shm-typed-array 0.1.1: ${reason}`;
}

async function installOriginal() {
  await installBenchModules();
  const abi = `${process.platform}-${process.arch}-${process.versions.modules}`;
  const stamp = join(original, 'build', '.built-for');
  if (!holds(stamp, abi)) {
    console.log('compiling the original, shm-typed-array 0.1.1');
    const nodeGyp = join(modules, 'node-gyp', 'bin', 'node-gyp.js');
    await runLogged('compile-original', process.execPath, [nodeGyp, 'rebuild', '-C', original, ...ownHeaders()]);
    // What compiles may still not load: a process that may die of it tries.
    await runLogged('load-original', process.execPath, ['-e', 'require(process.argv[1])', original]);
    writeFileSync(stamp, abi);
  }
  return { path: join(original, 'index.js') };
}

/** Most installations of Node bring their headers, which spares node-gyp a download. */
function ownHeaders() {
  const prefix = dirname(dirname(process.execPath));
  const header = join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(header)) return [];
  const text = readFileSync(header, 'utf8');
  const part = (name) => text.match(`NODE_${name}_VERSION (\\d+)`)?.[1];
  const version = [part('MAJOR'), part('MINOR'), part('PATCH')].join('.');
  return version === process.versions.node ? [`--nodedir=${prefix}`] : [];
}

async function runLogged(name, program, args) {
  const { ok, output } = await run(program, args);
  const log = join(root, 'build', `${name}.log`);
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, output);
  if (ok) return;
  const lines = output.split('\n');
  const cause = lines.find((line) => /\berror: /i.test(line)) ?? lines.find((line) => /\berror\b/i.test(line));
  const reason = cause?.replace('gyp ERR! stack Error: ', '').trim() ?? `${name} failed`;
  throw new Error(`${reason} (see ${relative(root, log)})`);
}

function holds(file, text) {
  return existsSync(file) && readFileSync(file, 'utf8') === text;
}

if (isMain(import.meta.url)) {
  const { path, reason } = await originalPackage();
  console.log(path ?? noticeWithoutOriginal(reason));
}
