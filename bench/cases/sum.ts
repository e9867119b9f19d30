// sum: a plain loop adds up 100 million floats that lie in a segment, or in an ordinary Float32Array.
import { keysOf } from '../model.js';
import type { BenchCase } from '../model.js';

export const sum: BenchCase = {
  name: 'sum',
  title: 'sum over 100 M floats',
  note: 'The pages that the system hands out make a difference of 10 % and more from trial to trial, whoever maps them.',
  verb: 'sum',
  kind: 'sysv', // containers often cap /dev/shm far below 400 MB
  unit: 'ms',
  full: { bytes: 400e6, segments: 1, count: 1, rounds: 4, warmup: 2 },
  quick: { bytes: 4e6, segments: 1, count: 1, rounds: 2, warmup: 1 },
  lines: ['ours', 'original', 'ordinary'].map((contender) => ({ contender })),
  baseline: 'ordinary',
  goals: [{ line: 'ours', versus: 'ordinary', atMost: 1.02 }],
  begin(memory, job) {
    const key = keysOf(job)[0]!;
    const floats = memory.create(job.bytes / 4, 'Float32Array', key);
    if (floats === null) throw new Error(`${key} exists already`);
    floats.fill(1);
    return {
      round() {
        if (add(floats) !== floats.length) throw new Error('the sum is wrong');
      },
      end() {
        memory.destroy(key);
      },
    };
  },
};

function add(floats: Float32Array): number {
  let total = 0;
  for (let i = 0; i < floats.length; i++) total += floats[i]!;
  return total;
}
