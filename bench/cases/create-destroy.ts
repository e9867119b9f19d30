// create-destroy: a segment of 4 KiB is created and destroyed, over and over.
import { keysOf } from '../model.js';
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];
const full = { bytes: 4096, segments: 1, count: 100, rounds: 300, warmup: 50 };
// A collection at the end would be most of the time of so few operations.
const young = { ...full, rounds: 10, warmup: 3, leaveGarbage: true };

export const createDestroy = kinds.map((kind): BenchCase => ({
  name: `create-destroy-${kind}`,
  title: `create + destroy 4 KiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  note:
    'Version 0.1.1 keeps a record of every segment that it ever had and searches them all, so it is at its best in a ' +
    'young process: there 1,000 operations are measured, after 300 to warm up and without a garbage collection at the end.',
  verb: 'create-destroy',
  kind,
  unit: 'µs',
  full,
  quick: { ...full, rounds: 5, warmup: 2 },
  lines: [
    { contender: 'ours' },
    { contender: 'ours', variant: 'young', size: young },
    { contender: 'original' },
    { contender: 'original', variant: 'young', size: young },
    { contender: 'c' },
    ...(kind === 'posix' ? [{ contender: 'c-naive' }] : []),
  ],
  baseline: 'c',
  goals: [
    { line: 'ours', versus: 'c', atMost: 1.3 },
    { line: 'ours', versus: 'original', atMost: 1 },
    { line: 'ours, young', versus: 'original, young', atMost: 1 },
  ],
  begin(memory, job) {
    const { bytes, count } = job;
    const key = keysOf(job)[0]!;
    return {
      round() {
        for (let i = 0; i < count; i++) {
          if (memory.create(bytes, 'Uint8Array', key) === null) throw new Error(`${key} exists already`);
          if (!memory.destroy(key)) throw new Error(`${key} could not be destroyed`);
        }
      },
    };
  },
}));
