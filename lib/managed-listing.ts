import { uptime } from 'node:os';

import { type NativeParticipant, type ObjectKind, native } from './native.js';

/** An object of a managed segment. */
export interface ListedObject {
  readonly name: string;
  /** `'other'`: of a kind that this version doesn't know. */
  readonly type: 'mutex' | 'rwLock' | 'semaphore' | 'event' | 'condition' | 'barrier' | 'ring' | 'queue' | 'topic' | 'register' | 'other';
  /** Bytes of its own. */
  readonly size: number;
  /** Of a semaphore. */
  readonly permits?: number;
  /** Of a semaphore. */
  readonly plain?: boolean;
  /** Of an event. */
  readonly reset?: 'manual' | 'auto';
  /** Of a barrier. */
  readonly parties?: number;
  /** Bytes, of a ring, a queue or a topic. */
  readonly capacity?: number;
}

/** A thread that has a managed segment open. */
export interface ListedParticipant {
  /** As in its own PID namespace. */
  readonly pid: number;
  readonly tid: number;
  /** When its process began; undefined where that is not known. */
  readonly since: Date | undefined;
  readonly uid: number;
  /** False if it has died, and nobody has taken its place. */
  readonly alive: boolean;
  /** Whether it is this thread. */
  readonly self: boolean;
}

const kinds = new Map(Object.entries(native.objectKinds).map(([kind, number]) => [number, kind as ObjectKind]));

export function listedObject({ name, kind, size, param }: { name: string; kind: number; size: number; param: number }): ListedObject {
  const type = kinds.get(kind);
  switch (type) {
    case undefined:
      return { name, type: 'other', size };
    case 'semaphore':
      return { name, type, size, permits: param, plain: true };
    case 'leasedSemaphore':
      return { name, type: 'semaphore', size, permits: param, plain: false };
    case 'event':
      return { name, type, size, reset: param === 0 ? 'manual' : 'auto' };
    case 'barrier':
      return { name, type, size, parties: param };
    case 'ring':
    case 'queue':
    case 'topic':
      return { name, type, size, capacity: param };
    default:
      return { name, type, size };
  }
}

const millisecondsPerTick = 10; // USER_HZ is 100 on every Linux

export function listedParticipant({ startTime, ...rest }: NativeParticipant): ListedParticipant {
  const booted = Date.now() - uptime() * 1000;
  return { ...rest, since: startTime === 0 ? undefined : new Date(Math.round(booted + startTime * millisecondsPerTick)) };
}
