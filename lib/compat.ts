/** The API of version 0.1.x of this package. */
import './exit-cleanup.js';

import { type Attachment, add, close, closeAll, newest } from './attachments.js';
import { type ElementType, LengthMax, type ShmMap, elementType } from './element-types.js';
import type { Key } from './errors.js';
import { lastFailure, native } from './native.js';
import { type Permissions, checkCount, checkKey, checkName, checkPerm, freshKeys } from './validate.js';

// Whoever the permission bits let in, as in version 0.1.
const opening = native.flags.compatible | native.flags.trustAnyone;
const creation = opening | native.flags.reserve;

/**
 * Creates a segment: System V for a number or nothing as `key` (a free key is generated then), POSIX for a string.
 *
 * @param count elements, not bytes
 * @param typeKey element type, a key of {@link BufferType}
 * @param perm octal permissions, applied exactly; without it `'660'`, of which the umask takes bits away (POSIX)
 * @returns a zero-filled array; with `.key` for System V. `null` if the key is taken
 * @throws TypeError, RangeError (arguments); ShmError with the `code` of the system: `ENOSPC`, `EACCES`, `ENOMEM`, ...
 *
 * @example
 * const prices = shm.create(1_000_000, 'Float64Array', '/prices');
 * prices[0] = 101.25;
 */
export function create<K extends keyof ShmMap = 'Buffer'>(
  count: number, typeKey?: K, key?: Key | null, perm?: string,
): ShmMap[K] | null;
export function create(count: unknown, typeKey: unknown = 'Buffer', key?: unknown, perm?: unknown): unknown {
  if (typeof key === 'string') return createPosix(key, count as number, typeKey as 'Buffer', perm as string);
  const type = elementType(typeKey);
  const size = checkCount(count, type);
  const permissions = checkPerm(perm);
  if (key !== undefined && key !== null) return createSystemV(checkKey(key), size, type, permissions);
  for (const fresh of freshKeys()) {
    const created = createSystemV(fresh, size, type, permissions);
    if (created !== null) return created;
  }
  return null; // there are more keys than the kernel has room for segments
}

function createSystemV(key: number, size: number, type: ElementType, permissions: Permissions): unknown {
  const created = createAt(key, key, size, permissions);
  return created === null ? null : withKey(view(created, type), key);
}

function createAt(key: Key, given: Key, size: number, { mode, isExact }: Permissions): Attachment | null {
  const { populate, exactMode } = native.flags;
  // System V memory is not reserved, so that populating it could take more than there is.
  const flags = creation | (typeof key === 'string' ? populate : 0) | (isExact ? exactMode : 0);
  const handle = native.create(key, size, mode, LengthMax, flags);
  if (handle === undefined) return nullIf('isExists', 'create', given);
  const attachment = add(key, handle, true);
  if (attachment !== undefined) return attachment;
  const failure = lastFailure().toError('create', given);
  native.unlink(key);
  throw failure;
}

/** {@link create} for POSIX. */
export function createPosix<K extends keyof ShmMap = 'Buffer'>(
  name: string, count: number, typeKey?: K, perm?: string,
): ShmMap[K] | null;
export function createPosix(name: unknown, count: unknown, typeKey: unknown = 'Buffer', perm?: unknown): unknown {
  const key = checkName(name);
  const type = elementType(typeKey);
  const size = checkCount(count, type);
  const created = createAt(key, name as string, size, checkPerm(perm));
  return created === null ? null : view(created, type);
}

/**
 * Attaches an existing segment, whoever made it. Attaching again gives a second view of the same attachment.
 *
 * @returns as many elements as the segment has room for; `null` if there is none
 * @throws TypeError, RangeError (arguments); ShmError: `EACCES`, `ENOMEM`, ..., `ERR_SHM_UNTRUSTED` (not a shared memory
 * object), `ERR_SHM_NOT_READY` (0 bytes), `ERR_SHM_UNSUPPORTED` (larger than the largest ArrayBuffer of this runtime)
 *
 * @example
 * const prices = shm.get('/prices', 'Float64Array');
 * if (prices !== null) console.log(prices[0]);
 */
