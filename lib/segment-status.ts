import type { Key } from './errors.js';
import type { NativeStatus, ObjectId } from './native.js';

export type SegmentKind = 'posix' | 'system-v' | 'anonymous' | 'file' | 'descriptor';

/** What the system says of a segment at one moment. */
export interface SegmentStatus {
  readonly kind: SegmentKind;
  /** A POSIX name or the path of a file; a number is a System V key. */
  readonly name: Key | undefined;
  /** Bytes of the object. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Live processes that have it mapped, as far as this process may look: see {@link holdersKnown}. */
  readonly holders: readonly number[];
  /** False if there are processes that this one may not look into, those of other users. */
  readonly holdersKnown: boolean;
  /** Whether anybody has it mapped; undefined if nobody was found, but not all could be looked into. */
  readonly inUse: boolean | undefined;
  /** Mappings in all processes: counted by the kernel for System V, else those of {@link holders}, one each. */
  readonly attachments: number;
  /** System V only, as the next ones. */
  readonly creatorPid?: number;
  /** Who attached or detached last. */
  readonly lastPid?: number;
  readonly lastAttach?: Date;
  readonly lastDetach?: Date;
  /** Last change of size, mode or owner. */
  readonly changed: Date;
  /** Whether its name or key is gone, so that nobody can open it any more. */
  readonly unlinked: boolean;
  /** Whether nobody can truncate it. */
  readonly sealed: boolean;
}

/** Who has which object mapped, by {@link identity}. */
export interface Holders {
  readonly pids: ReadonlyMap<string, readonly number[]>;
  readonly areAllKnown: boolean;
}

export function segmentStatus(kind: SegmentKind, name: Key | undefined, status: NativeStatus, held: Holders): SegmentStatus {
  const holders = held.pids.get(identity(status)) ?? [];
  const isSystemV = kind === 'system-v';
  const attachments = isSystemV ? status.attachments : holders.length;
  return {
    kind, name, size: status.size, mode: status.mode, uid: status.uid, gid: status.gid,
    holders, holdersKnown: held.areAllKnown,
    inUse: attachments > 0 || (isSystemV || held.areAllKnown ? false : undefined),
    attachments,
    ...(isSystemV && { creatorPid: status.creatorPid, lastPid: status.lastPid }),
    ...(status.attachedAt > 0 && { lastAttach: date(status.attachedAt) }),
    ...(status.detachedAt > 0 && { lastDetach: date(status.detachedAt) }),
    changed: date(status.changedAt), unlinked: status.isRemoved, sealed: status.isSealed,
  };
}

export function identity({ space, number }: ObjectId): string {
  return `${space}:${number}`;
}

function date(secondsSince1970: number): Date {
  return new Date(secondsSince1970 * 1000);
}
