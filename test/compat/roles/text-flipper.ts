// Writes letters of one byte and of three bytes over each other, without end.
import * as shm from 'shm-typed-array';

import { roleData, send } from '../../support/role-side.js';

const { name } = roleData<{ name: string }>();
const shared = shm.get(name)!;
const ascii = Buffer.alloc(shared.length, 'a');
const threeBytes = Buffer.alloc(shared.length, '€');
shared.set(ascii);
send('flipping');
// Messages are handed on between the rounds, so that the role ends when the test does.
setInterval(() => {
  for (let round = 0; round < 50_000; ++round) {
    shared.set(threeBytes);
    shared.set(ascii);
  }
}, 0);
