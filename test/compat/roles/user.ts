// A process of another user that uses the library as it is told.
import shm from 'shm-typed-array';

import { roleData, send, serve } from '../../support/role-side.js';
import type { Key } from '../kinds.js';

const { user } = roleData<{ user: number }>();
process.setgroups?.([]); // where there is none, the test has done it
process.setgid!(user);
process.setuid!(user);

const held = new Map<Key, Uint8Array>();
type Functions = Record<string, (...args: unknown[]) => unknown>;

serve({
  attempt(call: string, args: readonly unknown[]) {
    try {
      const answer = (shm as unknown as Functions)[call]!(...args);
      if (!(answer instanceof Uint8Array)) return { answer };
      held.set(args[call === 'create' ? 2 : 0] as Key, answer);
      return { answer: answer.length };
    } catch (error) {
      return { error: { ...(error as object), name: (error as Error).name, message: (error as Error).message } };
    }
  },
  fill: (key: Key, byte: number) => held.get(key)!.fill(byte).length,
  totals: () => [shm.getTotalSize(), shm.getTotalCreatedSize()],
});
send('ready');
