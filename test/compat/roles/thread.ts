// A worker thread that uses the library as it is told.
import { parentPort, workerData } from 'node:worker_threads';
import shm from 'shm-typed-array';

import { endThread } from '../../support/runtime.js';

type Functions = Record<string, (...args: unknown[]) => unknown>;
const held: Uint8Array[] = [];

parentPort!.on('message', ({ call, args }: { call: string; args: unknown[] }) => {
  if (call === 'end') return endThread();
  if (call === 'lengths') return parentPort!.postMessage(held.map(({ length }) => length));
  if (call === 'first') return parentPort!.postMessage(held.map(([first]) => first));
  const answer = (shm as unknown as Functions)[call]!(...args);
  if (answer instanceof Uint8Array) held.push(answer);
  parentPort!.postMessage(answer instanceof Uint8Array ? answer.length : answer);
});
parentPort!.postMessage(workerData ?? 'ready');
