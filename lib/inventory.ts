import type { Key } from './errors.js';
import { type NativeStatus, lastFailure, native } from './native.js';
 

export function holdersOf(_status: NativeStatus): Holders { return { pids: new Map(), areAllKnown: false }; }
export function listSegments(): SegmentStatus[] { return []; }
/** Undefined if there is none. */
export function statusAt(key: Key, given: Key): NativeStatus | undefined {
  const status = native.statusAt(key);
  if (status === undefined && !lastFailure().isNotFound) throw lastFailure().toError('stat', given);
  return status;
}
