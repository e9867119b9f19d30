// In a /dev/shm of 1 MiB.
import { Segment } from 'shm-typed-array';

import { codeOf } from './truncation.js';

const size = 2 ** 22;

export const full: Record<string, (name: string) => unknown> = {
  'a full file system': (name) => {
    const code = codeOf(() => Segment.create(name, { size }));
    codeOf(() => Segment.openOrCreate(name, { size }));
    return { code, created: Segment.list().filter(({ kind }) => kind === 'posix') };
  },
  'a sparse guarded segment on a full file system': (name) => {
    const s = Segment.create(name, { size, reserve: false, guard: true });
    s.view(Uint8Array).fill(1);
    const { truncated } = s;
    const code = codeOf(() => s.view(Uint8Array));
    s.close();
    s.unlink();
    return { filled: true, truncated, code };
  },
};
