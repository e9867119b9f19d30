// Threads that use the memory while, and after, another one ends it.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { Segment } from 'shm-typed-array';



const size = 100_000;

export const expectedWorkers: Record<string, unknown> = {
  'a worker uses the SharedArrayBuffer of a segment that is closed': { isRunning: true, peer: 3 },
  'a worker that made it is terminated, its SharedArrayBuffer lives on': { exit: 1, alive: true },
  'a worker that made it ends, its SharedArrayBuffer lives on': { exit: 0, alive: true },
  'a worker that made it throws, its SharedArrayBuffer lives on': { exit: 1, alive: true },
  'a worker that made it calls process.exit(), its SharedArrayBuffer lives on': { exit: 3, alive: true },
  'workers are terminated while they open, use and close': { left: 0 },
};

export const workers: Record<string, (name: string) => unknown> = {
  async 'a worker uses the SharedArrayBuffer of a segment that is closed'(name) {
    const s = Segment.create(name, { size });
    const peer = Segment.open(name);
    Segment.unlink(name);
    const worker = start('hammer', name, s.sharedBuffer);
    await once(worker, 'message');
    s.close();
    peer.bytes().fill(3); // nothing that the worker writes from now on arrives here
    const [isRunning] = await once(worker, 'message');
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.();
      await pause(10);
    }
    await worker.terminate();
    return { isRunning, peer: peer.bytes()[0] };
  },
  'a worker that made it is terminated, its SharedArrayBuffer lives on': (name) =>
    outliving(name, (worker) => worker.terminate()),
  'a worker that made it ends, its SharedArrayBuffer lives on': (name) => outliving(name, says('end')),
  'a worker that made it throws, its SharedArrayBuffer lives on': (name) => outliving(name, says('throw')),
  'a worker that made it calls process.exit(), its SharedArrayBuffer lives on': (name) => outliving(name, says('exit')),
  async 'workers are terminated while they open, use and close'(name) {
    const kept = Segment.create(name, { size });
    for (let i = 0; i < 8; i++) {
      const loops = [start('loop', name), start('loop', name)];
      await Promise.all(loops.map((worker) => once(worker, 'message')));
      await Promise.all(loops.map((worker) => worker.terminate()));
    }
    kept.unlink();
    kept.close();
    return { left: Segment.list().filter((segment) => segment.name === name).length };
  },
};

function start(work: string, name: string, shared?: SharedArrayBuffer): Worker {
  return new Worker(new URL('../roles/segment-thread.js', import.meta.url), { workerData: { work, name, shared } });
}

function says(how: string) {
  return async (worker: Worker): Promise<number> => {
    worker.on('error', () => {}); // thrown on purpose
    const exit = new Promise<number>((resolve) => worker.on('exit', resolve));
    worker.postMessage(how);
    return exit;
  };
}

async function outliving(name: string, end: (worker: Worker) => Promise<number>): Promise<unknown> {
  const worker = start('make', name);
  const [buffer] = (await once(worker, 'message')) as [SharedArrayBuffer];
  const peer = Segment.open(name);
  Segment.unlink(name);
  const exit = await end(worker);
  const view = new Uint8Array(buffer);
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await pause(10);
  }
  view[0] = 42;
  peer.bytes()[1] = 43;
  const alive = peer.bytes()[0] === 42 && view[1] === 43;
  return { exit, alive };
}
