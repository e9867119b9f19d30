import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { resolve } from 'node:path';

import { type Key, argumentError, ruleError, systemError } from './errors.js';

/** Bits of the last argument of the calls that open. */
type Flag =
  | 'exactMode' | 'reserve' | 'populate' | 'lock' | 'guard' | 'tryHugePages' | 'requireHugePages' | 'read'
  | 'copyOnWrite' | 'trustGroup' | 'trustAnyone' | 'compatible';

/** Answers the handle of the open segment: a number of this thread. */
type Open<K> = (key: K, size: number, mode: number, largest: number, flags: number) => number | undefined;

/** Tells apart the objects that one name or key means over time. */
export interface ObjectId {
  readonly space: number;
  readonly number: number;
}

/** What the system says of a segment; sizes in bytes, times in seconds since 1970, 0 for never. */
export interface NativeStatus extends ObjectId {
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly attachments: number;
  readonly creatorPid: number;
  readonly lastPid: number;
  readonly attachedAt: number;
  readonly detachedAt: number;
  readonly changedAt: number;
  readonly isRemoved: boolean;
  readonly isSealed: boolean;
}

export type ObjectKind = 'mutex' | 'rwLock' | 'semaphore' | 'leasedSemaphore' | 'event' | 'condition' | 'barrier' | 'ring' | 'queue' |
  'topic' | 'register';

type OpenManaged =
  (name: string, size: number, mode: number, participants: number, objects: number, flags: number) => number | undefined;

export interface NativeParticipant {
  readonly pid: number;
  readonly tid: number;
  /** In clock ticks since the system's start; 0: unknown. */
  readonly startTime: number;
  readonly uid: number;
  readonly alive: boolean;
  readonly self: boolean;
}

export interface LeasedMessage {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly redelivered: boolean;
}

/** The addon. A call that fails answers `undefined`; {@link lastFailure} then says why. Sizes are in bytes. */
interface Native {
  readonly flags: Readonly<Record<Flag, number>>;

  readonly create: Open<Key>;
  readonly open: Open<Key>;
  readonly openOrCreate: Open<Key>;
  readonly anonymous: Open<0>;
  readonly fromDescriptor: Open<number>;
  readonly openFile: Open<string>;

  isOpen(handle: number): boolean;
  /** 0 when closed. */
  size(handle: number): number;
  wasCreated(handle: number): boolean;
  /** -1 if there is none. */
  descriptor(handle: number): number;
  isTruncated(handle: number): boolean;
  /** The one ArrayBuffer over the payload. */
  buffer(handle: number): ArrayBuffer | undefined;
  sharedBuffer(handle: number): SharedArrayBuffer | undefined;
  /** Puts the segment in the place of the first pages of a WebAssembly memory, which stays referenced until close(). */
  mapOverMemory(handle: number, memory: Uint8Array): true | undefined;
  flush(handle: number): true | undefined;
  status(handle: number): NativeStatus | undefined;
  /** Whether the key still means the segment of this handle. */
  isAt(handle: number, key: Key): boolean | undefined;
  /** Answers the attachments left, 0 when the segment is destroyed and where they are not counted. */
  close(handle: number, endsLifetime: boolean): number | undefined;
  /** Nobody has the handle any more: the mapping ends with its last view. */
  drop(handle: number): void;

  unlink(key: Key): true | undefined;
  statusAt(key: Key): NativeStatus | undefined;
  /** All that there are; `name` is empty for System V. */
  segments(): (NativeStatus & { readonly name: string; readonly key: number })[] | undefined;
  /** The pairs of a process and an object that it has mapped: of one object, or of all shared memory. */
  holders(space?: number, number?: number):
    { readonly areAllKnown: boolean; readonly holders: (ObjectId & { readonly pid: number })[] } | undefined;
  checkName(name: string): true | undefined;
  /** Closes what was opened with the flag `compatible`. Answers the number of System V segments destroyed. */
  closeAll(): number;
  /** What the runtime does with memory that is transferred to another ArrayBuffer. */
  expectTransfers(areThere: boolean, arePrecise: boolean): void;
  hasSharedBuffers(): boolean;
  mappedBytes(): number;
  createdBytes(): number;

