// fill: a segment of 256 MiB is created, every byte written once, and destroyed.
import { keysOf } from '../model.js';
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];
const notes = {
  posix:
    'This package reserves the memory and maps it ahead, with a thread for each core up to four. The others map each page when it is ' +
    'first written to: the original and `c-naive` allocate it then, too, and `c` has reserved it.',
  sysv: 'Each contender allocates and maps each page when it is first written to: System V has nothing to reserve memory with.',
};
const full = { bytes: 256 << 20, segments: 1, count: 1, rounds: 3, warmup: 1 };

export const fill = kinds.map((kind): BenchCase => ({
  name: `fill-${kind}`,
  title: `create 256 MiB, fill it once, destroy, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  note: notes[kind],
  verb: 'fill',
  kind,
  unit: 'ms',
  full,
  quick: { ...full, bytes: 8 << 20, rounds: 2 },
  lines: ['ours', 'original', 'c', ...(kind === 'posix' ? ['c-naive'] : [])].map((contender) => ({ contender })),
  baseline: 'original',
  goals: kind === 'posix' ? [{ line: 'ours', versus: 'original', atMost: 0.7 }] : [],
  begin(memory, job) {
    const key = keysOf(job)[0]!;
    return {
      round() {
        const view = memory.create(job.bytes, 'Uint8Array', key);
        if (view === null) throw new Error(`${key} exists already`);
        view.fill(1);
        if (!memory.destroy(key)) throw new Error(`${key} could not be destroyed`);
      },
    };
  },
}));
