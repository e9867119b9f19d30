// `prepack`: builds what the package carries, from scratch where old output could slip in, and checks the binary.
import { chmodSync, copyFileSync, existsSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAddon } from './build-addon.mjs';
import { onPath, progress, requireTools, root, run } from './tools.mjs';

const target = `${process.platform}-${process.arch}`;
const elfMachines = { x64: 62, arm64: 183 };

requireTools(['node', 'npm', 'cmake', 'c++', 'make']);
await buildAddon('release');
await progress('library', buildLibrary);
await progress(`prebuilds/${target}.node`, takeAddon);

async function buildLibrary() {
  for (const path of ['dist', 'build/lib.tsbuildinfo']) rmSync(join(root, path), { recursive: true, force: true });
  return run('npm', ['run', 'build:lib']);
}

async function takeAddon() {
  const built = join(root, 'build/release/shm.node');
  const folder = join(root, 'prebuilds');
  const packed = join(folder, `${target}.node`);
  if (!existsSync(built)) return { ok: false, output: 'build/release/shm.node is missing' };
  const machine = elfMachine(built);
  if (machine === undefined || machine !== elfMachines[process.arch]) {
    return { ok: false, output: `build/release/shm.node is not made for ${target}: its ELF machine is ${machine}` };
  }
  mkdirSync(folder, { recursive: true });
  rmSync(packed, { force: true }); // a new file, since a process that has the old one loaded must not see it change
  copyFileSync(built, packed);
  chmodSync(packed, 0o644);
  return onPath('strip') ? run('strip', ['--strip-unneeded', packed]) : { ok: true, output: '' };
}

/** The machine that an ELF file is made for, or undefined for another kind of file. */
function elfMachine(file) {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header, 0, 20, 0);
  return header.toString('latin1', 0, 4) === '\x7fELF' ? header.readUInt16LE(18) : undefined;
}
