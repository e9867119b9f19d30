// Runs where /dev/shm is a small file system of its own; says what is on it, and what a creation there comes to.
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import shm from 'shm-typed-array';

import { serve } from '../../support/role-side.js';

const ballast = '/dev/shm/ballast';

serve({
  /** The length of the array, null, or what the error says. */
  create: (count: number, name: string) => {
    try {
      return shm.create(count, 'Buffer', name)?.length ?? null;
    } catch (error) {
      const { code, errno, syscall, key } = error as Record<string, unknown>;
      return { code, errno, syscall, key };
    }
  },
  /** Writes to every byte. */
  fill: (name: string) => shm.get(name)!.fill(1).length,
  destroy: (name: string) => shm.destroy(name),
  /** Takes room away until `bytes` are left. */
  leave: (bytes: number) => {
    rmSync(ballast, { force: true });
    const { bavail, bsize } = statfsSync('/dev/shm');
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - bytes, 1));
  },
  free: () => rmSync(ballast, { force: true }),
  state: () => ({
    names: readdirSync('/dev/shm').filter((name) => name !== 'ballast'),
    room: statfsSync('/dev/shm').bavail * statfsSync('/dev/shm').bsize,
    inodes: statfsSync('/dev/shm').ffree,
    totals: [shm.getTotalSize(), shm.getTotalCreatedSize()],
  }),
});
