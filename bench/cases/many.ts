// many: 10,000 segments are created, all open at once, detached, got again and destroyed; the same with 100.
import { setImmediate as turn } from 'node:timers/promises';
import { keysOf } from '../model.js';
import type { BenchCase, Key } from '../model.js';

// Both do as many operations in one trial, so that neither is better warmed up.
const few = { bytes: 4096, segments: 100, count: 100, rounds: 100, warmup: 100 };
const many = { bytes: 4096, segments: 10_000, count: 10_000, rounds: 1, warmup: 1 };
const turnEvery = 100;

export const manySegments: BenchCase = {
  name: 'many',
  title: 'create all, get all, destroy all of 10,000 segments, per segment',
  note: 
    'POSIX. What the system needs for a segment grows with their number, too: `c` does nothing but call it. Version 0.1.1 ' +
    'does not unmap the segments that it gets again, which saves it that time.',
  verb: 'many',
  kind: 'posix', // the system has room for 4,096 System V segments
  unit: 'µs',
  full: many,
  quick: { ...many, segments: 1000, count: 1000, warmup: 0 },
  lines: ['ours', 'original', 'c'].flatMap((contender) => [
    { contender, variant: 'at 100', size: few },
    { contender, variant: 'at 10,000', size: many },
  ]),
  baseline: 'c, at 100',
  goals: [{ line: 'ours, at 10,000', versus: 'ours, at 100', atMost: 1.3 }],
  begin(memory, job) {
    const keys = keysOf(job);
    const forEachKey = async (act: (key: Key) => unknown) => {
      for (const [i, key] of keys.entries()) {
        if (act(key) === null) throw new Error(`${key} is there and should not be, or the other way round`);
        if (i % turnEvery === turnEvery - 1) await turn();
      }
    };
    return {
      async round() {
        await forEachKey((key) => memory.create(job.bytes, 'Uint8Array', key));
        await forEachKey((key) => memory.detach(key));
        await forEachKey((key) => memory.get(key, 'Uint8Array'));
        await forEachKey((key) => memory.destroy(key));
      },
    };
  },
};
