// What a run of the tests left on the machine: shared memory, and processes that still run.
import { readdirSync, readFileSync } from 'node:fs';

/** Every process of the tests inherits this variable, by which one that outlives them is found. */
export const runMark = { SHM_TEST_RUN: String(process.pid) };

/** The shared memory there is, as a set of descriptions. */
export function sharedMemory() {
  const [, ...segments] = readFileSync('/proc/sysvipc/shm', 'utf8').trimEnd().split('\n');
  return new Set([
    ...readdirSync('/dev/shm').map(posixObject),
    ...segments.map((line) => systemVSegment(line.trim().split(/\s+/)[1])),
  ]);
}

/** Descriptions of what is there and was not `before`, without what running programs that are not of the tests use. */
export function leftovers(before) {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const inUse = new Set(processes.flatMap(mappedMemory));
  return [
    ...[...sharedMemory()].filter((memory) => !before.has(memory) && !inUse.has(memory)),
    ...processes.filter(isOfThisRun).map((pid) => `process ${pid}: ${read(pid, 'cmdline').replaceAll('\0', ' ')}`),
  ];
}

function posixObject(name) {
  return `POSIX object /${name}`;
}

function systemVSegment(id) {
  return `System V segment with id ${id}`;
}

function mappedMemory(pid) {
  // address, rights, offset, device, inode (of a System V segment its id), path
  const range = /^\S+ \S+ \S+ \S+ (\d+) +\/(?:dev\/shm\/(.*?)|SYSV[0-9a-f]+)(?: \(deleted\))?$/gm;
  const ranges = [...read(pid, 'maps').matchAll(range)];
  return ranges.map(([, inode, name]) => (name ? posixObject(name) : systemVSegment(inode)));
}

function isOfThisRun(pid) {
  const [[name, value]] = Object.entries(runMark);
  return read(pid, 'environ').split('\0').includes(`${name}=${value}`);
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended, or is another user's
  }
}
