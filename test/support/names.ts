// Names and keys that no other process, thread or call uses.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

/** Names the processes of one test file: the file's own process, and all that it starts, directly or not. */
export const family = (process.env['SHM_TEST_FAMILY'] ??= `${process.pid}-${Date.now().toString(36)}`);

/** Begins every POSIX name of this family, without the slash. */
export const namePrefix = `shm-test-${family}-`;

let calls = 0;
const keys = new Set<number>();

/** A POSIX name, with its leading slash. */
export function uniqueName(): string {
  return `/${namePrefix}${process.pid}-${threadId}-${++calls}`;
}

/** A System V key that nothing has. */
export function uniqueKey(): number {
  const taken = new Set(systemVSegments().map((segment) => segment.key));
  for (;;) {
    const key = randomInt(1, 2 ** 32 - 2);
    if (taken.has(key) || keys.has(key)) continue;
    keys.add(key);
    return key;
  }
}

/** Whether this thread got `key` from {@link uniqueKey}. */
export function isOwnKey(key: number): boolean {
  return keys.has(key);
}

export interface SystemVSegment {
  readonly key: number;
  readonly id: number;
  readonly perm: string;
  readonly size: number;
  readonly creatorPid: number;
  readonly attachments: number;
}

/** The System V segments of the machine; those that are destroyed and still attached have the key 0. */
export function systemVSegments(): SystemVSegment[] {
  const [, ...lines] = readFileSync('/proc/sysvipc/shm', 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [key, id, perm, size, creatorPid, , attachments] = line.trim().split(/\s+/);
    return {
      key: Number(key) >>> 0, id: Number(id), perm: (Number.parseInt(perm!, 8) & 0o777).toString(8), size: Number(size),
      creatorPid: Number(creatorPid), attachments: Number(attachments),
    };
  });
}
