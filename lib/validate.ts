import { type ElementType, LengthMax } from './element-types.js';
import { argumentError } from './errors.js';

const keyMin = 1;
const keyMax = 2 ** 32 - 2;

/** A System V key. */
export function checkKey(key: unknown): number {
  if (typeof key !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'key', 'a number or a string', key);
  if (!Number.isInteger(key) || key < keyMin || key > keyMax) {
    throw argumentError('ERR_OUT_OF_RANGE', 'key', `an integer from ${keyMin} to ${keyMax}`, key);
  }
  return key;
}

/** Keys to try for a new segment: a random one and those after it, so that the search ends whatever is taken. */
export function* freshKeys(): Generator<number, never> {
  const range = keyMax - keyMin + 1;
  for (let offset = Math.floor(Math.random() * range); ; offset++) yield keyMin + (offset % range);
}

/** The name of a POSIX object, with its leading slash; the rest of the rule for names is the addon's. */
export function checkName(name: unknown): string {
  if (typeof name !== 'string') throw argumentError('ERR_INVALID_ARG_TYPE', 'name', 'a string', name);
  return name.startsWith('/') ? name : `/${name}`;
}

/** @returns the size of `count` elements in bytes */
export function checkCount(count: unknown, type: ElementType): number {
  if (typeof count !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'count', 'a number of elements', count);
  const most = Math.floor(LengthMax / type.bytesPerElement);
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw argumentError('ERR_OUT_OF_RANGE', 'count', `an integer from 1 to ${most} elements`, count);
  }
  return count * type.bytesPerElement;
}

/** A place in an array; `most` is negative where there is none. */
export function checkIndex(value: unknown, name: string, most: number): number {
  if (typeof value !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', name, 'a number', value);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    const rule = most < 0 ? 'more bytes than there are' : `an integer from 0 to ${most}`;
    throw argumentError('ERR_OUT_OF_RANGE', name, rule, value);
  }
  return value;
}

export interface Permissions {
  readonly mode: number;
  /** Given explicitly: applied as it is. Else the umask of the process takes bits away. */
  readonly isExact: boolean;
}

const defaultPermissions: Permissions = { mode: 0o660, isExact: false };

export function checkPerm(perm: unknown): Permissions {
  if (perm === undefined) return defaultPermissions;
  const rule = "an octal string from '0' to '777'";
  if (typeof perm !== 'string') throw argumentError('ERR_INVALID_ARG_TYPE', 'perm', rule, perm);
  if (!/^0*[0-7]{1,3}$/.test(perm)) throw argumentError('ERR_INVALID_ARG_VALUE', 'perm', rule, perm);
  return { mode: Number.parseInt(perm, 8), isExact: true };
}
