// get-detach: a segment of 1 MiB that another process created and holds is got and detached, over and over.
import { keysOf } from '../model.js';
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];
const full = { bytes: 1 << 20, segments: 1000, count: 100, rounds: 300, warmup: 50 };
// 0.1.1 detaches a segment only the first time that it got it, so it may get each one once.
// It leaves no work to finalizers, so that the collection it is spared is no advantage over us.
const eachOnce = { ...full, rounds: 7, warmup: 3, leaveGarbage: true };

export const getDetach = kinds.map((kind): BenchCase => ({
  name: `get-detach-${kind}`,
  title: `get + detach an existing 1 MiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
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
