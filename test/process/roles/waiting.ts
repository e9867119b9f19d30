// A process, and a worker thread of it, that wait for words which nobody changes, and end in one way or another.
import { once, setMaxListeners } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { wait, waitAsync } from 'shm-typed-array';

import { receive, roleData, send } from '../../support/role-side.js';

export type How = 'sync' | 'async' | 'nothing';

export interface Scene {
  readonly main: How;
  readonly worker?: How;
  /** What it does when it is told to; a signal ends it without that. */
  readonly end: 'exit' | 'terminate' | 'abort and exit' | 'worker exits' | 'signal';
}

const words = new Int32Array(new SharedArrayBuffer(4096));
const controller = new AbortController();
setMaxListeners(0, controller.signal);

/** The promises are of no interest. */
function waitForMany(): void {
  for (let index = 0; index < 300; index++) {
    waitAsync(words, index, 0, { signal: controller.signal }).catch(() => {});
  }
}

async function thread(how: How): Promise<void> {
  if (how === 'async') waitForMany();
  parentPort!.postMessage('ready');
  if (how === 'sync') wait(words, 0, 0);
  await once(parentPort!, 'message');
  process.exit(5);
}

async function main({ main: how, worker: workerHow, end }: Scene): Promise<void> {
  const worker = workerHow === undefined ? undefined : new Worker(new URL(import.meta.url), { workerData: workerHow });
  if (worker !== undefined) await once(worker, 'message');
  if (how === 'async') waitForMany();
  await send('waiting');
  if (how === 'sync') wait(words, 0, 0);
  await receive();
  if (end === 'exit') process.exit(3);
  if (end === 'abort and exit') {
    process.on('exit', () => controller.abort());
    process.exit(3);
  }
  const exited = once(worker!, 'exit');
  if (end === 'terminate') await worker!.terminate();
  else worker!.postMessage('exit');
  await exited;
  process.exit(3);
}

if (isMainThread) await main(roleData<Scene>());
else await thread(workerData as How);
