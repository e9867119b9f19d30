// get-detach: a segment of 1 MiB that another process created and holds is got and detached, over and over.
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];

export const getDetach = kinds.map((kind): BenchCase => ({
  name: `get-detach-${kind}`,
  title: `get + detach an existing 1 MiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  verb: 'get-detach',
  kind,
  unit: 'µs',
  full: { bytes: 1 << 20, count: 100, rounds: 300, warmup: 50 },
  quick: { bytes: 1 << 20, count: 100, rounds: 5, warmup: 2 },
  lines: ['ours', 'original', 'c'].map((contender) => ({ contender })),
  baseline: 'c',
  goals: [
    { line: 'ours', versus: 'c', atMost: 1.5 },
    { line: 'ours', versus: 'original', atMost: 1 },
  ],
  existing: true,
  begin: (memory, { key, bytes, count }) => ({
    round() {
      for (let i = 0; i < count; i++) {
        if (memory.get(key, 'Uint8Array')?.length !== bytes) throw new Error(`${key} is not there as it should be`);
        if (memory.detach(key) !== 1) throw new Error(`${key} could not be detached`);
      }
    },
  }),
}));
