// segment-text: 1 KiB of a segment becomes a string, through a copy as this package does it, and without one.
import { Buffer } from 'node:buffer';
import type { BenchCase, Memory } from '../model.js';

const bytes = 1024;
const size = { bytes, segments: 1, count: 1000, rounds: 300, warmup: 50 };
const unsafe = 'unsafe Buffer';

const texts = [
  { name: 'ascii', title: 'ASCII', text: 'The quick brown fox jumps over it. '.repeat(30).slice(0, bytes) },
  { name: 'utf8', title: 'UTF-8 of 1 to 4 bytes', text: 'naïve 数据 🙂 '.repeat(53) + '.'.repeat(17) },
];

/** Each of the ways to read the text, over a segment that holds it in its first bytes. */
const ways: Record<string, (segment: ReturnType<Memory['Segment']['anonymous']>, length: number) => () => string> = {
  'readString()': (segment, length) => () => segment.readString(0, length),
  'bytes().toString()': (segment, length) => () => segment.bytes(0, length).toString(),
  'toString() of bytes() kept': (segment, length) => {
    const kept = segment.bytes(0, length);
    return () => kept.toString();
  },
  [unsafe]: (segment, length) => {
    const kept = Buffer.from(segment.buffer, 0, length);
    return () => kept.toString('utf8');
  },
  [`${unsafe}, made each time`]: (segment, length) => () => Buffer.from(segment.buffer, 0, length).toString('utf8'),
};

export const segmentText = texts.map(({ name, title, text }): BenchCase => ({
  name: `segment-text-${name}`,
  title: `1 KiB of text, ${title}`,
  note:
    'This package decodes a copy. Unsafe is a plain Buffer over `segment.buffer`: a peer that writes at the same time can make it ' +
    'write beyond its string.',
  verb: 'text',
  kind: 'posix',
  unit: 'µs',
  full: size,
  quick: { ...size, rounds: 2, warmup: 1 },
  lines: Object.keys(ways).map((variant) => ({ contender: 'ours', variant })),
  baseline: `ours, ${unsafe}`,
  goals: [],
  begin({ Segment }, { count, variant }) {
    const segment = Segment.anonymous({ size: 4096 });
    const length = segment.bytes().write(text);
    const read = ways[variant!]!(segment, length);
    return {
      round() {
        for (let i = 0; i < count; i++) if (read().length !== text.length) throw new Error('the text is wrong');
      },
      end: () => segment.close(),
    };
  },
}));
