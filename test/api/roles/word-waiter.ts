// Waits for words of a segment, and changes them, as the test says.
import { Segment, notify, wait, waitAsync } from 'shm-typed-array';

import { receive, roleData, send } from '../../support/role-side.js';

interface Order {
  readonly how: 'sync' | 'async' | 'echo' | 'die';
  readonly index: number;
  readonly expected: number;
  readonly timeout?: number;
  readonly value: number;
  readonly rounds: number;
}

const words = Segment.open(roleData<string>()).view(Int32Array);
for (;;) {
  const { how, index, expected, timeout = Infinity, value, rounds } = await receive<Order>();
  if (how === 'sync') {
    await send('about to wait');
    send(wait(words, index, expected, { timeout }));
  } else if (how === 'async') {
    await send('about to wait');
    send(await waitAsync(words, index, expected, { timeout }));
  } else if (how === 'echo') {
    await send('about to wait');
    for (let round = 0; round < rounds; round++) {
      wait(words, 0, round);
      Atomics.store(words, 1, round + 1);
      notify(words, 1);
    }
  } else {
    Atomics.store(words, index, value);
    process.kill(process.pid, 'SIGKILL');
  }
}
