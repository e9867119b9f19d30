// many: 10,000 segments are created, all open at once, detached, got again and destroyed; the cost of one, against the same with 100.
import { setImmediate as turn } from 'node:timers/promises';
import type { BenchCase } from '../model.js';

// Both do as many operations in one trial, so that neither is better warmed up.
const few = { variant: 'at 100', size: { bytes: 4096, count: 100, rounds: 100, warmup: 100 } };
const many = { variant: 'at 10,000', size: { bytes: 4096, count: 10_000, rounds: 1, warmup: 1 } };

export const manySegments: BenchCase = {
  name: 'many',
  title: 'create all, get all, destroy all of 10,000 segments, per segment',
  verb: 'many',
  kind: 'posix', // the system has room for 4,096 System V segments
  unit: 'µs',
  full: many.size,
  quick: { bytes: 4096, count: 1000, rounds: 1, warmup: 0 },
  lines: ['ours', 'original', 'c'].flatMap((contender) => [
    { contender, ...few },
    { contender, ...many },
  ]),
  baseline: 'c, at 100',
  goals: [{ line: 'ours, at 10,000', versus: 'ours, at 100', atMost: 1.3 }],
  begin(memory, { key, bytes, count }) {
    const views: (Uint8Array | null)[] = [];
    const forEach = async (act: (name: string) => void) => {
      for (let i = 0; i < count; i++) {
        act(`${key}-${i}`);
        if (i % 100 === 99) await turn();
      }
      if (views.includes(null)) throw new Error('a segment is there that should not be, or the other way round');
    };
    return {
      async round() {
        await forEach((name) => views.push(memory.create(bytes, 'Uint8Array', name)));
        views.length = 0;
        await forEach((name) => memory.detach(name));
        await forEach((name) => views.push(memory.get(name, 'Uint8Array')));
        views.length = 0;
        await forEach((name) => memory.destroy(name));
      },
    };
  },
};
