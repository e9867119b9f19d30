// hand-over: two processes in C++ take turns. It is measured how long one turn takes to get from one to the other.
import type { BenchCase, Line } from '../model.js';

const ours: readonly Line[] = ['mutex', 'event'].map((variant) => ({ contender: 'ours-cpp', variant }));
const system: readonly Line[] = [{ contender: 'pthread' }, { contender: 'futex' }];
const all: readonly Line[] = [...ours, ...system];
const goals = (versus: string, atMost: number) =>
  ['ours-cpp, mutex', 'ours-cpp, event'].map((line) => ({ line, versus, atMost }));
const size = (rounds: number, warmup: number) => ({ bytes: 0, segments: 0, count: 2, rounds, warmup });
const ring = 'With mutexes there are three in a ring: each process holds one, and locks the next before it unlocks its own.';

export const handOver: readonly BenchCase[] = [
  {
    name: 'hand-over',
    title: 'hand-over between two processes, each on a core of its own',
    note: `Whoever waits may spin: \`pthread\` and \`futex\` never do. ${ring}`,
    verb: 'hand-over',
    kind: 'posix',
    unit: 'ns',
    full: size(100_000, 5000),
    quick: size(1000, 0),
    // Those that sleep take a hundred times as long.
    lines: [...ours, ...system.map((line) => ({ ...line, size: size(5000, 500) })), { contender: 'atomics' }],
    baseline: 'atomics',
    goals: goals('atomics', 3),
  },
  {
    name: 'hand-over-asleep',
    title: 'hand-over to a process that sleeps, on another core',
    note:
      'From the moment before the call that hands over to the return of the call that waited; it is made 0.2 ms after the ' +
      'other one began to wait, so that this one has stopped spinning and sleeps.',
    verb: 'wake-up',
    kind: 'posix',
    unit: 'µs',
    full: size(2000, 100),
    quick: size(50, 0),
    lines: all,
    baseline: 'futex',
    goals: goals('futex', 1.3),
  },
  {
    name: 'hand-over-one-core',
    title: 'hand-over between two processes on one core',
    note: 'Only one of the two can run, so that all of them sleep, at the latest when they have noticed that spinning is in vain.',
    verb: 'hand-over-one-core',
    kind: 'posix',
    unit: 'µs',
    full: size(100_000, 5000),
    quick: size(1000, 0),
    lines: all,
    baseline: 'futex',
    goals: goals('futex', 1.3),
  },
];
