// create-destroy: a segment of 4 KiB is created and destroyed, over and over.
import { keysOf } from '../model.js';
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];
const full = { bytes: 4096, segments: 1, count: 100, rounds: 300, warmup: 50 };
// 0.1.1 keeps a record of each segment that it ever had, and searches them all: at its best it is young.
// It leaves no work to finalizers, so that the collection it is spared is no advantage over us.
const young = { ...full, rounds: 10, warmup: 3, leaveGarbage: true };

export const createDestroy = kinds.map((kind): BenchCase => ({
  name: `create-destroy-${kind}`,
  title: `create + destroy 4 KiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  verb: 'create-destroy',
  kind,
  unit: 'µs',
  full,
  quick: { ...full, rounds: 5, warmup: 2 },
  lines: [
    { contender: 'ours' },
    { contender: 'original', size: young },
    { contender: 'original', variant: 'long-lived' },
    { contender: 'c' },
    ...(kind === 'posix' ? [{ contender: 'c-naive' }] : []),
  ],
  baseline: 'c',
  goals: [
    { line: 'ours', versus: 'c', atMost: 1.3 },
    { line: 'ours', versus: 'original', atMost: 1 },
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
