import type { Key } from './errors.js';
import { type ObjectId, lastFailure, native } from './native.js';
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

/** Whether the key means something, as far as that can be known; what is not ours to read is there too. */
export function isThere(key: Key, given: Key): boolean {
  if (native.statusAt(key) !== undefined) return true;
  const failure = lastFailure();
  if (failure.isNotFound) return false;
  if (failure.isDenied && typeof key === 'number') return true;
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
