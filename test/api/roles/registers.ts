// A process, or a thread of one, that reads and writes registers when the test asks for it.
import { type LockGuard, ManagedSegment } from 'shm-typed-array';

import { servePeer } from './peer-side.js';

let app: ManagedSegment;
const held: LockGuard[] = [];

const calls = {
  open(name: string) {
    app = ManagedSegment.open(name);
  },
  async hold(name: string) {
    held.push(await app.mutex(name).lock());
  },
  write: (value: unknown) => app.register('value', { size: 1000, codec: 'json' }).write(value),
  read: () => app.register('value', { size: 1000, codec: 'json' }).read(),
  /** Values of one byte each, repeated. */
  async writeMany(size: number, count: number) {
    const value = app.register('many', { size });
    for (let i = 0; i < count; i++) {
      const bytes = new Uint8Array(1 + (i * 7) % size).fill(i);
      if (!value.tryWrite(bytes)) await value.write(bytes);
      if (i % 1000 === 0) await new Promise(setImmediate);
    }
  },
};

servePeer(calls);
