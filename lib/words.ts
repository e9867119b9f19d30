import { types } from 'node:util';

import { argumentError } from './errors.js';
import { lastFailure, native } from './native.js';
import { isSharedMemory } from './shared-memory.js';
import { checkIndex } from './validate.js';
import { type AsyncWaitOptions, type Settled, type WaitOptions, settleAsync, settleSync, timedOut } from './waiting.js';

/** What a wait for a word has come to: it has changed, it was another one from the start, the time is over. */
export type WordWaitResult = 'ok' | 'not-equal' | 'timed-out';

/** The code of what has come at once, with the detail 1. */
const wasNotEqual = 4;

/**
 * Blocks the thread until a word of shared memory is not `expected` any more, whichever process changes it. Unlike
 * `Atomics.wait()` it also goes on after a notification that came without a change.
 *
 * @param array of any segment, or of ordinary memory
 * @throws TypeError, RangeError (arguments)
 *
 * @example
 * const words = segment.view(Int32Array);
 * while (wait(words, 0, 0, { timeout: 1000 }) === 'timed-out') console.log('still nothing');
 */
export function wait(array: Int32Array, index: number, expected: number, options?: WaitOptions): WordWaitResult {
  const value = checkWord(array, index, expected);
  const begin = (timeout: number): number | undefined =>
    Atomics.load(array, index) === expected ? native.beginWord(array, index, value, timeout) : wasNotEqual;
  return result(settleSync(begin, options, 'wait', undefined));
}

/**
 * The same without blocking the thread. The process stays alive until the promise settles.
 *
 * @param array of a segment, or over a SharedArrayBuffer: memory that cannot be taken away meanwhile
 * @throws TypeError, RangeError (arguments); `AbortError`; ShmError `ERR_SHM_CLOSED` if the segment is closed meanwhile
 *
 * @example
 * await waitAsync(words, 0, 0, { signal: AbortSignal.timeout(1000) });
 */
export async function waitAsync(
  array: Int32Array, index: number, expected: number, options?: AsyncWaitOptions,
): Promise<WordWaitResult> {
  const value = checkWord(array, index, expected);
  const { buffer } = array;
  if (!types.isSharedArrayBuffer(buffer) && !isSharedMemory(buffer)) {
    // V8 could move or free it, while the waiting thread looks at it.
    throw argumentError('ERR_INVALID_ARG_VALUE', 'array', 'elements of a segment or of a SharedArrayBuffer', array);
  }
  const start = (id: number, timeout: number): number | undefined =>
    Atomics.load(array, index) === expected ? native.startWord(array, index, value, timeout, id) : wasNotEqual;
  return result(await settleAsync(start, options, 'waitAsync', undefined));
}

/**
 * Lets those look at a word who sleep in {@link wait} or {@link waitAsync} for it, in any process; to be called after
 * the store. Processes in C that sleep there by `futex` are woken too.
 *
 * @param count how many, at most; default: Infinity
 * @returns how many were asleep; all `waitAsync` of a thread count as one, and all of them look
 */
export function notify(array: Int32Array, index: number, count = Infinity): number {
  checkWord(array, index, 0);
  const isCount = count === Infinity || (Number.isSafeInteger(count) && count >= 0);
  if (!isCount) {
    const kind = typeof count === 'number' ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_TYPE';
    throw argumentError(kind, 'count', 'an integer from 0, or Infinity', count);
  }
  const woken = native.notifyWord(array, index, Math.min(count, Number.MAX_SAFE_INTEGER));
  if (woken === undefined) throw lastFailure().toError('notify', undefined);
  return woken;
}

/** @returns `expected` as the addon takes it, an unsigned number */
function checkWord(array: unknown, index: unknown, expected: unknown): number {
  if (!types.isInt32Array(array)) throw argumentError('ERR_INVALID_ARG_TYPE', 'array', 'an Int32Array', array);
  checkIndex(index, 'index', array.length - 1);
  if (typeof expected !== 'number') throw argumentError('ERR_INVALID_ARG_TYPE', 'expected', 'a number', expected);
  if ((expected | 0) !== expected) {
    throw argumentError('ERR_OUT_OF_RANGE', 'expected', 'an integer of 32 bits with sign', expected);
  }
  return expected >>> 0;
}

function result({ outcome, detail }: Settled): WordWaitResult {
  if (outcome === timedOut) return 'timed-out';
  return detail === 0 ? 'ok' : 'not-equal';
}
