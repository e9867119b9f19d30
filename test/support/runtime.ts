// The runtime that runs the tests: what it lacks of what they need, and what it does in a way of its own.
import { constants } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { after } from 'node:test';
import { type Worker, parentPort } from 'node:worker_threads';

const { versions } = process as { versions: Record<string, string | undefined> };

export const runtime = versions['deno'] !== undefined ? 'deno' : versions['bun'] !== undefined ? 'bun' : 'node';
const isNode = runtime === 'node';
const isDeno = runtime === 'deno';

/**
 * Why a test has no place in this runtime, to be given as its `skip`; false where it has. docs/runtimes.md lists those of
 * each runtime, so a sentence says what a user of the runtime has to know.
 */
export const lacks = {
  transfer: !('transfer' in ArrayBuffer.prototype) && 'There is no `ArrayBuffer.prototype.transfer()`.',
  largeArrays: constants.MAX_LENGTH <= 2 ** 32 && 'An array has at most 4 GiB.',
  smallArrays: constants.MAX_LENGTH > 2 ** 32 && 'An array may have more than 4 GiB: what a runtime with a lower limit does is tested in one that has it.',
  equalityByContent: isNode && Number(process.versions.node.split('.')[0]) < 22 &&
    '`assert.deepEqual()` and `isDeepStrictEqual()` compare prototypes: a shared Buffer equals no plain one.',
  original: !isNode && 'Version 0.1.1 of this package is for Node.js only: nothing is exchanged with it.',
  documents: !isNode && 'The programs in the documents are for Node.js, and run there only.',
  workersAtExit: !isNode &&
    'A process that ends while its worker threads have segments does not clean up after them: System V segments stay, ' +
    'with 0 attachments.',
  stoppableLoops: isDeno && '`worker.terminate()` does not stop a thread that never comes back to its event loop.',
  exactSlices: isDeno &&
    '`base64Slice()` and `base64urlSlice()` of a plain Buffer refuse -0.5; those of a shared one take it for 0.',
  checkedOffsets: isDeno && '`readBigInt64LE()` and its kin accept offsets that are no integers.',
  copyingMessages: isDeno &&
    '`postMessage()` with the memory of a segment in the transfer list moves it to the other thread, where it stays usable.',
  descriptorsOfOthers: isDeno &&
    '`node:fs` reads and writes by descriptors that it has opened itself: of a segment, `fd` is for `stdio` and `/proc`.',
  randomFill: isDeno && '`crypto.randomFill()` ends the process where its Buffer is detached meanwhile.',
} satisfies Record<string, string | false>;

/** What the runtime prints to stderr for an error that nobody caught. `message` is a regular expression. */
export function uncaught(message: string): RegExp {
  return new RegExp(isNode ? `^Error: ${message}$` : `[Ee]rror\\S*: ${message}$`, 'm');
}

/** Whether the event 'exit' comes when nobody caught an error. */
export const emitsExitAfterError = !isDeno;

/** Whether descriptors that the runtime opens for itself are all there from the start. */
export const opensDescriptorsEarly = !isDeno;

/** Whether an error that ends a worker thread is printed although the main thread handles it. */
export const printsHandledErrors = isDeno;

const hooks: (() => unknown)[] = [];

/** after() for a whole file, of which node:test of Deno knows nothing. They run in the order of their registration. */
export function afterFile(hook: () => unknown): void {
  if (hooks.length === 0) registerAfterAll(async () => { for (const each of hooks) await each(); });
  hooks.push(hook);
}

function registerAfterAll(hook: () => Promise<void>): void {
  const { Deno } = globalThis as { Deno?: { test: { afterAll(hook: () => Promise<void>): void } } };
  if (Deno === undefined) after(hook);
  else Deno.test.afterAll(hook);
}

/** Ends a worker thread from within, as soon as what it is doing is done. */
export function endThread(): void {
  const self = globalThis as { close?: () => void };
  if (isDeno) self.close!(); // its parentPort has no close()
  else parentPort!.close();
}

/** worker.terminate(), which in Deno answers before the thread has ended: it has once `isOver` says so. */
export async function terminate(worker: Worker, isOver: () => boolean): Promise<number> {
  const code = await worker.terminate();
  while (isDeno && !isOver()) await sleep(5);
  return code;
}
