// Ends of the memory in any order: close(), garbage collection, transfer(), exit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { Segment } from 'shm-typed-array';

const size = 100_000;
const canTransfer = 'transfer' in ArrayBuffer.prototype;
const isBun = process.versions['bun'] !== undefined;

export const expectedEndings: Record<string, unknown> = {
  'everything is used after close()': { lengths: [0, 0, 0, 0], shared: [0, 1], peer: 7 },
  'views outlive a segment that nobody closed': { first: 9, last: 9, peer: 9 },
  'a SharedArrayBuffer outlives a segment that nobody closed': { first: 9, peer: 5 },
  'segments, views and buffers are forgotten in any order': { mappings: 0 },
  'exit with everything open': { open: 12 },
  'process.exit() with everything open': { open: 12 },
  ...(canTransfer && {
    'transfer(), then close()': { moved: 3, afterwards: 0, peer: 3 },
    'transfer(), and nobody closes': { moved: 3, afterwards: 3 },
    'transfer(), then exit': { moved: 3 },
  }),
};

export const endings: Record<string, (name: string) => unknown> = {
  async 'everything is used after close()'(name) {
    const s = made(name, 7);
    const peer = Segment.open(name);
    const memory = s.buffer;
    const views = [s.view(Uint32Array), s.bytes(), new Uint8Array(memory)];
    const data = s.dataView();
    const shared = new Uint8Array(s.sharedBuffer);
    const wasm = isBun ? undefined : new Uint8Array(s.wasmMemory().buffer);
    s.close();
    Segment.unlink(name);
    for (const view of views) {
      view[0] = 1;
      attempt(() => view.fill(1)); // a TypeError, but not in every runtime
    }
    assert.throws(() => data.getUint8(0), TypeError);
    const before = shared[0];
    shared.fill(1);
    wasm?.fill(1);
    await collect();
    return {
      lengths: [...views.map((view) => view.length), memory.byteLength], shared: [before, shared[size - 1]], peer: peer.bytes()[0],
    };
  },
  async 'views outlive a segment that nobody closed'(name) {
    const view = made(name, 9).view(Uint8Array);
    const peer = Segment.open(name);
    Segment.unlink(name);
    for (let i = 0; i < 5; i++) await collect();
    return { first: view[0], last: view[size - 1], peer: peer.bytes()[0] };
  },
  async 'a SharedArrayBuffer outlives a segment that nobody closed'(name) {
    const view = new Uint8Array(made(name, 9).sharedBuffer);
    const peer = Segment.open(name);
    Segment.unlink(name);
    for (let i = 0; i < 5; i++) await collect();
    const [first] = view;
    view[0] = 5;
    return { first, peer: peer.bytes()[0] };
  },
  async 'segments, views and buffers are forgotten in any order'(name) {
    const kept: unknown[] = [];
    for (let round = 0; round < 300; round++) {
      makeAndForget(name, round, kept);
      if (round % 20 === 0) await collect();
    }
    kept.length = 0;
    for (let i = 0; i < 50 && countMappings() > 0; i++) await collect();
    return { mappings: isBun ? 0 : countMappings() };
  },
  'exit with everything open': (name) => ({ open: hold(name) }),
  'process.exit() with everything open': (name) => {
    const open = hold(name);
    setTimeout(() => process.exit(0), 100);
    return { open };
  },
  async 'transfer(), then close()'(name) {
    const s = made(name, 3);
    const peer = Segment.open(name);
    Segment.unlink(name);
    const moved = new Uint8Array(transfer(s.buffer));
    const [before] = moved;
    s.close();
    await collect();
    const [afterwards] = moved;
    moved.fill(8);
    return { moved: before, afterwards, peer: peer.bytes()[0] };
  },
  async 'transfer(), and nobody closes'(name) {
    const moved = new Uint8Array(transfer(made(name, 3).buffer));
    Segment.unlink(name);
    const [before] = moved;
    for (let i = 0; i < 5; i++) await collect();
    return { moved: before, afterwards: moved[size - 1] };
  },
  'transfer(), then exit': (name) => {
    const moved = new Uint8Array(transfer(made(name, 3).buffer));
    Segment.unlink(name);
    process.on('exit', () => moved.fill(1));
    return { moved: moved[0] };
  },
};

function attempt(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof TypeError);
  }
}

function made(name: string, value: number): Segment {
  const s = Segment.create(name, { size });
  s.view(Uint8Array).fill(value);
  return s;
}

let random = 1;

function makeAndForget(name: string, round: number, kept: unknown[]): void {
  const s = made(name, 1);
  Segment.unlink(name);
  const things: unknown[] = [s, s.view(Uint8Array), s.bytes(), s.buffer, Segment.anonymous({ size })];
  if (round % 3 === 0) things.push(s.sharedBuffer);
  if (round % 30 === 0 && !isBun) things.push(s.wasmMemory());
  for (const thing of things) {
    random = (random * 16_807) % 2_147_483_647;
    if (random % 3 === 0) kept.push(thing);
    if (kept.length > 20) kept.splice(random % 20, 1);
    if (random % 5 === 0) s.close();
  }
}

const held: unknown[] = [];

function hold(name: string): number {
  for (let i = 0; i < 3; i++) {
    const s = made(name, 1);
    Segment.unlink(name);
    held.push(s.buffer, s.view(Uint8Array), s.sharedBuffer, isBun ? s : s.wasmMemory());
  }
  return held.length;
}

function transfer(memory: ArrayBuffer): ArrayBuffer {
  return (ArrayBuffer.prototype as unknown as { transfer: () => ArrayBuffer }).transfer.call(memory);
}

async function collect(): Promise<void> {
  globalThis.gc?.();
  await pause(10);
}

/** Of shared memory, in this process. */
function countMappings(): number {
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return maps.filter((line) => / \/(dev\/shm\/|memfd:shm-typed-array)/.test(line)).length;
}
