// segment-inventory: what is asked of the system about segments; 100 are there, held by another process.
import { keysOf } from '../model.js';
import type { BenchCase } from '../model.js';

const full = { bytes: 4096, segments: 100, count: 1, rounds: 100, warmup: 10 };

export const segmentInventory: BenchCase = {
  name: 'segment-inventory',
  title: 'stat() and list() with 100 segments',
  note: 'Both look into every process of the machine, so that their time grows with the number of these.',
  verb: 'inventory',
  api: 'segment',
  kind: 'posix',
  unit: 'µs',
  full,
  quick: { ...full, rounds: 2, warmup: 1 },
  lines: ['stat()', 'list()'].map((variant) => ({ contender: 'ours', variant })),
  baseline: 'ours, stat()',
  goals: [],
  existing: true,
  begin({ Segment }, job) {
    const keys = keysOf(job);
    const segment = Segment.open(keys[0]!);
    const ask: Record<string, () => boolean> = {
      'stat()': () => segment.stat().size === segment.size,
      'list()': () => Segment.list().length >= keys.length,
    };
    const isRight = ask[job.variant!]!;
    return {
      round() {
        if (!isRight()) throw new Error('the answer is wrong');
      },
      end: () => segment.close(),
    };
  },
};
