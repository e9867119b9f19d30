// What another process or thread does with segments when a test asks for it.
import { closeSync, openSync } from 'node:fs';
import shm, { Segment } from 'shm-typed-array';

import { openDescriptors, snapshot } from '../support/leftovers.js';
import { type Failure, type Key, failureOf } from './segments.js';

/** A segment of the peer, by the number that the peer gave it. */
export interface Described {
  readonly id: number;
  readonly kind: string;
  readonly name: Key | null;
  readonly access: string;
  readonly created: boolean;
  readonly size: number;
  readonly fd: number | null;
}

export type Outcome = { readonly made: Described; readonly error?: undefined } | { readonly made?: undefined; readonly error: Failure };

type Makers = Record<string, (...args: unknown[]) => Segment>;
type Methods = Record<string, (...args: unknown[]) => unknown>;

const held: Segment[] = [];

function attempt<T extends object>(body: () => T): T | { error: Failure } {
  try {
    return body();
  } catch (error) {
    return { error: failureOf(error) };
  }
}

function describe(segment: Segment): Described {
  const { kind, name = null, access, created, size, fd = null } = segment;
  return { id: held.push(segment) - 1, kind, name, access, created, size, fd };
}

export const calls = {
  /** Calls a function of Segment that answers a segment. */
  make: (how: string, ...args: unknown[]) =>
    attempt(() => ({ made: describe((Segment as unknown as Makers)[how]!(...args)) })),

  /** Calls any other function of Segment. */
  ask: (what: string, ...args: unknown[]) =>
    attempt(() => ({ answer: (Segment as unknown as Methods)[what]!(...args) ?? null })),

  /** Calls a method of a segment. */
  on: (id: number, what: string, ...args: unknown[]) =>
    attempt(() => ({ answer: (held[id] as unknown as Methods)[what]!(...args) ?? null })),

  fill: (id: number, byte: number) => held[id]!.bytes().fill(byte).length,
  read: (id: number, start: number, end: number) => [...held[id]!.view(Uint8Array, start, end - start)],
  readReadonly: (id: number, start: number, end: number) =>
    [...Segment.prototype.bytes.call(held[id]!, start, end - start) as Iterable<number>],
  text: (id: number) => held[id]!.readString().replace(/\0+$/, ''),
  /** Makes a segment of a descriptor of another process, as an unrelated process does. */
  makeOfProcess(pid: number, fd: number) {
    const own = openSync(`/proc/${pid}/fd/${fd}`, 'r+');
    try {
      return calls.make('fromFd', own);
    } finally {
      closeSync(own);
    }
  },
  closeAll: () => held.splice(0).forEach((segment) => segment.close()),
  totals: () => [shm.getTotalSize(), shm.getTotalCreatedSize()],
  look: () => ({ ...snapshot(), descriptors: openDescriptors().length, totals: calls.totals() }),
};
