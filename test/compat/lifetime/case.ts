// One thing to do with views before, at or after detach. It runs in a process of its own, which has to live on.
import assert from 'node:assert/strict';

import type { Key } from '../kinds.js';

/** A segment that is attached, filled with 1. */
export interface Subject {
  readonly key: Key;
  readonly bytes: Buffer;
  detach(): void;
  /** Attaches, if it is not, and gives a view. */
  get(): Buffer;
}

export interface Case {
  /** Bytes of the segment; 64 if not given. */
  readonly size?: number;
  /** What this runtime lacks for it. */
  readonly missing?: string | false;
  run(subject: Subject): void | Promise<void>;
}

export type Cases = Readonly<Record<string, Case | Case['run']>>;

/** Methods of ArrayBuffers that newer runtimes have. */
export interface NewerBuffer extends ArrayBuffer {
  readonly detached?: boolean;
  readonly resizable?: boolean;
  readonly maxByteLength?: number;
  resize?(size: number): void;
  transfer?(newLength?: number): ArrayBuffer;
  transferToFixedLength?(newLength?: number): ArrayBuffer;
}

export function bufferOf(view: Uint8Array): NewerBuffer {
  return view.buffer as NewerBuffer;
}

/** Moves the memory of a view into another ArrayBuffer, which the method of its own buffer refuses to do. */
export function moveAway(view: Uint8Array, ...newLength: [length?: number]): ArrayBuffer {
  return (ArrayBuffer.prototype as NewerBuffer).transfer!.call(view.buffer, ...newLength);
}

/** Calls what may answer or throw, as long as the process goes on. */
export function attempt(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof Error);
  }
}

/** Garbage collection, for roles started with --expose-gc. Finalizers run in a later turn. */
export async function collect(): Promise<void> {
  for (let round = 0; round < 3; ++round) {
    (globalThis as { gc?: () => void }).gc!();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
