// fill: a segment of 256 MiB is created, every byte written once, and destroyed.
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];

export const fill = kinds.map((kind): BenchCase => ({
  name: `fill-${kind}`,
  title: `create 256 MiB, fill it once, destroy, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  verb: 'fill',
  kind,
  unit: 'ms',
  full: { bytes: 256 << 20, count: 1, rounds: 3, warmup: 1 },
  quick: { bytes: 8 << 20, count: 1, rounds: 2, warmup: 1 },
  lines: ['ours', 'original', 'c', ...(kind === 'posix' ? ['c-naive'] : [])].map((contender) => ({ contender })),
  baseline: 'original',
  goals: kind === 'posix' ? [{ line: 'ours', versus: 'original', atMost: 0.7 }] : [],
  begin: (memory, { key, bytes }) => ({
    round() {
      const view = memory.create(bytes, 'Uint8Array', key);
      if (view === null) throw new Error(`${key} exists already`);
      view.fill(1);
      if (!memory.destroy(key)) throw new Error(`${key} could not be destroyed`);
    },
  }),
}));
