// Gets an object that another process creates and destroys all the time, until it has seen it often enough.
import { createRequire } from 'node:module';

import { leave, roleData, send } from '../../support/role-side.js';

type Shm = typeof import('shm-typed-array').default;

const { original, name, lengths, times } =
  roleData<{ original?: string; name: string; lengths: number[]; times: number }>();
const shm: Shm = original === undefined
  ? (await import('shm-typed-array')).default
  : createRequire(import.meta.url)(original);

const seen: Record<number, number> = {};
let notReady = 0;
for (let count = 0; count < times; ) {
  try {
    const object = shm.get(name);
    if (object === null) continue;
    count++;
    seen[object.length] = (seen[object.length] ?? 0) + 1;
    shm.detach(name);
  } catch (error) {
    // Its creator was not given the processor for so long that we gave up waiting for it.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SHM_NOT_READY') throw error;
    notReady++;
  }
}
send({ wrong: Object.keys(seen).filter((length) => !lengths.includes(Number(length))), seen, notReady });
leave();
