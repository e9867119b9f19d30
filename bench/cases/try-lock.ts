// try-lock: a lock that nobody else wants is taken and given back, from JavaScript.
import type { BenchCase } from '../model.js';

const full = { bytes: 1 << 16, segments: 1, count: 100_000, rounds: 30, warmup: 10 };
const files = { ...full, count: 200, rounds: 20, warmup: 5 };

export const tryLock: BenchCase = {
  name: 'try-lock',
  title: 'tryLock() + release() in JavaScript, uncontended',
  note: '`proper-lockfile` is at its best here: without promises, and its files are in memory.',
  verb: 'try-lock',
  kind: 'posix',
  unit: 'ns',
  full,
  quick: { ...full, count: 1000, rounds: 1, warmup: 0 },
  lines: [{ contender: 'ours' }, { contender: 'proper-lockfile', size: files }],
  baseline: 'ours',
  goals: [
    { line: 'ours', atMost: 120 },
    { line: 'ours', versus: 'proper-lockfile', atMost: 1 / 500 },
  ],
  begin({ ManagedSegment }, job) {
    const segment = ManagedSegment.openOrCreate(String(job.key), { size: job.bytes });
    const mutex = segment.mutex('lock');
    return {
      round() {
        for (let i = 0; i < job.count; i++) {
          const guard = mutex.tryLock();
          if (guard === null) throw new Error('somebody else has the lock');
          guard.release();
        }
      },
      end: () => segment.close(),
    };
  },
};
