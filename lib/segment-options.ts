import { LengthMax } from './element-types.js';
import { argumentError } from './errors.js';
import { native } from './native.js';

/** What has to do with the memory itself, whether it is made or found. */
export interface MemoryOptions {
  /** Map all pages at once instead of one page fault each; what is below 1 MiB stays as it is. Default: false. */
  populate?: boolean;
  /** Keep the pages in memory (`mlock`); `ENOMEM` or `EPERM` beyond the limit of the process. Default: false. */
  lock?: boolean;
  /**
   * Survive pages that vanish, because somebody truncated the object or the file system is full: they read as zeros,
   * the segment is {@link Segment.truncated} and its next call throws `ERR_SHM_TRUNCATED`. Without it the process ends
   * with SIGBUS. Default: false, and true where `owner` is not `'self'`.
   */
  guard?: boolean;
}

export interface CreateOptions extends MemoryOptions {
  /** Bytes, from 1 to {@link LengthMax}. */
  size: number;
  /** Permission bits, applied exactly. Default: 0o600. */
  mode?: number;
  /**
   * Allocate all pages now, so that a file system without room is an `ENOSPC` here and not a SIGBUS later. `false` for
   * sparse segments. Default: true.
   */
  reserve?: boolean;
  /**
   * Pages of 2 MiB: `'try'` takes ordinary ones where the system has none, `'require'` fails (the size has to be a
   * multiple of 2 MiB then). Default: `'never'`.
   */
  hugePages?: 'never' | 'try' | 'require';
}

export interface OpenOptions extends MemoryOptions {
  /** `'read'` opens for reading only; JavaScript gets {@link ReadonlyView}s. Default: `'read-write'`. */
  access?: 'read' | 'read-write';
  /**
   * With `access: 'read'`: ordinary typed arrays all the same, in which a write goes to a private copy of its page.
   * Not for System V.
   */
  raw?: 'copy-on-write';
  /**
   * Whose segments are accepted: of this user (`'self'`), also those whose group is one of ours (`'group'`), or all
   * (`'any'`). Those of root always. Default: `'self'`; others are `ERR_SHM_UNTRUSTED`.
   */
  owner?: 'self' | 'group' | 'any';
  /** The size in bytes that it must have, else `ERR_SHM_UNTRUSTED`. Default: any. */
  size?: number;
}

export interface OpenOrCreateOptions extends CreateOptions {
  owner?: 'self' | 'group' | 'any';
}

export interface OpenFileOptions extends OpenOptions {
  /** Bytes; the file is made if there is none. */
  size?: number;
  /** Permission bits of a new file, applied exactly. Default: 0o600. */
  mode?: number;
  /** See {@link CreateOptions}. */
  reserve?: boolean;
}

/** Options as the addon takes them. */
export interface Opening {
  readonly size: number;
  readonly mode: number;
  readonly flags: number;
  readonly isReadOnly: boolean;
  /** Read-only, and yet ordinary typed arrays. */
  readonly isCopy: boolean;
  readonly isGuarded: boolean;
}

const hugePage = 2 ** 21;
const memoryNames = ['populate', 'lock', 'guard'];
export const createNames = ['size', 'mode', 'reserve', 'hugePages', ...memoryNames];
export const openNames = ['access', 'raw', 'owner', 'size', ...memoryNames];
export const openOrCreateNames = [...createNames, 'owner'];
export const openFileNames = [...openNames, 'mode', 'reserve'];

/** What no options mean, read once: most calls of open() are without. */
const defaults = checkOptions({}, [], false);

/**
 * @param names the options of this call; another name is an error, not a silent nothing
 * @param needsSize whether there is no default for `size`
 */
export function checkOptions(options: unknown, names: readonly string[], needsSize: boolean): Opening {
  if (typeof options !== 'object' || options === null) {
    if (options !== undefined || needsSize) throw argumentError('ERR_INVALID_ARG_TYPE', 'options', 'an object', options);
    return defaults;
  }
  // Each is read once, and none that only a prototype has.
  const given: Record<string, unknown> = Object.assign(Object.create(null), options);
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw argumentError('ERR_INVALID_ARG_VALUE', 'options', `no options but ${names.join(', ')}`, name);
    }
  }
  const { flags: bits } = native;
  const hugePages = choice(given, 'hugePages', ['never', 'try', 'require']);
  const size = checkSize(given['size'], needsSize, hugePages === 'require');
  const isReserved = flag(given, 'reserve', true);
  if (hugePages === 'require' && !isReserved) {
    throw argumentError('ERR_INVALID_ARG_VALUE', 'options.reserve', "true beside hugePages: 'require'", isReserved);
  }
  const access = choice(given, 'access', ['read-write', 'read']);
  const raw = choice(given, 'raw', [undefined, 'copy-on-write']);
  if (raw !== undefined && access !== 'read') {
    throw argumentError('ERR_INVALID_ARG_VALUE', 'options.raw', "access: 'read' beside it", raw);
  }
  const owner = choice(given, 'owner', ['self', 'group', 'any']);
  const isGuarded = flag(given, 'guard', owner !== 'self');
  const flags =
    bits.exactMode |
    (isReserved ? bits.reserve : 0) |
    (flag(given, 'populate', false) ? bits.populate : 0) |
    (flag(given, 'lock', false) ? bits.lock : 0) |
    (isGuarded ? bits.guard : 0) |
    { never: 0, try: bits.tryHugePages, require: bits.requireHugePages }[hugePages] |
    (raw === 'copy-on-write' ? bits.copyOnWrite : access === 'read' ? bits.read : 0) |
    { self: 0, group: bits.trustGroup, any: bits.trustAnyone }[owner];
  const isReadOnly = access === 'read';
  return { size, mode: checkMode(given['mode']), flags, isReadOnly, isCopy: raw !== undefined, isGuarded };
}

function checkSize(size: unknown, isNeeded: boolean, isHuge: boolean): number {
  if (size === undefined && !isNeeded) return 0;
  if (typeof size !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'options.size', 'a number of bytes', size);
  if (!Number.isInteger(size) || size < 1 || size > LengthMax) {
    throw argumentError('ERR_OUT_OF_RANGE', 'options.size', `an integer from 1 to ${LengthMax} bytes`, size);
  }
  if (isHuge && size % hugePage !== 0) {
    throw argumentError('ERR_OUT_OF_RANGE', 'options.size', `a multiple of ${hugePage} with hugePages: 'require'`, size);
  }
  return size;
}

export function checkMode(mode: unknown): number {
  if (mode === undefined) return 0o600;
  if (typeof mode !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'options.mode', 'a number', mode);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) {
    throw argumentError('ERR_OUT_OF_RANGE', 'options.mode', 'an integer from 0 to 0o777', mode);
  }
  return mode;
}

export function flag(given: Record<string, unknown>, name: string, otherwise: boolean): boolean {
  const value = given[name];
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw argumentError('ERR_INVALID_ARG_TYPE', `options.${name}`, 'a boolean', value);
  return value;
}

/** The first of `values` is the default. */
export function choice<T extends string | undefined>(given: Record<string, unknown>, name: string, values: readonly T[]): T {
  const value = given[name] === undefined ? values[0] : given[name];
  if (values.includes(value as T)) return value as T;
  const shown = values.filter((each) => each !== undefined).map((each) => `'${each}'`).join(' or ');
  throw argumentError('ERR_INVALID_ARG_VALUE', `options.${name}`, shown, value);
}
