// A process whose limits are reached.
import { closeSync, openSync } from 'node:fs';
import shm from 'shm-typed-array';

import { openDescriptors, snapshot } from '../../support/leftovers.js';
import { send, serve } from '../../support/role-side.js';
import type { Key } from '../kinds.js';

type Functions = Record<string, (...args: unknown[]) => unknown>;
const files: number[] = [];

function attempt(call: string, ...args: readonly unknown[]): unknown {
  try {
    const answer = (shm as unknown as Functions)[call]!(...args);
    return ArrayBuffer.isView(answer) ? { length: (answer as Uint8Array).length } : { answer };
  } catch (error) {
    const { name, message, code, errno, syscall, key } = error as NodeJS.ErrnoException & { key: Key };
    return { name, message, code, errno, syscall, key };
  }
}
attempt('get', 4294967294); // so that all that errors need is loaded

serve({
  attempt,
  /** Creates with generated keys until that fails. */
  createMany(size: number) {
    for (let made = 0; ; ++made) {
      const result = attempt('create', size) as { code?: string };
      if (result.code !== undefined) return { made, ...result };
    }
  },
  fillDescriptors(free: number) {
    try {
      for (;;) files.push(openSync('/dev/null', 'r'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
    }
    for (const file of files.splice(0, free)) closeSync(file);
  },
  freeDescriptors: () => files.splice(0).forEach((file) => closeSync(file)),
  look: () => ({
    ...snapshot(), descriptors: openDescriptors().length, totals: [shm.getTotalSize(), shm.getTotalCreatedSize()],
  }),
});
send('ready');
