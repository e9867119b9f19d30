// Gets objects that others create and destroy, over and over; every one it sees has to be whole.
import { setImmediate } from 'node:timers/promises';
import shm from 'shm-typed-array';

import { leave, receive, roleData, send } from '../../support/role-side.js';

const { names, sizes, pattern } = roleData<{ names: string[]; sizes: number[]; pattern: number }>();
const faults: string[] = [];
let seen = 0;
let looks = 0;
let isStopped = false;
void receive().then(() => isStopped = true);

function look(name: string): void {
  const object = shm.get(name);
  looks++;
  if (object === null) return;
  seen++;
  // An object whose header is not that of its size would be seen with the header.
  if (!sizes.includes(object.length)) faults.push(`${name} has ${object.length} bytes`);
  const strange = object.find((byte) => byte !== 0 && byte !== pattern);
  if (strange !== undefined) faults.push(`${name} of ${object.length} bytes has a byte ${strange}`);
  shm.detach(name);
}

send('ready');
while (!isStopped) {
  for (const name of names) look(name);
  await setImmediate();
}
send({ looks, seen, faults: faults.slice(0, 10) });
leave();
