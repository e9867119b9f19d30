// What the runtime that runs this has of what matters to the library; for docs/runtimes.md. Prints one line of JSON.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import * as shm from 'shm-typed-array';

import { systemVSegments } from './names.js';
import { lacks } from './runtime.js';

/** A row of the table: true is "yes", false is "no", a string stands as it is. One more feature is one more line here. */
const features: Record<string, () => boolean | string | Promise<boolean | string>> = {
  '`import` and `require()` of the package': () => createRequire(import.meta.url)('shm-typed-array').create === shm.create,
  '`Float16Array`': () => 'Float16Array' in shm.BufferType,
  '`ArrayBuffer.prototype.transfer()`': () => 'transfer' in ArrayBuffer.prototype,
  'largest array': () => (shm.LengthMax > 2 ** 32 ? 'above 4 GiB' : '4 GiB'),
  '`Atomics` on arrays of a segment': usesAtomics,
  'external `SharedArrayBuffer` by Node-API': () =>
    readFileSync(process.execPath).includes('node_api_create_external_sharedarraybuffer'),
  'a worker thread: has attachments of its own': () => inWorker('wait'),
  'a worker thread: cleaned up after its end': async () => await inWorker('wait') && isCleanedUp(),
  'a worker thread: cleaned up after `terminate()`, out of an endless loop': async () => await inWorker('loop') && isCleanedUp(),
  'a process: cleaned up at its natural end': () => endsClean('end'),
  'a process: cleaned up at `process.exit()`': () => endsClean('exit'),
  'a process: cleaned up after an error that nobody caught': () => endsClean('throw'),
  'a process: cleaned up at `process.exit()`, with all that its worker threads have': () => endsClean('exit with a worker'),
};

function usesAtomics(): boolean {
  const { key } = shm.create(1, 'BigInt64Array')!;
  const [first, second] = [shm.get(key!, 'BigInt64Array')!, shm.get(key!, 'BigInt64Array')!];
  Atomics.add(first, 0, 5n);
  const isSeen = Atomics.compareExchange(second, 0, 5n, 6n) === 5n && first[0] === 6n;
  return shm.detach(key!) === 0 && isSeen;
}

/** Ends a worker that has created a segment, and then waits or loops. @returns whether the segment was seen here */
async function inWorker(work: 'wait' | 'loop'): Promise<boolean> {
  const before = shm.getTotalSize();
  const worker = new Worker(new URL(import.meta.url), { workerData: work });
  await once(worker, 'message');
  const isSeen = shm.getTotalSize() === before + 1000;
  if (work === 'loop') {
    await worker.terminate();
  } else {
    worker.postMessage('go');
    await once(worker, 'exit');
  }
  return isSeen;
}

/** Whether that is so within some seconds: not every runtime is as far when it says that a worker has ended. */
async function isCleanedUp(): Promise<boolean> {
  for (let round = 0; round < 300 && shm.getTotalSize() > 0; ++round) await new Promise((resolve) => setTimeout(resolve, 10));
  return shm.getTotalSize() === 0;
}

async function thread(work: string): Promise<void> {
  shm.create(1000);
  parentPort!.postMessage('ready');
  if (work === 'loop') for (;;) shm.getTotalSize();
  if (work === 'wait') await once(parentPort!, 'message');
}

/** Whether a process of this runtime that ends so leaves no System V segment. */
async function endsClean(ending: string): Promise<boolean> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ending], { stdio: 'ignore' });
  await once(child, 'exit');
  return destroySegmentsOf(child.pid!) === 0;
}

function destroySegmentsOf(pid: number): number {
  const left = systemVSegments().filter(({ creatorPid }) => creatorPid === pid);
  for (const { id } of left) spawnSync('ipcrm', ['-m', String(id)]);
  return left.length;
}

async function end(ending: string): Promise<void> {
  if (ending === 'exit with a worker') {
    await once(new Worker(new URL(import.meta.url), { workerData: 'wait' }), 'message');
  } else {
    shm.create(1000);
  }
  if (ending.startsWith('exit')) process.exit(0);
  if (ending === 'throw') throw new Error('on purpose');
}

async function main(): Promise<void> {
  const found: Record<string, boolean | string> = {};
  for (const [name, probe] of Object.entries(features)) {
    found[name] = await Promise.resolve().then(probe).catch((error: Error) => error.message);
  }
  console.log(JSON.stringify({ features: found, lacks: Object.values(lacks).filter((reason) => reason !== false) }));
  destroySegmentsOf(process.pid);
  process.exit(0); // also where a thread still loops
}

if (!isMainThread) await thread(workerData as string);
else if (process.argv[2] !== undefined) await end(process.argv[2]);
else await main();
