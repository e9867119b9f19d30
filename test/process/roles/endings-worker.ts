// The worker of endings.ts.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import shm from 'shm-typed-array';

import { endThread } from '../../support/runtime.js';

const { work, key } = workerData as { work: string; key: string | number };

if (work === 'loop') {
  parentPort!.postMessage('ready');
  for (;;) {
    const own = shm.create(4096)!;
    shm.create(4096, 'Buffer', `${key}-loop`);
    shm.get(own.key!);
    shm.detach(own.key!);
    shm.destroy(`${key}-loop`);
  }
}

if (work === 'hold this') shm.get(key);
else for (let i = 0; i < 5; i++) shm.create(4096);
parentPort!.postMessage('ready');
await once(parentPort!, 'message');
if (work === 'hold, then exit') process.exit(4);
if (work === 'hold, then throw') throw new Error('thrown in a worker');
endThread();
