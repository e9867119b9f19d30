// A process, or a thread of one, that reads and writes registers when the test asks for it.
import { ManagedSegment } from 'shm-typed-array';

import { servePeer } from './peer-side.js';

let app: ManagedSegment;

const calls = {
  open(name: string) {
    app = ManagedSegment.open(name);
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
