// Finds the programs that building, testing and packing need, and runs them with their output kept back.
// Imports Node's own modules only: it runs before anything is installed, and ships inside the package.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const tools = {
  'node': tool('Node.js 20.19 or newer', 'everything', 'nodejs (or https://nodejs.org)', isNodeNewEnough),
  'npm': tool('npm', 'installing the development packages', 'npm', () => onPath('npm')),
  'cmake': tool('CMake 3.21 or newer', 'building the addon', 'cmake', () => atLeast(versionOf('cmake'), '3.21')),
  'c++': tool('a C++20 compiler', 'building the addon', 'g++', () => compiler() !== undefined),
  'make': tool('make or ninja', 'building the addon', 'make', () => onPath('make') || onPath('ninja')),
  'gtest': tool('GoogleTest', 'the C++ tests', 'libgtest-dev', () => hasHeader('gtest/gtest.h')),
  'clang-format': tool('clang-format', 'checking the format', 'clang-format', () => onPath('clang-format')),
  'clang-tidy': tool('clang-tidy', 'static analysis', 'clang-tidy', () => onPath('clang-tidy')),
  'clang++': tool('clang++ with libFuzzer', 'fuzzing', 'clang and libclang-rt-dev', hasFuzzer),
  'python3': tool('python3', 'exchanging memory with Python', 'python3', () => versionOf('python3') !== ''),
  'numpy': tool('python3 with numpy', 'the example with numpy', 'python3-numpy', hasNumpy),
  'readelf': tool('readelf', 'checking the binary', 'binutils', () => onPath('readelf')),
};

function isNodeNewEnough() {
  return atLeast(process.versions.node, '20.19');
}

function hasNumpy() {
  return ['python3', '/usr/bin/python3'].some((python) => spawnSync(python, ['-c', 'import numpy']).status === 0);
}

function hasFuzzer() {
  const input = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n';
  const args = ['-fsanitize=fuzzer,address,undefined', '-x', 'c++', '-', '-o', '/dev/null'];
  return spawnSync('clang++', args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

function tool(need, use, debian, found) {
  return { need, use, debian, found };
}

/** The tools of this list that are not on the machine, each as a sentence for the user. */
export function missingTools(names) {
  return names
    .filter((name) => !tools[name].found())
    .map((name) => `${tools[name].need} (Debian package ${tools[name].debian})`);
}

/** Ends the process with one message about every tool of this list that is not on the machine. */
export function requireTools(names) {
  const missing = names.filter((name) => !tools[name].found());
  if (missing.length === 0) return;
  console.error('Missing on this machine:');
  for (const name of missing) {
    const { need, use, debian } = tools[name];
    const having = name === 'node' ? `, this is ${process.versions.node}` : '';
    console.error(`  ${need}, for ${use}${having}. Debian package: ${debian}`);
  }
  process.exit(1);
}

export function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The C++ compiler, chosen as CMake does; undefined if none of them knows C++20. */
export function compiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  return candidates.find((name) => compiles('#include <version>', name));
}

function hasHeader(header) {
  const name = compiler();
  return name !== undefined && compiles(`#if !__has_include(<${header}>)\n#error\n#endif`, name);
}

function compiles(source, name) {
  const args = ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'];
  return spawnSync(name, args, { input: `${source}\n`, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

function versionOf(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+(\.\d+)?/.exec(stdout ?? '')?.[0] ?? '';
}

function atLeast(version, minimum) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor, minMinor] = minimum.split('.').map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}

/**
 * Runs a program in the root folder and keeps its output back. After `timeout` milliseconds it and its children are
 * killed, and so they are when this process is interrupted.
 */
export function run(program, args, { env = process.env, timeout = 0 } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const killGroup = () => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* already gone */ } };
    const interrupted = () => { killGroup(); process.exit(130); };
    const watchdog = timeout > 0 && setTimeout(() => {
      output += `\nkilled: still running after ${timeout / 1000} s\n`;
      killGroup();
    }, timeout);
    const finish = (ok) => {
      clearTimeout(watchdog);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve({ ok, output });
    };
    process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => { output += text; });
    }
    child.on('error', (error) => { output += `${error.message}\n`; finish(false); });
    child.on('close', (code) => finish(code === 0));
  });
}

export function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/**
 * Shows one piece of work as a line. `work` answers what `run` answers, with `upToDate` if there was nothing to do;
 * if it failed, its output follows and the process ends.
 */
export async function progress(title, work) {
  const start = performance.now();
  process.stdout.write(`${title} ... `);
  const { ok, output, upToDate } = await work();
  if (ok) return console.log(upToDate ? 'up to date' : seconds(start));
  console.log('failed');
  console.error(output.trimEnd());
  process.exit(1);
}

/** Whether the module of this `import.meta.url` is the program that was started. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}
