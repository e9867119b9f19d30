// Two processes that send each other messages.
import type { ConnectMessenger, Memory, Side } from './model.js';

export const messengerOf = (memory: Memory, ...parameters: Parameters<ConnectMessenger>) =>
  (memory.messenger ?? byRings(memory))(...parameters);

/**
 * A ring each way. The variant says how: `'awaited'` sleeps in the event loop, `'batches'` sends and receives many at
 * once; else each message by itself, looking all the time.
 */
function byRings({ ManagedSegment }: Memory): ConnectMessenger {
  return async (key, side, _channel, _bytes, variant) => {
    const segment = ManagedSegment.openOrCreate(key, { size: 1 << 22 });
    const ring = (from: Side) => segment.ring(from, { capacity: 1 << 20 });
    const producer = ring(side).producer();
    const consumer = ring(side === 'trial' ? 'peer' : 'trial').consumer();
    const close = () => segment.close();
    if (variant === 'awaited') {
      return {
        async send(message, count) {
          for (let i = 0; i < count; i++) await producer.send(message);
        },
        async received(count) {
          for (let i = 0; i < count; i++) await consumer.receive();
        },
        close,
      };
    }
    if (variant === 'batches') {
      return {
        send: (message, count) => producer.sendMany(repeated(message, count)),
        received(count) {
          for (let left = count; left > 0;) left -= consumer.drain(() => {}, { most: left });
        },
        close,
      };
    }
    return {
      send(message, count) {
        for (let i = 0; i < count; i++) while (!producer.trySend(message));
      },
      received(count) {
        for (let i = 0; i < count; i++) while (consumer.tryReceive() === undefined);
      },
      close,
    };
  };
}

function* repeated(message: Uint8Array, count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield message;
}
