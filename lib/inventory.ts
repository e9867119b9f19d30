import type { Key } from './errors.js';
import { type NativeStatus, type ObjectId, lastFailure, native } from './native.js';
import { type Holders, type SegmentStatus, identity, segmentStatus } from './segment-status.js';

/** Who has the object mapped. */
export function holdersOf(id: ObjectId): Holders {
  return collect(native.holders(id.space, id.number));
}

export function listSegments(): SegmentStatus[] {
  const listed = native.segments();
  if (listed === undefined) throw lastFailure().toError('list', undefined);
  const held = collect(native.holders());
  return listed.map(({ name, key, ...status }) =>
    name === '' ? segmentStatus('system-v', status.isRemoved ? undefined : key, status, held) : segmentStatus('posix', name, status, held));
}

/** Undefined if there is none. */
export function statusAt(key: Key, given: Key): NativeStatus | undefined {
  const status = native.statusAt(key);
  if (status !== undefined) return status;
  const failure = lastFailure();
  if (failure.isNotFound) return undefined;
  throw failure.toError('exists', given);
}

/** A system that does not show what processes have mapped leaves all of them unknown. */
function collect(seen: ReturnType<typeof native.holders>): Holders {
  const pids = new Map<string, number[]>();
  for (const { pid, ...id } of seen?.holders ?? []) {
    const known = pids.get(identity(id));
    if (known === undefined) pids.set(identity(id), [pid]);
    else known.push(pid);
  }
  return { pids, areAllKnown: seen?.areAllKnown ?? false };
}
