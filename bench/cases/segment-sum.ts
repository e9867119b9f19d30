// segment-sum: a plain loop adds up floats, through each kind of view of a segment and in ordinary memory.
import type { BenchCase, Memory } from '../model.js';

interface Floats {
  /** The sum of all. */
  add(): number;
  close?(): void;
}

const array = 'ArrayBuffer';
const shared = 'SharedArrayBuffer';
const huge = 'view(), hugePages';
const hugePage = 2 << 20;

const ways: Record<string, (memory: Memory, count: number) => Floats> = {
  'view()': ({ Segment }, count) => {
    const segment = Segment.anonymous({ size: 4 * count });
    return overArray(segment.view(Float32Array), () => segment.close());
  },
  [huge]: ({ Segment }, count) => {
    const segment = Segment.anonymous({ size: 4 * count, hugePages: 'try' });
    return overArray(segment.view(Float32Array), () => segment.close());
  },
  'sharedBuffer': ({ Segment }, count) => {
    const segment = Segment.anonymous({ size: 4 * count });
    return overArray(new Float32Array(segment.sharedBuffer, 0, count), () => segment.close());
  },
  'wasmMemory()': ({ Segment }, count) => {
    const segment = Segment.anonymous({ size: 4 * count });
    return overArray(new Float32Array(segment.wasmMemory().buffer, 0, count), () => segment.close());
  },
  'ReadonlyView.get()': ({ Segment }, count) => {
    const segment = Segment.anonymous({ size: 4 * count });
    segment.view(Float32Array).fill(1);
    const readonly = Segment.fromFd(segment.fd!, { access: 'read' });
    segment.close();
    const view = readonly.view(Float32Array);
    const add = (): number => {
      let total = 0;
      for (let i = 0; i < view.length; i++) total += view.get(i)!;
      return total;
    };
    return { add, close: () => readonly.close() };
  },
  [array]: (_, count) => overArray(new Float32Array(count)),
  [shared]: (_, count) => overArray(new Float32Array(new SharedArrayBuffer(4 * count))),
};

function overArray(floats: Float32Array, close?: () => void): Floats {
  floats.fill(1);
  const add = (): number => {
    let total = 0;
    for (let i = 0; i < floats.length; i++) total += floats[i]!;
    return total;
  };
  return { add, ...(close && { close }) };
}

const quick = { bytes: 4e6, segments: 1, count: 1, rounds: 2, warmup: 1 };
const sizes = [
  {
    name: 'segment-sum',
    title: 'sum over 100 M floats, by kind of view',
    note:
      'The pages that the system hands out make a difference of 10 % and more from trial to trial, whoever maps them; the next ' +
      'case leaves them out.',
    full: { bytes: 400e6, segments: 1, count: 1, rounds: 4, warmup: 2 },
    quick,
  },
  {
    name: 'segment-sum-cached',
    title: 'sum over 8,192 floats, which fit into the cache, by kind of view',
    note: 'What the views themselves cost, without the memory behind them.',
    full: { bytes: 32 << 10, segments: 1, count: 1000, rounds: 15, warmup: 5 },
    quick: { ...quick, bytes: 32 << 10, count: 50 },
  },
];

export const segmentSum = sizes.map(({ name, title, note, full, quick }): BenchCase => ({
  name,
  title,
  note,
  verb: 'sum',
  kind: 'posix', // of anonymous memory, since containers often cap /dev/shm far below 400 MB
  unit: name === 'segment-sum' ? 'ms' : 'µs',
  full,
  quick,
  lines: Object.keys(ways).filter((variant) => variant !== huge || full.bytes > hugePage).map((variant) => ({
    contender: variant === array || variant === shared ? 'ordinary' : 'ours',
    variant,
  })),
  baseline: `ordinary, ${array}`,
  goals: [
    { line: 'ours, view()', versus: `ordinary, ${array}`, atMost: 1.02 },
    { line: 'ours, sharedBuffer', versus: `ordinary, ${shared}`, atMost: 1.02 },
    { line: 'ours, wasmMemory()', versus: `ordinary, ${shared}`, atMost: 1.02 },
  ],
  begin(memory, { bytes, count, variant }) {
    const floats = ways[variant!]!(memory, bytes / 4);
    return {
      round() {
        for (let i = 0; i < count; i++) if (floats.add() !== bytes / 4) throw new Error('the sum is wrong');
      },
      end: () => floats.close?.(),
    };
  },
}));
