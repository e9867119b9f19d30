// A process that opens segments and forgets them, and collects garbage until the system shows it.
import shm, { Segment, waitAsync } from 'shm-typed-array';
import { setTimeout as sleep } from 'node:timers/promises';

import { snapshot } from '../../support/leftovers.js';
import { serve } from '../../support/role-side.js';

const { gc } = globalThis as unknown as { gc(): void };

interface Memory { readonly buffer: ArrayBufferLike }

const segments: Segment[] = [];
const kept: unknown[] = [];
let last: Memory | undefined;

function look() {
  const { mappings, descriptors } = snapshot();
  return { mappings: mappings.length, descriptors: descriptors.length };
}

/** Collects until so many mappings are left, and with the last one no descriptor; a watchdog ends it if that never comes. */
async function collectTo(mappings: number) {
  for (;;) {
    gc();
    await sleep(1);
    const seen = look();
    if (seen.mappings <= mappings && (mappings > 0 || seen.descriptors === 0)) return seen;
  }
}

/** What of the segment is kept. */
const parts: Record<string, (s: Segment) => ArrayBufferView | ArrayBufferLike | Memory | undefined> = {
  nothing: () => undefined,
  view: (s) => s.view(Uint8Array),
  bytes: (s) => s.bytes(),
  dataView: (s) => s.dataView(),
  buffer: (s) => s.buffer,
  sharedBuffer: (s) => s.sharedBuffer,
  wasmMemory: (s) => s.wasmMemory(),
};

function bytes(): Uint8Array {
  const memory = last instanceof ArrayBuffer || last instanceof SharedArrayBuffer ? last : last!.buffer;
  return new Uint8Array(memory as ArrayBuffer);
}

let wait: Promise<string> | undefined;

serve({
  waitForWord(index: number) {
    wait = waitAsync(segments.at(-1)!.view(Int32Array), index, 0);
  },
  async endOfWait() {
    const result = await wait;
    await collectTo(0);
    return result;
  },
  hold(key: string | number, what: string) {
    const s = Segment.open(key);
    segments.push(s);
    const part = parts[what]!(s);
    if (part === undefined) return;
    kept.push(part);
    last = part as Memory;
  },
  /** Collects, and then again, so that what ends too early is seen. Answers the mappings that are left. */
  async forgetSegments(mappings: number) {
    segments.length = 0;
    await collectTo(mappings);
    for (let i = 0; i < 3; i++) {
      gc();
      await sleep(1);
    }
    return look().mappings;
  },
  forgetViews() {
    last = undefined;
    kept.length = segments.length = 0;
    return collectTo(0);
  },
  closeSegments: () => segments.forEach((s) => s.close()),
  read: (index: number) => bytes()[index] ?? 0,
  write: (index: number, value: number) => void (bytes()[index] = value),
  look,
  totals: () => [shm.getTotalSize(), shm.getTotalCreatedSize()],
});
