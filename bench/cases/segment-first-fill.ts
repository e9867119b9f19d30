// segment-first-fill: a segment of 1 GiB is created and filled twice, in a fresh process each time.
import { readFileSync } from 'node:fs';
import { Impossible, keysOf } from '../model.js';
import type { BenchCase, Job, Key, Line, Measured, Memory } from '../model.js';

type CreateOptions = Parameters<Memory['Segment']['create']>[1];
type Segment = ReturnType<Memory['Segment']['create']>;

/** A segment or whatever is compared with it: made, and ended. */
interface Made {
  readonly bytes: Uint8Array;
  end(): void;
}

const hugetlb = 'anonymous, of huge pages';
const options: Record<string, Omit<CreateOptions, 'size'>> = {
  'default': {},
  'hugePages': { hugePages: 'try' },
  'populate': { populate: true },
  'populate, hugePages': { populate: true, hugePages: 'try' },
  'lock': { lock: true },
  'reserve: false': { reserve: false },
  [hugetlb]: { hugePages: 'require' },
};

const ours = (variant: string, huge?: Line['huge']): Line => ({ contender: 'ours', variant, ...(huge && { huge }) });
const on = (variant: string, huge: 'always' | 'advise'): Line => ours(`${variant}, on huge=${huge}`, huge);

// Warmed up, because a virtual machine may get its memory from its host only when it first touches it.
const full = { bytes: 1 << 30, segments: 1, count: 1, rounds: 1, warmup: 1 };

export const segmentFirstFill: BenchCase = {
  name: 'segment-first-fill',
  title: 'create 1 GiB and fill it once, by options',
  note:
    '`huge=always` and `huge=advise` are mount options of /dev/shm, which the line has one of its own with. Anonymous memory is of ' +
    'huge pages where the system has reserved some (`vm.nr_hugepages`). The ratio is that of the times of create and first fill together.',
  verb: 'first-fill',
  kind: 'posix',
  unit: 'ms',
  full,
  quick: { ...full, bytes: 16 << 20 },
  lines: [
    ...Object.keys(options).map((variant) => ours(variant)),
    on('default', 'always'),
    on('hugePages', 'always'),
    on('default', 'advise'),
    on('hugePages', 'advise'),
    { contender: 'original' },
    { contender: 'ordinary' },
  ],
  baseline: 'original',
  goals: [],
  begin(memory, job) {
    if (job.variant === hugetlb) checkHugePages(job.bytes);
    const make = maker(memory, job);
    let measured: Partial<Measured> = {};
    return {
      round() {
        const lap = stopwatch();
        const made = make(job.bytes);
        const create = lap();
        made.bytes.fill(1);
        const first = lap();
        made.bytes.fill(2);
        const second = lap();
        const parts = { create, 'first fill': first, 'second fill': second };
        measured = { ns: create + first, parts, huge: inHugePages() / job.bytes };
        made.end();
      },
      report: () => measured,
    };
  },
};

function maker(memory: Memory, job: Job): (bytes: number) => Made {
  const key = keysOf(job)[0]!;
  const variant = job.variant?.replace(/, on huge=.*/, '');
  if (variant === undefined) {
    return (size) => {
      const bytes = memory.create(size, 'Uint8Array', key);
      if (bytes === null) throw new Error(`${key} exists already`);
      return { bytes, end: () => void memory.destroy(key) };
    };
  }
  const { Segment } = memory;
  return (size) => {
    const huge = variant === hugetlb;
    const segment = huge ? Segment.anonymous({ size, ...options[variant] }) : named(Segment, key, { size, ...options[variant] });
    return {
      bytes: segment.view(Uint8Array),
      end() {
        if (!huge) segment.unlink();
        segment.close();
      },
    };
  };
}

function named({ create }: Memory['Segment'], key: Key, options: CreateOptions): Segment {
  try {
    return create(key, options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (options.lock && (code === 'ENOMEM' || code === 'EPERM')) throw new Impossible(message);
    throw error;
  }
}

/** Answers the nanoseconds since the last call. */
function stopwatch(): () => number {
  let last = process.hrtime.bigint();
  return () => {
    const now = process.hrtime.bigint();
    const passed = Number(now - last);
    last = now;
    return passed;
  };
}

/** Bytes of this process's memory that lie in huge pages. */
function inHugePages(): number {
  const pages = /^(?:AnonHugePages|ShmemPmdMapped|Shared_Hugetlb|Private_Hugetlb): +(\d+) kB/gm;
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return [...rollup.matchAll(pages)].reduce((sum, [, kibibytes]) => sum + Number(kibibytes) * 1024, 0);
}

function checkHugePages(bytes: number): void {
  const text = readFileSync('/proc/meminfo', 'utf8');
  const free = Number(/^HugePages_Free: +(\d+)/m.exec(text)?.[1] ?? 0);
  const needed = bytes / (2 << 20);
  if (free < needed) throw new Impossible(`of the ${needed} huge pages that it takes the system has reserved ${free}`);
}
