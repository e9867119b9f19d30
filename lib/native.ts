import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { resolve } from 'node:path';

import { type Key, argumentError, ruleError, systemError } from './errors.js';

/**
 * The addon. A call that fails answers `undefined`; {@link lastFailure} then says why. Sizes are in bytes. What creates
 * or opens answers the ArrayBuffer over the payload; `lastHandle()` is then the number of that mapping of this thread.
 */
interface Native {
  createPosix(name: string, size: number, mode: number, exactMode: boolean): ArrayBuffer | undefined;
  openPosix(name: string, largest: number): ArrayBuffer | undefined;
  createSystemV(key: number, size: number, mode: number): ArrayBuffer | undefined;
  openSystemV(key: number, largest: number): ArrayBuffer | undefined;
  lastHandle(): number;
  unlink(key: Key): true | undefined;
  checkName(name: string): true | undefined;
  isOpen(handle: number): boolean;
  /** Whether the key still means the segment of this handle. */
  isAt(handle: number, key: Key): boolean | undefined;
  /** Answers the attachments left, 0 when the segment is destroyed and where they are not counted. */
  close(handle: number, endsLifetime: boolean): number | undefined;
  /** Answers the number of System V segments destroyed. */
  closeAll(): number;
  /** Whether an ArrayBuffer that is found detached may have been transferred. */
  expectTransfers(areThere: boolean): void;
  mappedBytes(): number;
  createdBytes(): number;
  failure(): [code: number, osError: number, operation: string];
}

export const native: Native = load();
native.expectTransfers('transfer' in ArrayBuffer.prototype);

export interface Failure {
  readonly isExists: boolean;
  readonly isNotFound: boolean;
  /** The error to throw, for the verb and key of the caller. */
  toError(verb: string, key: Key): Error;
}

const { EEXIST, ENOENT } = constants.errno;

// In the order of the enumerators of shm::Errc, from the second; the first is what the system said.
const rules = [
  { code: 'ERR_INVALID_ARG_VALUE', reason: '' },
  { code: 'ERR_SHM_UNTRUSTED', reason: 'not a regular shared memory object' },
  { code: 'ERR_SHM_NOT_READY', reason: 'the object has 0 bytes: its creator has not finished it' },
  { code: 'ERR_SHM_CLOSED', reason: 'the segment is closed' },
  { code: 'ERR_SHM_UNSUPPORTED', reason: 'this runtime cannot have an ArrayBuffer over it' },
] as const;

/** Why the last call of the addon that answered `undefined` did. */
export function lastFailure(): Failure {
  const [number, osError, operation] = native.failure();
  return {
    isExists: number === 0 && osError === EEXIST,
    isNotFound: number === 0 && osError === ENOENT,
    toError(verb, key) {
      const rule = rules[number - 1];
      if (rule === undefined) return systemError(verb, key, osError, operation);
      if (rule.code === 'ERR_INVALID_ARG_VALUE') return argumentError(rule.code, 'key', operation, key);
      const reason = rule.code === 'ERR_SHM_UNSUPPORTED' ? `${rule.reason} (${operation})` : rule.reason;
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
