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
] as const;

/** Why the last call of the addon that answered `undefined` did. */
export function lastFailure(): Failure {
  const [number, osError, operation] = native.failure();
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
