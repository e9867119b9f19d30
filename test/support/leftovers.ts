// What this test file, and the processes it started, have left on the machine.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, rmSync, unlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { isOwnKey, namePrefix, systemVSegments } from './names.js';
import { afterFile } from './runtime.js';

/** Shared memory of ours, by what the system says, each as one line of text. */
export interface Snapshot {
  /** Files in /dev/shm, also the hidden ones that an object has while it is being made. */
  readonly names: readonly string[];
  /** System V segments. */
  readonly segments: readonly string[];
  /** Mappings of shared memory in this process. */
  readonly mappings: readonly string[];
  /** Descriptors of shared memory in this process. */
  readonly descriptors: readonly string[];
}

const pids = new Set([process.pid]);
// An older segment of a process whose id is used again is not ours.
const idsAtStart = new Set(systemVSegments().map(({ id }) => id));

/** Counts what a process makes as ours. Roles are counted already. */
export function addOwnProcess(pid: number): void {
  pids.add(pid);
}

export function snapshot(): Snapshot {
  return {
    names: readdirSync('/dev/shm').filter(isOwnName),
    segments: ownSegments().map(({ id, key, size, attachments }) =>
      `id ${id} key ${key}: ${size} bytes, ${attachments} attachments`),
    mappings: readFileSync('/proc/self/maps', 'utf8').split('\n')
      .filter((line) => / \/(dev\/shm\/|SYSV|memfd:)/.test(line)),
    descriptors: openDescriptors().filter((line) => /\/dev\/shm\/|\/memfd:/.test(line)),
  };
}

/** All descriptors of this process, as `number target`. */
export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      return [`${number} ${readlinkSync(`/proc/self/fd/${number}`)}`];
    } catch {
      return []; // the one that listed them
    }
  });
}

/** Fails with a list if there is now what was not there `before`, and removes what can be removed. */
export function assertNothingNew(before: Snapshot): void {
  const now = snapshot();
  const added: string[] = [];
  for (const [kind, lines] of Object.entries(now) as [keyof Snapshot, string[]][]) {
    const known = new Set(before[kind]);
    added.push(...lines.filter((line) => !known.has(line)).map((line) => `${kind}: ${line}`));
  }
  if (added.length === 0) return;
  for (const name of now.names) if (!before.names.includes(name)) rmSync(join('/dev/shm', name), { recursive: true, force: true });
  const idsBefore = new Set(before.segments.map(idOf));
  for (const id of now.segments.map(idOf)) if (!idsBefore.has(id)) spawnSync('ipcrm', ['-m', id]);
  assert.fail(`left behind:\n  ${added.join('\n  ')}`);
}

/**
 * Registers the check that a test file leaves nothing. To be called once, at its top; but below hooks of the whole file
 * that clean up, since they run in the order in which they are registered.
 */
export function expectNothingLeft(): void {
  const before = snapshot();
  afterFile(() => assertNothingNew(before));
}

/** Removes a name that a test made by other means than this library. */
export function removeName(name: string): void {
  try {
    unlinkSync(join('/dev/shm', name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isOwnName(name: string): boolean {
  const draft = /^\.shm-typed-array-(\d+)-/.exec(name);
  return draft === null ? name.startsWith(namePrefix) : pids.has(Number(draft[1]));
}

function ownSegments() {
  return systemVSegments().filter(({ key, id, creatorPid }) =>
    !idsAtStart.has(id) && (pids.has(creatorPid) || isOwnKey(key)));
}

function idOf(line: string): string {
  return line.split(' ')[1]!;
}
