// The thread of crash/workers.ts.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';

import { Segment } from 'shm-typed-array';

import { endThread } from '../../support/runtime.js';

const { work, name, shared } = workerData as { work: string; name: string; shared?: SharedArrayBuffer };
const size = 100_000;

if (work === 'hammer') {
  const view = new Uint8Array(shared!);
  for (let round = 0; ; round++) {
    view.fill(round % 2);
    Atomics.add(view, 0, 1);
    if (round % 1000 === 0) parentPort!.postMessage(true);
  }
}

if (work === 'loop') {
  parentPort!.postMessage('ready');
  for (;;) {
    const s = Segment.open(name);
    s.bytes()[0] = 1;
    new Uint8Array(s.sharedBuffer)[1] = 1;
    s.close();
    const other = Segment.anonymous({ size });
    other.view(Uint8Array)[0] = 1;
    other.close();
  }
}

const s = Segment.create(name, { size });
s.bytes()[5] = 1;
parentPort!.postMessage(s.sharedBuffer);
const [how] = await once(parentPort!, 'message');
if (how === 'throw') throw new Error('thrown on purpose');
if (how === 'exit') process.exit(3);
endThread();
