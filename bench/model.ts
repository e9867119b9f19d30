// The words of the benchmarks: a case is what is measured, a contender is who, a line is one contender in one case.

import type { ChildProcess } from 'node:child_process';
import type { Segment } from 'shm-typed-array';

/** System V key or POSIX name. */
export type Key = number | string;

/** What a case needs of a module under test: the API of shm-typed-array 0.1.1. */
export interface Memory {
  create(count: number, typeKey: 'Uint8Array', key: Key): Uint8Array | null;
  create(count: number, typeKey: 'Float32Array', key: Key): Float32Array | null;
  get(key: Key, typeKey: 'Uint8Array'): Uint8Array | null;
  detach(key: Key): number;
  destroy(key: Key): boolean;
  /** Of this package alone. */
  readonly Segment: typeof Segment;
  /** As much of it as the cases use; other contenders that have locks have the like. */
  readonly ManagedSegment: { openOrCreate(name: string, options: { size: number }): LocksAndEvents };
  /** Of contenders that wake another process in a way of their own. */
  readonly connect?: Connect;
  /** Of contenders that have messages of their own. */
  readonly messenger?: ConnectMessenger;
}

export interface LocksAndEvents {
  mutex(name: string): { tryLock(): { release(): void } | null };
  event(name: string, options: { reset: 'auto' }): { wait(): Promise<unknown>; set(): void };
  ring(name: string, options: { capacity: number }): {
    producer(): { sendMany(messages: Iterable<Uint8Array>): Promise<void>; send(message: Uint8Array): Promise<void>; trySend(message: Uint8Array): boolean };
    consumer(): { drain(fn: () => void, options: { most: number }): number; receive(): Promise<unknown>; tryReceive(): unknown };
  };
  close(): void;
}

/** One of two processes that wake each other: the process of the trial, or the one that it started. */
export type Side = 'trial' | 'peer';

/** What a process has of the other one. */
export interface Connection {
  wake(): void;
  /** When the other one has called `wake()`. */
  woken(): Promise<unknown>;
  close(): void;
}

/** @param channel - Node's own, between the two */
export type Connect = (key: string, side: Side, channel: ChildProcess | NodeJS.Process) => Promise<Connection>;

/** One of two processes that send each other messages of one size. */
export interface Messenger {
  /** When all are handed over. */
  send(message: Uint8Array, count: number): void | Promise<void>;
  /** When so many have come since the last time. */
  received(count: number): void | Promise<void>;
  close(): void;
}

/** @param bytes - of a message */
export type ConnectMessenger =
  (key: string, side: Side, channel: ChildProcess | NodeJS.Process, bytes: number, variant: string | undefined) => Promise<Messenger>;

/** How much one trial does: `warmup` untimed rounds, then `rounds` timed ones, each of `count` operations. */
export interface Size {
  /** Of each segment. */
  readonly bytes: number;
  /** How many there are; the operations take them in turn. */
  readonly segments: number;
  readonly count: number;
  readonly rounds: number;
  readonly warmup: number;
  /** Ends without a garbage collection: for so few operations that it would be most of their time. */
  readonly leaveGarbage?: boolean;
}

export type Kind = 'posix' | 'sysv';

export type Unit = 'ns' | 'µs' | 'ms';

/** Which system calls a case is compared with in C: those of the API of version 0.1, or those of the class Segment. */
export type Api = 'compat' | 'segment';

/** What the process of one trial is told. */
export interface Job extends Size {
  readonly verb: string;
  readonly api: Api;
  readonly kind: Kind;
  readonly key: Key;
  /** Of the line. */
  readonly variant?: string;
}

/** The keys of all segments of a job; bench/c/trial.c makes the same ones. */
export function keysOf({ key, segments }: Job): Key[] {
  return Array.from({ length: segments }, (_, i) => (typeof key === 'number' ? key + i : `${key}-${i}`));
}

/** A trial in a JavaScript process: the event loop turns after every round, inside the measured time. */
export interface Trial {
  round(): void | Promise<void>;
  end?(): void;
  /** Takes the place of the time on the clock, or is added to it. */
  report?(): Partial<Measured>;
}

/** What a trial says of itself. */
export interface Measured {
  /** Nanoseconds of one operation. */
  readonly ns: number;
  /** Nanoseconds of what an operation consists of, by name. */
  readonly parts?: Readonly<Record<string, number>>;
  /** What else has been measured, by name. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Share of the memory, 0 to 1, that lay in huge pages. */
  readonly huge?: number;
}

/** The machine or the runtime can't do it, for this reason; not a failure. */
export interface NotRun {
  readonly notRun: string;
}

/** What a trial throws to be {@link NotRun}. */
export class Impossible extends Error {}

export interface Line {
  readonly contender: string;
  /** Tells lines of one contender apart. */
  readonly variant?: string;
  readonly size?: Size;
  /** Runs with a file system of its own in the place of /dev/shm, mounted with this option `huge`. */
  readonly huge?: 'always' | 'advise';
}

/** A figure to reach: this line's time over that of `versus`, or in the unit of the case where there is none. */
export interface Goal {
  readonly line: string;
  readonly versus?: string;
  readonly atMost: number;
}

export interface BenchCase {
  readonly name: string;
  readonly title: string;
  /** What else the reader has to know to judge the figures. */
  readonly note?: string;
  readonly verb: string;
  /** Default: `'compat'`. */
  readonly api?: Api;
  readonly kind: Kind;
  readonly unit: Unit;
  readonly full: Size;
  readonly quick: Size;
  readonly lines: readonly Line[];
  /** The line that all ratios refer to. */
  readonly baseline: string;
  readonly goals: readonly Goal[];
  /** The segment is there already, held by a process of its own. */
  readonly existing?: boolean;
  /** Absent where the whole process is what is measured. */
  begin?(memory: Memory, job: Job, module: string): Trial;
  /** The command of a trial, where it is not the contender's usual one. */
  command?(contender: Contender, line: Line): string[];
}

export interface Contender {
  readonly name: string;
  readonly description: string;
  /** What a JavaScript contender is imported by. */
  readonly module?: string;
  /** The command of one trial; it prints a line of JSON, `{"ns": time of one operation}`. */
  command(benchCase: BenchCase, job: Job): string[];
}

export interface LineResult {
  readonly id: string;
  readonly contender: string;
  /** Nanoseconds of one operation, one number a trial; the same place in two lines is the same moment. */
  readonly samples: number[];
  /** As {@link Measured.parts}, one number a trial. */
  parts?: Record<string, number[]>;
  /** As {@link Measured.figures}, one number a trial. */
  figures?: Record<string, number[]>;
  huge?: number[];
  failure?: string;
  notRun?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly note?: string;
  readonly unit: Unit;
  readonly baseline: string;
  readonly goals: readonly Goal[];
  readonly lines: LineResult[];
}

export interface Results {
  readonly date: string;
  readonly command: string;
  readonly trials: number;
  readonly quick: boolean;
  readonly machine: Record<string, string>;
  readonly versions: Record<string, string>;
  readonly contenders: Record<string, string>;
  readonly notices: string[];
  readonly cases: CaseResult[];
}

export function lineId(line: Line): string {
  return line.variant === undefined ? line.contender : `${line.contender}, ${line.variant}`;
}
