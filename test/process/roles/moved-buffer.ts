// A worker moves the memory of a segment to the main thread and ends; the main thread goes on using it.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import shm from 'shm-typed-array';

import { leave, roleData, send } from '../../support/role-side.js';
import { endThread, terminate } from '../../support/runtime.js';

// Not the one that the memory of a segment inherits: that refuses.
const { transfer } = ArrayBuffer.prototype as { transfer?(): ArrayBuffer };

interface Task {
  readonly ending: 'natural' | 'terminate' | 'exit' | 'detach';
  readonly key: number | string;
  readonly others: boolean;
}

const size = 100_000;

async function main(): Promise<void> {
  const { ending, key, others } = roleData<Task>();
  const peer = shm.create(size, 'Buffer', key)!;
  peer.fill(7);
  const mapped = shm.getTotalSize();
  const worker = new Worker(new URL(import.meta.url), { workerData: { ending, key, others } });
  const [moved] = await once(worker, 'message') as [ArrayBuffer];
  const bytes = new Uint8Array(moved);
  const isShared = bytes[0] === 7 && bytes.length === size;
  peer[1] = 8;
  const isLive = bytes[1] === 8;

  const exit = once(worker, 'exit');
  if (ending === 'terminate') await terminate(worker, () => shm.getTotalSize() === mapped);
  else worker.postMessage('go');
  await exit;
  // The memory is of no segment any more, but nothing that reads or writes it may fail.
  for (let round = 0; round < 3; round++) {
    bytes.fill(round);
    Atomics.add(bytes, size - 1, 1);
    bytes.some((byte) => byte > 100);
    new DataView(moved).getFloat64(0);
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  const isSeparate = peer[0] === 7 && peer[1] === 8 && peer[size - 1] === 7;
  const copy = moved.slice(0, 8).byteLength;
  structuredClone(moved, { transfer: [moved] });
  send({ isShared, isLive, isSeparate, copy, mapped: shm.getTotalSize(), destroyed: shm.destroy(key) });
  leave();
}

async function thread({ ending, key, others }: Task): Promise<void> {
  const array = shm.get(key, 'Float32Array')!;
  const moved = transfer!.call(array.buffer);
  const again = others ? shm.get(key) : null; // a new mapping, since the first one has been given away
  if (array.length !== 0 || (others && again!.length !== size)) throw new Error('not moved');
  if (others) for (let i = 0; i < 3; i++) shm.create(100);
  parentPort!.postMessage(moved, [moved]);
  await once(parentPort!, 'message');
  if (ending === 'detach') shm.detach(key);
  if (ending === 'exit') process.exit(0);
  endThread();
}

if (isMainThread) await main();
else await thread(workerData as Task);
