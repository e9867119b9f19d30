import { setImmediate } from 'node:timers';

import { type Key, argumentError, ruleError } from './errors.js';
import { type Failure, lastFailure, native, toFailure } from './native.js';

/** How long to wait, at most. */
export interface WaitOptions {
  /** Milliseconds; 0 tries without waiting. Default: Infinity. */
  timeout?: number;
}

export interface AsyncWaitOptions extends WaitOptions {
  /** Ends the wait: the promise is rejected with an `AbortError`, unless what was waited for has come by then. */
  signal?: AbortSignal;
}

/** What was waited for has come. */
export const acquired = 0;
/** It has come, from somebody who died holding it. */
export const ownerDied = 1;
export const timedOut = 2;

/** What an operation has come to, and what it has to say besides, such as the number of a permit. */
export interface Settled {
  readonly outcome: typeof acquired | typeof ownerDied | typeof timedOut;
  readonly detail: number;
}

/**
 * Starts an asynchronous wait: the code of what it has come to; -1 if it goes on, -2 if it does and wants to be polled;
 * undefined if it failed.
 */
export type Start = (id: number, timeout: number) => number | undefined;
/** Begins a synchronous one, which goes on in the addon's `goOn()`. */
export type Begin = (timeout: number) => number | undefined;

interface Pending {
  settle(code: number, failure: Failure): void;
  /** Keeps what it waits for, as long as it does. */
  readonly start: Start;
}

const isPending = -1;
const isYoung = -2;
const pending = new Map<number, Pending>();
let lastId = native.onSettled((id, code, failure) => {
  const wait = pending.get(id);
  pending.delete(id);
  wait?.settle(code, toFailure(failure, 0, 'a word has a value that nobody writes'));
});

/**
 * Waits without blocking. Until the promise settles the process stays alive.
 *
 * @param verb and `name`: for the message of an error
 * @returns what the operation has come to, timed out or not; what came in the same moment as the abort is not lost
 */
export async function settleAsync(
  start: Start, options: AsyncWaitOptions | undefined, verb: string, name: Key | undefined,
): Promise<Settled> {
  const { timeout, signal } = checkAsyncOptions(options);
  const id = ++lastId;
  const code = start(id, timeout);
  if (code === undefined) throw lastFailure().toError(verb, name);
  if (code === isYoung) pollSoon();
  else if (code !== isPending) return decoded(code);

  const giveUp = (): void => native.cancelWait(id);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const settled = await new Promise<Settled>((resolve, reject) => {
      const settle: Pending['settle'] = (end, failure) => {
        if (end === isPending) reject(failure.toError(verb, name));
        else resolve(decoded(end));
      };
      pending.set(id, { settle, start });
    });
    if (settled.outcome === timedOut && signal?.aborted) throw abortError(signal);
    return settled;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

let isPolling = false;

/** A wake-up costs more than a few turns of the event loop: what comes within them comes without one. */
function pollSoon(): void {
  if (isPolling) return;
  isPolling = true;
  setImmediate(poll);
}

function poll(): void {
  isPolling = false;
  if (native.pollWaits()) pollSoon();
}

/** Waits, and blocks the thread. Whoever ends the thread or the process has to wait for 50 ms at most. */
export function settleSync(begin: Begin, options: WaitOptions | undefined, verb: string, name: Key | undefined): Settled {
  let code = begin(checkTimeout(options));
  while (code === isPending) code = goOn();
  if (code === undefined) throw lastFailure().toError(verb, name);
  return decoded(code);
}

/** {@link settleAsync} where timing out is an error. @returns the detail of what has come */
export async function waitAsync(
  start: Start, options: AsyncWaitOptions | undefined, verb: string, name: Key | undefined,
): Promise<Settled> {
  return orTimeout(await settleAsync(start, options, verb, name), verb, name);
}

/** {@link settleSync} where timing out is an error. */
export function waitSync(begin: Begin, options: WaitOptions | undefined, verb: string, name: Key | undefined): Settled {
  return orTimeout(settleSync(begin, options, verb, name), verb, name);
}

/** A function of its own: on its entry the runtime notices that the thread is to end. */
function goOn(): number | undefined {
  return native.goOn();
}

export function decoded(code: number): Settled {
  return { outcome: (code % 4) as Settled['outcome'], detail: Math.floor(code / 4) };
}

function orTimeout(settled: Settled, verb: string, name: Key | undefined): Settled {
  if (settled.outcome !== timedOut) return settled;
  throw ruleError('ERR_SHM_TIMEOUT', verb, name, 'the time is over');
}

/** @throws TypeError, RangeError; AbortError */
export function checkAsyncOptions(options: AsyncWaitOptions | undefined): { timeout: number; signal: AbortSignal | undefined } {
  const timeout = checkTimeout(options);
  const signal: unknown = options?.signal;
  if (signal === undefined) return { timeout, signal };
  if (typeof signal !== 'object' || signal === null || !('aborted' in signal)) {
    throw argumentError('ERR_INVALID_ARG_TYPE', 'options.signal', 'an AbortSignal', signal);
  }
  if (signal.aborted) throw abortError(signal as AbortSignal);
  return { timeout, signal: signal as AbortSignal };
}

/** @throws TypeError, RangeError */
export function checkTimeout(options: unknown = {}): number {
  if (typeof options !== 'object' || options === null) {
    throw argumentError('ERR_INVALID_ARG_TYPE', 'options', 'an object', options);
  }
  const { timeout = Infinity } = options as { timeout?: unknown };
  if (typeof timeout !== 'number') {
    throw argumentError('ERR_INVALID_ARG_TYPE', 'options.timeout', 'a number of milliseconds', timeout);
  }
  if (!(timeout >= 0)) throw argumentError('ERR_OUT_OF_RANGE', 'options.timeout', 'milliseconds from 0 to Infinity', timeout);
  return timeout;
}

/** As the functions of Node.js make it. */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
