// segment-open-close: a segment of 1 MiB that another process created and holds is opened and closed, over and over.
import { keysOf } from '../model.js';
import type { BenchCase, Key, Kind, Memory } from '../model.js';

const kinds: readonly Kind[] = ['posix', 'sysv'];
const full = { bytes: 1 << 20, segments: 1000, count: 100, rounds: 300, warmup: 50 };
const view = 'one view';
const orCreate = 'openOrCreate';

export const segmentOpenClose = kinds.map((kind): BenchCase => ({
  name: `segment-open-close-${kind}`,
  title: `Segment.open() + close() of 1 MiB, ${kind === 'posix' ? 'POSIX' : 'System V'}`,
  note:
    'A view makes `close()` dearer: the ArrayBuffer has to be detached, and its addresses stay until it is collected. ' +
    'Without one the system calls are those of `c`.',
  verb: 'get-detach',
  api: 'segment',
  kind,
  unit: 'µs',
  full,
  quick: { ...full, rounds: 5, warmup: 2 },
  lines: [{ contender: 'ours' }, ...[view, orCreate].map((variant) => ({ contender: 'ours', variant })), { contender: 'c' }],
  baseline: 'c',
  goals: [
    { line: 'ours', versus: 'c', atMost: 1.3 },
    { line: `ours, ${view}`, versus: 'c', atMost: 1.3 },
  ],
  existing: true,
  begin(memory, job) {
    const { segments, count } = job;
    const keys = keysOf(job);
    const openAndClose = way(memory, job.variant, job.bytes);
    let next = 0;
    return {
      round() {
        for (let i = 0; i < count; i++) {
          openAndClose(keys[next]!);
          next = (next + 1) % segments;
        }
      },
    };
  },
}));

function way({ Segment }: Memory, variant: string | undefined, bytes: number): (key: Key) => void {
  switch (variant) {
    case view:
      return (key) => {
        const segment = Segment.open(key);
        if (segment.view(Uint8Array).length !== bytes) throw new Error(`${key} is not as it should be`);
        segment.close();
      };
    case orCreate:
      return (key) => {
        const segment = Segment.openOrCreate(key, { size: bytes });
        if (segment.created) throw new Error(`${key} was not there`);
        segment.close();
      };
    default:
      return (key) => Segment.open(key).close();
  }
}