  /**
   * What an operation has come to is a number: 0 for acquired, 1 if its owner has died, 2 for timed out, plus 4 times
   * what the operation has to say besides; -1 if it is still waiting. Calls that start asynchronous waits take an id;
   * the function hears the end, with -1 and the number of the failure where there is one.
   *
   * @returns where the ids of this function begin, 2 ** 40 in all; 0 if there is no memory
   */
  onSettled(listener: (id: number, code: number, failure: number) => void): number;
  /**
   * Tries the asynchronous waits that have answered -2, and tells the listener.
   *
   * @returns whether to call it again when the event loop has turned
   */
  pollWaits(): boolean;
  /** An asynchronous wait gives up, unless it has settled, which is heard in any case. */
  cancelWait(id: number): void;
  /** Goes on with the synchronous wait, for a slice of time. */
  goOn(): number | undefined;
  startWord(array: Int32Array, index: number, value: number, timeout: number, id: number): number | undefined;
  beginWord(array: Int32Array, index: number, value: number, timeout: number): number | undefined;
  notifyWord(array: Int32Array, index: number, count: number): number | undefined;

  readonly managedFlags: Readonly<Record<'persistent' | 'trustGroup' | 'trustAnyone' | 'isWorker', number>>;
  /** Kinds of objects by number; in what lists them there may be others. */
  readonly objectKinds: Readonly<Record<ObjectKind, number>>;
  readonly createManaged: OpenManaged;
  readonly openManaged: OpenManaged;
  readonly openOrCreateManaged: OpenManaged;
  unlinkManaged(name: string): true | undefined;
  /** Bytes of a managed segment before its objects. */
  managedOverhead(participants: number, objects: number): number;
  managedFacts(segment: number): { readonly size: number; readonly created: boolean; readonly token: number } | undefined;
  /** Whether the name means the segment of this handle. */
  isManagedAt(segment: number, name: string): boolean;
  managedObjects(segment: number):
    { readonly name: string; readonly kind: number; readonly size: number; readonly param: number }[] | undefined;
  managedParticipants(segment: number): NativeParticipant[] | undefined;
  /** The one ArrayBuffer over all of it. After closeManaged() nothing may have the addresses any more. */
  managedBuffer(segment: number): ArrayBuffer | undefined;
  closeManaged(segment: number): boolean | undefined;

  /** Finds the object or makes it: the same handle for the same object. What the parameters are depends on the kind. */
  findObject(segment: number, kind: number, name: string, first: number, second: number): number | undefined;
  /** Where its words are in the ArrayBuffer. */
  objectOffset(object: number): number | undefined;
  /**
   * `manner` is 1 for the readers of a RwLock, what prepareCondition() has answered, the bytes that are to be free in a
   * ring, or one more than the bytes that are to be sent to a queue, the version of a register or the position in a topic that is known or 2 ** 32 for the lock of its writers; else 0.
   */
  startObject(object: number, manner: number, timeout: number, id: number): number | undefined;
  beginObject(object: number, manner: number, timeout: number): number | undefined;
  tryObject(object: number, manner: number): number | undefined;
  unlock(object: number, leavesSuspect: boolean): true | undefined;
  unlockShared(object: number): true | undefined;
  makeConsistent(object: number): true | undefined;
  /** So many permits; of a leased semaphore the one of this number. */
  releasePermits(object: number, number: number): true | undefined;
  setEvent(object: number, isSet: boolean): true | undefined;
  /** With the mutex held. */
  prepareCondition(object: number): number | undefined;
  notifyCondition(object: number, count: number): true | undefined;
  /** Free permits; 1 for an event that is set. */
  objectValue(object: number): number | undefined;
  /** Of a ring: this thread becomes its producer or its consumer. */
  takeRole(object: number, consumer: boolean): true | undefined;
  leaveRole(object: number, consumer: boolean): true | undefined;
  /**
   * Of a register or a topic, no more bytes than it can hold.
   *
   * @param isLocked whether this thread has waited for the lock of the writers, and has it until then
   * @returns false if somebody is writing
   */
  publish(object: number, bytes: Uint8Array, isLocked: boolean): boolean | undefined;
  /** @returns false if there is no room */
  sendToQueue(object: number, message: Uint8Array): boolean | undefined;
  /** @returns a private copy; null if there is none */
  receiveFromQueue(object: number, asLease: boolean): LeasedMessage | null | undefined;
  /** @param isDone or somebody shall get it again */
  endLease(object: number, position: number, isDone: boolean): true | undefined;
  /** Wakes the other side, if it sleeps, for what this one has done. */
  notifyOtherSide(object: number, consumer: boolean): true | undefined;

  failure(): [code: number, osError: number, operation: string];
}

export const native: Native = load();
native.expectTransfers('transfer' in ArrayBuffer.prototype, 'deno' in process.versions);

