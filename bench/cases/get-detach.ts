// get-detach: a segment of 1 MiB that another process created and holds is got and detached, over and over.
import { keysOf } from '../model.js';
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];
const full = { bytes: 1 << 20, segments: 1000, count: 100, rounds: 300, warmup: 50 };
// A collection at the end would be most of the time of so few operations.
const eachOnce = { ...full, rounds: 7, warmup: 3, leaveGarbage: true };

export const getDetach = kinds.map((kind): BenchCase => ({
  name: `get-detach-${kind}`,
  title: `get + detach an existing 1 MiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  note:
    'Version 0.1.1 does not unmap a segment that it gets again, so it gets each of 1,000 once, 300 of them to warm up, and ' +
    'without a garbage collection at the end.',
  verb: 'get-detach',
  kind,
  unit: 'µs',
  full,
  quick: { ...full, rounds: 5, warmup: 2 },
  lines: [{ contender: 'ours' }, { contender: 'original', size: eachOnce }, { contender: 'c' }],
  baseline: 'c',
  goals: [
    { line: 'ours', versus: 'c', atMost: 1.5 },
    { line: 'ours', versus: 'original', atMost: 1 },
  ],
  existing: true,
  begin(memory, job) {
    const { bytes, segments, count } = job;
    const keys = keysOf(job);
    let next = 0;
    return {
      round() {
        for (let i = 0; i < count; i++) {
          const key = keys[next]!;
          next = (next + 1) % segments;
          if (memory.get(key, 'Uint8Array')?.length !== bytes) throw new Error(`${key} is not there as it should be`);
          if (memory.detach(key) !== 1) throw new Error(`${key} could not be detached`);
        }
      },
    };
  },
}));
