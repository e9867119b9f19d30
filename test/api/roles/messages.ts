// A process, or a thread of one, that sends or receives when the test asks for it.
import { type Consumer, ManagedSegment, type Producer } from 'shm-typed-array';

import { message, numberOf } from '../messages.js';
import { servePeer } from './peer-side.js';

let app: ManagedSegment;
let producer: Producer<Uint8Array> | undefined;
let consumer: Consumer<Uint8Array> | undefined;

async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code!;
  }
}

const calls = {
  open(name: string) {
    app = ManagedSegment.open(name);
  },
  become: (role: 'producer' | 'consumer', capacity: number) => codeOf(() => {
    const ring = app.ring('ring', { capacity });
    if (role === 'producer') producer = ring.producer();
    else consumer = ring.consumer();
  }),
  send: (text: string) => codeOf(() => producer!.send(Buffer.from(text))),
  async sendNumbered(from: number, to: number) {
    for (let number = from; number < to; number++) await producer!.send(message(number));
  },
  end: () => codeOf(() => producer!.end()),
  async receive(options?: { timeout: number }) {
    const bytes = await consumer!.receive(options);
    return bytes && Buffer.from(bytes).toString();
  },
  /** @returns the first number that is not the next one; -1 if all are right */
  async receiveNumbered(from: number, to: number) {
    for (let number = from; number < to; number++) {
      if (numberOf((await consumer!.receive())!) !== number) return number;
    }
    return -1;
  },
  leave() {
    producer?.close();
    consumer?.close();
  },
};

servePeer(calls);
