import { Buffer } from 'node:buffer';
import { isMainThread } from 'node:worker_threads';

import { argumentError } from './errors.js';
import { native } from './native.js';
import { checkMode, choice } from './segment-options.js';

export interface ManagedOpenOptions {
  /** Whose segments are accepted, as for {@link OpenOptions}. Default: `'self'`. */
  owner?: 'self' | 'group' | 'any';
}

export interface ManagedCreateOptions {
  /** Bytes, all included: 4096 of header, 64 for each participant, 128 for each entry of the directory, the objects. */
  size: number;
  /** Permission bits, applied exactly. Default: 0o600. */
  mode?: number;
  /** How many threads can have it open at once, 1 to 1023. Default: 64. */
  participants?: number;
  /** How many objects it can hold, 1 to 4096. Default: 64. */
  objects?: number;
  /** Who removes the name: the last that has it open, or nobody but `unlink()`. Default: `'last-close'`. */
  lifetime?: 'last-close' | 'persistent';
}

export interface ManagedOpenOrCreateOptions extends ManagedCreateOptions, ManagedOpenOptions {}

/** Options as the addon takes them. */
export interface ManagedOpening {
  readonly size: number;
  readonly mode: number;
  readonly participants: number;
  readonly objects: number;
  readonly flags: number;
}

const creation = ['size', 'mode', 'participants', 'objects', 'lifetime'];

export function checkManagedOptions(options: unknown, kind: 'create' | 'open' | 'openOrCreate'): ManagedOpening {
  const names = kind === 'create' ? creation : kind === 'open' ? ['owner'] : [...creation, 'owner'];
  const given = readOptions(kind === 'open' && options === undefined ? {} : options, names);
  const { managedFlags: bits } = native;
  const participants = checkCount('options.participants', given['participants'], 64, 1023);
  const objects = checkCount('options.objects', given['objects'], 64, 4096);
  const size = kind === 'open' ? 0 : checkSize(given['size'], native.managedOverhead(participants, objects));
  const flags =
    { 'last-close': 0, 'persistent': bits.persistent }[choice(given, 'lifetime', ['last-close', 'persistent'])] |
    { self: 0, group: bits.trustGroup, any: bits.trustAnyone }[choice(given, 'owner', ['self', 'group', 'any'])] |
    (isMainThread ? 0 : bits.isWorker);
  return { size, mode: checkMode(given['mode']), participants, objects, flags };
}

/** @param names the options of this call; another name is an error */
export function readOptions(options: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof options !== 'object' || options === null) throw argumentError('ERR_INVALID_ARG_TYPE', 'options', 'an object', options);
  // Each is read once, and none that only a prototype has.
  const given: Record<string, unknown> = Object.assign(Object.create(null), options);
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw argumentError('ERR_INVALID_ARG_VALUE', 'options', `no options but ${names.join(', ')}`, name);
    }
  }
  return given;
}

/** An integer from `least` (1) to `most`. @param name for the message */
export function checkCount(name: string, value: unknown, otherwise: number | undefined, most: number, least = 1): number {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (typeof value !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', name, 'a number', value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw argumentError('ERR_OUT_OF_RANGE', name, `an integer from ${least} to ${most}`, value);
  }
  return value;
}

/** @returns the bytes for objects */
function checkSize(size: unknown, overhead: number): number {
  if (typeof size !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'options.size', 'a number of bytes', size);
  const most = Number.MAX_SAFE_INTEGER;
  if (!Number.isInteger(size) || size <= overhead || size > most) {
    throw argumentError('ERR_OUT_OF_RANGE', 'options.size', `an integer from ${overhead + 1} to ${most} bytes`, size);
  }
  return size - overhead;
}

/** The name of a managed segment, with its leading slash. */
export function checkManagedName(name: unknown): string {
  if (typeof name !== 'string') throw argumentError('ERR_INVALID_ARG_TYPE', 'name', 'a string', name);
  if (/^\/?[\w-][\w.-]{0,253}$/.test(name)) return name.startsWith('/') ? name : `/${name}`;
  const rule = "'/' and up to 254 letters, digits, '.', '_' and '-', the first one no '.'";
  throw argumentError('ERR_INVALID_ARG_VALUE', 'name', rule, name);
}

/** The name of an object in a managed segment. */
export function checkObjectName(name: unknown): string {
  if (typeof name !== 'string') throw argumentError('ERR_INVALID_ARG_TYPE', 'name', 'a string', name);
  const bytes = Buffer.from(name);
  if (bytes.length < 1 || bytes.length > 63 || bytes.includes(0) || bytes.toString() !== name) {
    throw argumentError('ERR_INVALID_ARG_VALUE', 'name', 'Unicode text of 1 to 63 bytes without a null byte', name);
  }
  return name;
}