export interface Failure {
  readonly isExists: boolean;
  readonly isNotFound: boolean;
  readonly isDenied: boolean;
  /** The error to throw, for the verb and key of the caller. */
  toError(verb: string, key: Key | undefined): Error;
}

const { EACCES, EEXIST, ENOENT } = constants.errno;

// In the order of the enumerators of shm::Errc, from the second; the first is what the system said. Without a reason
// the addon's text is it.
const rules = [
  { code: 'ERR_INVALID_ARG_VALUE' },
  { code: 'ERR_SHM_UNTRUSTED' },
  { code: 'ERR_SHM_NOT_READY', reason: 'the object has 0 bytes: its creator has not finished it' },
  { code: 'ERR_SHM_CLOSED', reason: 'the segment is closed' },
  { code: 'ERR_SHM_UNSUPPORTED', reason: 'this system or runtime cannot do it' },
  { code: 'ERR_SHM_READ_ONLY', reason: 'the segment was opened for reading' },
  { code: 'ERR_SHM_TRUNCATED', reason: 'somebody made the object shorter' },
  { code: 'ERR_SHM_LAYOUT' },
  { code: 'ERR_SHM_TYPE_MISMATCH' },
  { code: 'ERR_SHM_CORRUPT' },
  { code: 'ERR_SHM_NO_SLOT', reason: 'the segment has as many participants as it has room for' },
  { code: 'ERR_SHM_FULL' },
  { code: 'ERR_SHM_DEADLOCK', reason: 'the caller has the lock that it would wait for' },
  { code: 'ERR_SHM_NOT_OWNER', reason: 'the caller does not have the lock' },
  { code: 'ERR_SHM_TIMEOUT', reason: 'the deadline has passed' },
  { code: 'ERR_SHM_ROLE_TAKEN', reason: 'somebody alive has this role' },
  { code: 'ERR_SHM_TOO_LONG' },
  { code: 'ERR_SHM_PEER_DIED', reason: 'who was to do it has died' },
  { code: 'ERR_SHM_ENDED', reason: 'nothing follows' },
] as const;

/** Why the last call of the addon that answered `undefined` did. */
export function lastFailure(): Failure {
  return toFailure(...native.failure());
}

/** @param number of the enumerator of shm::Errc */
export function toFailure(number: number, osError: number, operation: string): Failure {
  return {
    isExists: number === 0 && osError === EEXIST,
    isNotFound: number === 0 && osError === ENOENT,
    isDenied: number === 0 && osError === EACCES,
    toError(verb, key) {
      const rule = rules[number - 1];
      if (rule === undefined) return systemError(verb, key, osError, operation);
      if (rule.code === 'ERR_INVALID_ARG_VALUE') {
        return argumentError(rule.code, verb === 'openFile' ? 'path' : 'key', operation, key);
      }
      if (!('reason' in rule)) return ruleError(rule.code, verb, key, operation);
      const reason = rule.code === 'ERR_SHM_UNSUPPORTED' ? `${rule.reason}: ${operation}` : rule.reason;
      return ruleError(rule.code, verb, key, reason);
    },
  };
}

type Attempt = readonly [where: string, load: () => unknown];

function load(): Native {
  const causes: string[] = [];
  for (const [where, loadIt] of attempts()) {
    try {
      return loadIt() as Native;
    } catch (error) {
      causes.push(`  ${where}: ${(error as Error).message.split('\n', 1)[0]}`);
    }
  }
  const reason = [
    `no addon for ${process.platform}-${process.arch}. Tried:`, ...causes,
    'Ways out: use a platform of the README\'s table; build it (npm explore shm-typed-array -- npm run build:addon);',
    'or set SHM_TYPED_ARRAY_ADDON to the path of a shm.node.',
  ].join('\n');
  throw ruleError('ERR_SHM_UNSUPPORTED', 'load', undefined, reason);
}

function attempts(): readonly Attempt[] {
  const require = createRequire(import.meta.url);
  const chosen = process.env['SHM_TYPED_ARRAY_ADDON'];
  if (chosen !== undefined) return [[`SHM_TYPED_ARRAY_ADDON=${chosen}`, () => require(resolve(chosen))]];

  const local: Attempt = ['build/release/shm.node', () => require('../build/release/shm.node')];
  // Literal paths, so that bundlers see them.
  switch (`${process.platform}-${process.arch}`) {
    case 'linux-x64':
      return [local, ['prebuilds/linux-x64.node', () => require('../prebuilds/linux-x64.node')]];
    case 'linux-arm64':
      return [local, ['prebuilds/linux-arm64.node', () => require('../prebuilds/linux-arm64.node')]];
    default:
      return [local];
  }
}
