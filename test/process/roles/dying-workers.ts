// Starts workers that attach segments, and ends them; says what the process holds early on and at the end.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { leave, roleData, send } from '../../support/role-side.js';

interface Task {
  readonly name: string;
  readonly isTerminated: boolean;
}

async function main(): Promise<void> {
  const { name, workers, isTerminated } = roleData<{ name: string; workers: number; isTerminated: boolean }>();
  const atOnce = 4;
  const warmUp = 20;

  async function one(): Promise<void> {
    const worker = new Worker(new URL(import.meta.url), { workerData: { name, isTerminated } });
    const exit = once(worker, 'exit');
    await once(worker, 'message');
    if (isTerminated) void worker.terminate();
    await exit;
  }

  async function several(count: number): Promise<void> {
    for (let i = 0; i < count; i += atOnce) await Promise.all(Array.from({ length: atOnce }, one));
  }

  await several(warmUp);
  const early = await measure();
  await several(workers - warmUp);
  send({ early, late: await measure() });
  leave();
}

async function measure(): Promise<object> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!();
    await setImmediate();
  }
  const maps = readFileSync('/proc/self/maps', 'utf8').trimEnd().split('\n');
  return {
    mappings: maps.length,
    shared: maps.filter((line) => / \/(dev\/shm\/|SYSV)/.test(line)).length,
    virtual: Number(/^VmSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024,
  };
}

async function thread({ name, isTerminated }: Task): Promise<void> {
  const shm = (await import('shm-typed-array')).default;
  // Large ones, so that addresses that are not given back are seen; their pages are never touched.
  for (let i = 0; i < 4; i++) shm.create(64 * 2 ** 20);
  shm.get(name);
  const detached = shm.create(1000)!;
  shm.detach(detached.key!);
  parentPort!.postMessage('ready');
  if (isTerminated) for (;;) shm.get(name);
}

if (isMainThread) await main();
else await thread(workerData as Task);
