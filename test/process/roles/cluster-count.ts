// A cluster whose workers count in the memory of the primary; its message is what they have counted to.
import cluster from 'node:cluster';
import { once } from 'node:events';
import shm from 'shm-typed-array';

import { leave, receive, roleData, send } from '../../support/role-side.js';

interface Task {
  readonly name: string;
  readonly workers: number;
  readonly rounds: number;
}

async function primary({ name, workers, rounds }: Task): Promise<void> {
  const bySystemV = shm.create(1, 'Int32Array')!;
  const byName = shm.create(1, 'BigInt64Array', name)!;
  const left = await Promise.all(Array.from({ length: workers }, async () => {
    const worker = cluster.fork();
    const exit = once(worker, 'exit'); // it may come together with the last message
    await once(worker, 'message'); // it is listening: cluster keeps no message for later
    worker.send(JSON.stringify({ key: bySystemV.key, name, rounds }));
    const [left] = await once(worker, 'message');
    await exit;
    return left;
  }));
  const counted = [Atomics.load(bySystemV, 0), Number(Atomics.load(byName, 0))];
  shm.destroy(name);
  send({ counted, left, last: shm.detach(bySystemV.key!) });
  leave();
}

async function worker(): Promise<void> {
  send('ready');
  const { key, name, rounds } = await receive<{ key: number; name: string; rounds: number }>();
  const bySystemV = shm.get(key, 'Int32Array')!;
  const byName = shm.get(name, 'BigInt64Array')!;
  for (let i = 0; i < rounds; i++) {
    Atomics.add(bySystemV, 0, 1);
    Atomics.add(byName, 0, 1n);
  }
  process.send!([shm.detach(key) > 0, shm.detach(name)], () => process.disconnect());
}

if (cluster.isPrimary) await primary(roleData());
else await worker();
