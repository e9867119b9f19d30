// Detaches one System V segment at the same moment as the other processes of the race, round after round.
import shm from 'shm-typed-array';

import { leave, roleData, send } from '../../support/role-side.js';

const { key, racers, number, rounds, board } =
  roleData<{ key: number; racers: number; number: number; rounds: number; board: string }>();
const size = 64;

/** [0] arrivals at the barrier; then, for each round, what each racer's detach answered, plus 10. */
const words = shm.get(board, 'Int32Array')!;
const pause = new Int32Array(new SharedArrayBuffer(4));

let barriers = 0;

/** Waits for all racers; they leave within less than a microsecond of each other where each has a core. */
function meet(): void {
  const all = ++barriers * racers;
  Atomics.add(words, 0, 1);
  for (let spins = 0; Atomics.load(words, 0) < all; spins++) {
    if (spins % 5000 === 4999) Atomics.wait(pause, 0, 0, 0.05); // more racers than cores
  }
}

for (let round = 0; round < rounds; round++) {
  const isCreator = round % racers === number;
  if (isCreator && shm.create(size, 'Buffer', key) === null) throw new Error(`round ${round}: the segment is not gone`);
  meet();
  if (!isCreator && shm.get(key)?.length !== size) throw new Error(`round ${round}: can't get the segment`);
  meet();
  Atomics.store(words, 1 + round * racers + number, shm.detach(key) + 10);
  meet();
  if (shm.get(key) !== null) throw new Error(`round ${round}: the segment is still there`);
  meet();
}
shm.detach(board);
send('done');
leave();
