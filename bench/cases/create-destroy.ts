// create-destroy: a segment of 4 KiB is created and destroyed, over and over.
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];

export const createDestroy = kinds.map((kind): BenchCase => ({
  name: `create-destroy-${kind}`,
  title: `create + destroy 4 KiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  verb: 'create-destroy',
  kind,
  unit: 'µs',
  full: { bytes: 4096, count: 100, rounds: 300, warmup: 50 },
  quick: { bytes: 4096, count: 100, rounds: 5, warmup: 2 },
  lines: ['ours', 'original', 'c', ...(kind === 'posix' ? ['c-naive'] : [])].map((contender) => ({ contender })),
  baseline: 'c',
  goals: [
    { line: 'ours', versus: 'c', atMost: 1.3 },
    { line: 'ours', versus: 'original', atMost: 1 },
  ],
  begin: (memory, { key, bytes, count }) => ({
    round() {
      for (let i = 0; i < count; i++) {
        if (memory.create(bytes, 'Uint8Array', key) === null) throw new Error(`${key} exists already`);
        if (!memory.destroy(key)) throw new Error(`${key} could not be destroyed`);
      }
    },
  }),
}));
