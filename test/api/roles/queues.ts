// A process, or a thread of one, that sends to a queue and receives from it when the test asks for it.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lease, ManagedSegment, type Queue } from 'shm-typed-array';

import { message, numberOf } from '../messages.js';
import { servePeer } from './peer-side.js';

let app: ManagedSegment;
let queue: Queue;
const leases: Lease<Uint8Array>[] = [];

servePeer({
  open(name: string) {
    app = ManagedSegment.open(name);
  },
  use(capacity: number) {
    queue = app.queue('queue', { capacity });
  },
  async sendNumbered(from: number, to: number) {
    const producer = queue.producer();
    for (let number = from; number < to; number++) await producer.send(message(number));
  },
  /** @returns the numbers received until nothing came for so many milliseconds */
  async receiveNumbered(patience: number) {
    const consumer = queue.consumer();
    const numbers: number[] = [];
    for (;;) {
      const bytes = await consumer.receive({ timeout: patience }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ERR_SHM_TIMEOUT') throw error;
      });
      if (bytes === undefined) return numbers;
      numbers.push(numberOf(bytes));
    }
  },
  /** Works on jobs until it is killed. */
  async work() {
    const consumer = queue.consumer();
    for (;;) {
      const lease = await consumer.receive({ lease: true });
      await sleep(1);
      lease.done();
    }
  },
  async lease() {
    const lease = await queue.consumer().receive({ lease: true });
    leases.push(lease);
    return { number: numberOf(lease.value), redelivered: lease.redelivered };
  },
  done: () => leases.shift()!.done(),
  close: () => app.close(),
});
