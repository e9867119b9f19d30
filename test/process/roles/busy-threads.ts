// Threads that load the package and work on the same keys, and each on its own, at the same time.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { leave, roleData, send } from '../../support/role-side.js';

interface Task {
  readonly number: number;
  readonly rounds: number;
  readonly sharedKeys: readonly (number | string)[];
  readonly ownKeys: readonly (number | string)[];
}

async function main(): Promise<void> {
  const { threads, rounds, sharedKeys, ownKeys } =
    roleData<{ threads: number; rounds: number; sharedKeys: string[]; ownKeys: string[][] }>();
  const workers = ownKeys.map((own, number) =>
    new Worker(new URL(import.meta.url), { workerData: { number, rounds, sharedKeys, ownKeys: own } }));
  const tallies = workers.map(async (worker) => (await once(worker, 'message'))[0]);
  const ends = workers.map((worker) => once(worker, 'exit'));
  const answers = await Promise.all(tallies);
  await Promise.all(ends);

  // Only now does this thread load it.
  const shm = (await import('shm-typed-array')).default;
  for (const key of sharedKeys) shm.destroy(key);
  send({ threads, answers, mapped: shm.getTotalSize(), created: shm.getTotalCreatedSize() });
  leave();
}

async function thread({ number, rounds, sharedKeys, ownKeys }: Task): Promise<void> {
  const shm = (await import('shm-typed-array')).default;
  const tally = { created: 0, got: 0, destroyed: 0 };

  function useOwn(key: number | string): void {
    const made = shm.create(16, 'Int32Array', key);
    if (made === null) throw new Error(`${key} is taken`);
    made.fill(number);
    const again = shm.get(key, 'Int32Array')!;
    if (again.buffer !== made.buffer || again[15] !== number) throw new Error(`${key} has changed`);
    if (!shm.destroy(key) || made.length !== 0 || again.length !== 0) throw new Error(`${key} is not destroyed`);
  }

  function useShared(key: number | string, round: number): void {
    const made = shm.create(1000, 'Buffer', key);
    if (made !== null) tally.created++;
    const got = shm.get(key);
    if (got !== null) {
      tally.got++;
      // One of another size can't be: all threads create it alike.
      if (got.length !== 1000) throw new Error(`${key} has ${got.length} bytes`);
      got[number] = round;
      if (got[number] !== round % 256) throw new Error(`${key} has changed`);
    }
    if (round % 2 === 0) shm.detach(key);
    else if (shm.destroy(key)) tally.destroyed++;
  }

  for (let round = 0; round < rounds; round++) {
    useOwn(ownKeys[round % ownKeys.length]!);
    useShared(sharedKeys[round % sharedKeys.length]!, round);
  }
  shm.detachAll();
  parentPort!.postMessage(tally);
}

if (isMainThread) await main();
else await thread(workerData as Task);
