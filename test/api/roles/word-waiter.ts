// Waits for words of a segment, and changes them, as the test says.
import { setTimeout as sleep } from 'node:timers/promises';
import { Segment, notify, wait, waitAsync } from 'shm-typed-array';

import { receive, roleData, send } from '../../support/role-side.js';

interface Order {
  readonly how: 'sync' | 'async' | 'store' | 'die';
  readonly index: number;
  readonly expected: number;
  readonly timeout?: number;
  readonly value: number;
  readonly delay: number;
}

const words = Segment.open(roleData<string>()).view(Int32Array);
for (;;) {
  const { how, index, expected, timeout = Infinity, value, delay } = await receive<Order>();
  if (how === 'sync') {
    await send('about to wait');
    send(wait(words, index, expected, { timeout }));
  } else if (how === 'async') {
    await send('about to wait');
    send(await waitAsync(words, index, expected, { timeout }));
  } else if (how === 'store') {
    await sleep(delay);
    Atomics.store(words, index, value);
    notify(words, index);
    send('stored');
  } else {
    Atomics.store(words, index, value);
    process.kill(process.pid, 'SIGKILL');
  }
}
