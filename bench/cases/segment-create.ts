// segment-create: a segment of 4 KiB is created, its name removed, and closed, over and over.
import { keysOf } from '../model.js';
import type { BenchCase, Kind } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];
const full = { bytes: 4096, segments: 1, count: 100, rounds: 300, warmup: 50 };

export const segmentCreate = kinds.map((kind): BenchCase => ({
  name: `segment-create-${kind}`,
  title: `Segment.create() + unlink() + close() of 4 KiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  verb: 'create-destroy',
  api: 'segment',
  kind,
  unit: 'µs',
  full,
  quick: { ...full, rounds: 5, warmup: 2 },
  lines: [{ contender: 'ours' }, { contender: 'c' }],
  baseline: 'c',
  goals: [{ line: 'ours', versus: 'c', atMost: 1.3 }],
  begin({ Segment }, job) {
    const key = keysOf(job)[0]!;
    return {
      round() {
        for (let i = 0; i < job.count; i++) {
          const segment = Segment.create(key, { size: job.bytes });
          segment.unlink();
          segment.close();
        }
      },
    };
  },
}));
