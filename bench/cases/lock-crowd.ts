// lock-crowd: many processes lock one mutex over and over, to add 1 to a number.
import type { BenchCase } from '../model.js';

const full = { bytes: 0, segments: 0, count: 1000, rounds: 1000, warmup: 0 }; // count * rounds µs
const many = 'ours-cpp, 64 processes';
const few = 'ours-cpp, 2 processes';

export const lockCrowd: BenchCase = {
  name: 'lock-crowd',
  title: '64 processes on one mutex, in C++',
  note:
    'The time of one lock() and unlock(), of whichever process: the reciprocal of what all of them get done together. ' +
    'Fairness is that of Jain: 1 if all had the lock equally often, 1 / processes if only one had it; the least share is ' +
    "that of the process that had it least often, as a multiple of an equal share. Not pinned to cores.",
  verb: 'crowd',
  kind: 'posix',
  unit: 'ns',
  full,
  quick: { ...full, rounds: 50 },
  lines: ['ours-cpp', 'pthread'].flatMap((contender) =>
    ['2 processes', '64 processes'].map((variant) => ({ contender, variant })),
  ),
  baseline: few,
  goals: [{ line: many, versus: few, atMost: 2 }],
};
