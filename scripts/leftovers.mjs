// What a run of the tests left on the machine: shared memory, and processes that still run.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';

/** Every process of the tests inherits this variable, by which one that outlives them is found. */
export const runMark = { SHM_TEST_RUN: String(process.pid) };

/** The shared memory there is: a description by identity. */
export function sharedMemory() {
  return new Map([...posixObjects(), ...systemVSegments()]);
}

/** Descriptions of what is there and was not `before`, without what running programs that are not of the tests use. */
export function leftovers(before) {
  const there = [...sharedMemory()];
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const inUse = new Set(processes.flatMap(mappedMemory));
  const stillThere = sharedMemory(); // another program may have destroyed its own meanwhile
  return [
    ...there.filter(([id]) => !before.has(id) && !inUse.has(id) && stillThere.has(id)).map(([, what]) => what),
    ...processes.filter(isOfThisRun).map((pid) => `process ${pid}: ${read(pid, 'cmdline').replaceAll('\0', ' ')}`),
  ];
}

// By inode, since a mapping does not tell the name of an object that was made without one and named later.
function posixObjects() {
  return readdirSync('/dev/shm').flatMap((name) => {
    const status = lstatSync(`/dev/shm/${name}`, { throwIfNoEntry: false });
    return status === undefined ? [] : [[`inode ${status.ino}`, `POSIX object /${name}`]];
  });
}

function systemVSegments() {
  const [, ...lines] = readFileSync('/proc/sysvipc/shm', 'utf8').trimEnd().split('\n');
  const ids = lines.map((line) => line.trim().split(/\s+/)[1]);
  return ids.map((id) => [`segment ${id}`, `System V segment with id ${id}`]);
}

function mappedMemory(pid) {
  // address, rights, offset, device, inode (of a System V segment its id), path
  const range = /^\S+ \S+ \S+ \S+ (\d+) +\/(dev\/shm\/|SYSV)/gm;
  const mappings = [...read(pid, 'maps').matchAll(range)];
  return mappings.map(([, number, kind]) => (kind === 'SYSV' ? `segment ${number}` : `inode ${number}`));
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
