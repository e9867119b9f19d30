// Four threads of one process count together: a segment is found by its key in a thread as in another process.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import shm from 'shm-typed-array';

const rounds = 100_000;

if (isMainThread) {
  const counter = shm.create(1, 'Int32Array');
  const threads = Array.from({ length: 4 }, () => (
    new Worker(fileURLToPath(import.meta.url), { workerData: { key: counter.key } })
  ));
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
  console.log('counted to', counter[0], 'of', threads.length * rounds);
  shm.detach(counter.key);
} else {
  const counter = shm.get(workerData.key, 'Int32Array');
  for (let i = 0; i < rounds; i++) Atomics.add(counter, 0, 1); // counter[0]++ would lose some
}
