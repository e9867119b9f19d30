// A worker thread that does what the test asks for.
import { parentPort } from 'node:worker_threads';
import { Segment, notify, wait } from 'shm-typed-array';

import { endThread } from '../../support/runtime.js';
import { calls } from '../segment-calls.js';

let shared: Int32Array;

const opened = new Map<string, Int32Array>();
function words(name: string): Int32Array {
  if (!opened.has(name)) opened.set(name, Segment.open(name).view(Int32Array));
  return opened.get(name)!;
}

const functions: Record<string, (...args: never[]) => unknown> = {
  ...calls,
  /** Takes a SharedArrayBuffer of another thread. */
  take(buffer: SharedArrayBuffer) {
    shared = new Int32Array(buffer);
    return buffer.byteLength;
  },
  load: (index: number) => Atomics.load(shared, index),
  add: (index: number, value: number) => Atomics.add(shared, index, value),
  notify: (index: number) => Atomics.notify(shared, index),
  /** Says first that it is about to wait. */
  wait(index: number, value: number) {
    parentPort!.postMessage({ result: 'about to wait' });
    return Atomics.wait(shared, index, value);
  },
  waitForWord: (name: string, index: number, value: number) => wait(words(name), index, value),
  storeWord(name: string, index: number, value: number) {
    Atomics.store(words(name), index, value);
    return notify(words(name), index);
  },
  /** Hands out a SharedArrayBuffer over a segment of its own. */
  give(name: string) {
    return Segment.open(name).sharedBuffer;
  },
};

parentPort!.on('message', ({ call, args }: { call: string; args: never[] }) => {
  if (call === 'end') return endThread();
  try {
    parentPort!.postMessage({ result: functions[call]!(...args) });
  } catch (error) {
    parentPort!.postMessage({ error });
  }
});
parentPort!.postMessage('ready');
