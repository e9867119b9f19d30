// Faults that are not the library's to catch.
import { truncateSync } from 'node:fs';

import { Segment } from 'shm-typed-array';

import { send } from '../../support/role-side.js';

const size = 16 * 4096;

export const faults: Record<string, (name: string) => unknown> = {
  'SIGBUS in an unguarded segment beside a guarded one': (name) => {
    const guarded = Segment.create(name, { size, guard: true });
    const unguarded = Segment.open(name);
    const views = [guarded, unguarded].map((s) => s.view(Uint8Array));
    Segment.unlink(name);
    truncateSync(`/proc/self/fd/${guarded.fd}`, 0);
    if (views[0]![size - 1] !== 0 || !guarded.truncated) throw new Error('not truncated');
    send('the guarded one survived');
    process.channel?.unref();
    setTimeout(() => views[1]![size - 1], 100);
    return new Promise(() => {});
  },
  'waits with a guard': (name) => {
    Segment.create(name, { size, guard: true }).unlink();
    send('waiting');
    return new Promise(() => setTimeout(() => {}, 60_000));
  },
};