export function get<K extends keyof ShmMap = 'Buffer'>(key: Key, typeKey?: K): ShmMap[K] | null;
export function get(key: unknown, typeKey: unknown = 'Buffer'): unknown {
  if (typeof key === 'string') return getPosix(key, typeKey as 'Buffer');
  const type = elementType(typeKey);
  const number = checkKey(key);
  const attached = attach(number, number);
  return attached === null ? null : withKey(view(attached, type), number);
}

/** {@link get} for POSIX. */
export function getPosix<K extends keyof ShmMap = 'Buffer'>(name: string, typeKey?: K): ShmMap[K] | null;
export function getPosix(name: unknown, typeKey: unknown = 'Buffer'): unknown {
  const key = checkName(name);
  const type = elementType(typeKey);
  const attached = attach(key, name as string);
  return attached === null ? null : view(attached, type);
}

function attach(key: Key, given: Key): Attachment | null {
  const held = newest(key);
  if (held !== undefined) {
    const isSame = native.isAt(held.handle, key);
    if (isSame === undefined) return nullIf('isNotFound', 'get', given);
    if (isSame) return held;
  }
  const handle = native.open(key, 0, 0, LengthMax, opening);
  if (handle === undefined) return nullIf('isNotFound', 'get', given);
  const attachment = add(key, handle, false);
  if (attachment === undefined) throw lastFailure().toError('get', given);
  return attachment;
}

/**
 * Ends this thread's attachment and all its views: their length is 0 from then on.
 *
 * @param forceDestroy removes the segment too: its key is free at once, other attachments stay usable
 * @returns System V: `0` if the segment is destroyed, because nobody is attached any more or it was forced, else the
 * number of attachments left. POSIX: `0` if destroyed (forced), `1` if detached. `-1` if there is nothing to detach
 * @throws TypeError, RangeError (arguments); ShmError if the system refuses to destroy it: `EPERM`, `EACCES`
 */
export function detach(key: Key, forceDestroy?: boolean): number;
export function detach(key: unknown, forceDestroy: unknown = false): number {
  if (typeof key === 'string') return detachPosix(key, forceDestroy as boolean);
  const number = checkKey(key);
  const isForced = Boolean(forceDestroy);
  const left = close(number, !isForced);
  if (left.includes(undefined)) throw lastFailure().toError('detach', number);
  return isForced ? unlink(number, number, left.length > 0) : left.at(-1) ?? -1;
}

/** {@link detach} for POSIX. */
export function detachPosix(name: string, forceDestroy?: boolean): number;
export function detachPosix(name: unknown, forceDestroy: unknown = false): number {
  const key = checkName(name);
  const wasAttached = close(key, false).length > 0;
  if (forceDestroy) return unlink(key, name as string, wasAttached);
  if (wasAttached) return 1;
  if (native.checkName(key) === undefined) throw lastFailure().toError('detach', name as string);
  return -1;
}

/** @returns 0, or -1 if there was neither a segment nor an attachment */
function unlink(key: Key, given: Key, wasAttached: boolean): number {
  if (native.unlink(key)) return 0;
  nullIf('isNotFound', 'destroy', given);
  return wasAttached ? 0 : -1;
}

/**
 * Removes the segment and ends this thread's attachment: `detach(key, true) === 0`.
 *
 * @returns whether there was one
 */
export function destroy(key: Key): boolean {
  return detach(key, true) === 0;
}

/**
 * Detaches all that this thread has attached; called at exit of the process and of a worker thread.
 *
 * @returns the number of System V segments destroyed because nobody else was attached
 */
export function detachAll(): number {
  return closeAll();
}

/** Bytes that this process, all its threads together, has mapped. */
export function getTotalSize(): number {
  return native.mappedBytes();
}

/** Bytes of the segments that this process created and, as far as it has seen, nobody destroyed yet. */
export function getTotalCreatedSize(): number {
  return native.createdBytes();
}

function view({ memory }: Attachment, type: ElementType): object {
  return type.view(memory, Math.floor(memory.byteLength / type.bytesPerElement));
}

function withKey(array: { key?: number }, key: number): object {
  array.key = key;
  return array;
}

/** `null` for a failure that the caller knows by that answer; every other is thrown. */
function nullIf(expected: 'isExists' | 'isNotFound', verb: string, key: Key): null {
  const failure = lastFailure();
  if (failure[expected]) return null;
  throw failure.toError(verb, key);
}
