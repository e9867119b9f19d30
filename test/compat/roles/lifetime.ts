// Runs cases of lifetime/.
import * as shm from 'shm-typed-array';

import { serve } from '../../support/role-side.js';
import type { Key } from '../kinds.js';
import { caseOf } from '../lifetime/index.js';

serve({
  /** With each of the segments. */
  async run(group: string, name: string, keys: readonly Key[]) {
    for (const key of keys) {
      console.error(`${group}: ${name}, ${typeof key === 'number' ? 'System V' : 'POSIX'}`);
      const bytes = shm.get(key)!.fill(1);
      await caseOf(group, name).run({ key, bytes, detach: () => void shm.detach(key), get: () => shm.get(key)! });
      shm.detach(key);
    }
  },

  /** With a Buffer over ordinary memory. */
  async runPlain(group: string, name: string) {
    const bytes = Buffer.from(new ArrayBuffer(64)).fill(1);
    const detach = () => {
      if (bytes.length > 0) structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    };
    await caseOf(group, name).run({ key: 0, bytes, detach, get: () => Buffer.alloc(64) });
  },
});
