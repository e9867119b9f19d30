// Memory handed from thread to thread by its key alone.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import shm from 'shm-typed-array';

import { leave, send } from '../../support/role-side.js';
import { endThread } from '../../support/runtime.js';

const adds = 10_000;

async function main(): Promise<void> {
  const creator = new Worker(new URL(import.meta.url), { workerData: null });
  const [key] = await once(creator, 'message') as [number];
  const adders = Array.from({ length: 3 }, () => new Worker(new URL(import.meta.url), { workerData: key }));
  await Promise.all(adders.map((adder) => once(adder, 'exit')));

  const counter = shm.get(key, 'Int32Array')!;
  const counted = Atomics.load(counter, 0);
  creator.postMessage('go');
  await once(creator, 'exit');
  Atomics.add(counter, 0, 1); // it lives on without its creator
  send({ adders: adders.length, adds, counted, after: Atomics.load(counter, 0), left: shm.detach(key) });
  leave();
}

async function thread(key: number | null): Promise<void> {
  if (key === null) {
    parentPort!.postMessage(shm.create(1, 'Int32Array')!.key);
    await once(parentPort!, 'message');
    return;
  }
  const counter = shm.get(key, 'Int32Array')!;
  for (let i = 0; i < adds; i++) Atomics.add(counter, 0, 1);
  endThread();
}

if (isMainThread) await main();
else await thread(workerData as number | null);
