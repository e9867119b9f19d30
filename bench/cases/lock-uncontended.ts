// lock-uncontended: a lock that nobody else wants is locked and unlocked, from C++.
import type { BenchCase } from '../model.js';

const full = { bytes: 0, segments: 0, count: 1, rounds: 20_000_000, warmup: 1_000_000 };

export const lockUncontended: BenchCase = {
  name: 'lock-uncontended',
  title: 'lock() + unlock() of a mutex in C++, uncontended',
  note: 'Of the two in pthread it is the robust one that survives its owner, as ours does.',
  verb: 'uncontended',
  kind: 'posix',
  unit: 'ns',
  full,
  quick: { ...full, rounds: 100_000, warmup: 0 },
  lines: [{ contender: 'ours-cpp' }, { contender: 'pthread' }, { contender: 'pthread', variant: 'robust' }],
  baseline: 'pthread',
  goals: [{ line: 'ours-cpp', versus: 'pthread', atMost: 1.2 }],
};
