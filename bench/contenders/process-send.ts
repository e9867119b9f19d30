// Wakes with a message over the channel that Node gives to a child.
import type { Connect, ConnectMessenger } from '../model.js';
import { counter, inbox } from './inbox.js';

export const connect: Connect = async (_key, _side, channel) => {
  const { deliver, next } = inbox();
  channel.on('message', deliver);
  return { wake: () => void channel.send!(0), woken: next, close() {} };
};

/** As text, unless the channel is of the advanced kind, which takes bytes. */
export const messenger: ConnectMessenger = async (_key, _side, channel, _bytes, variant) => {
  const { deliver, received } = counter();
  channel.on('message', () => deliver(1));
  return {
    async send(message, count) {
      const sent = variant === 'advanced' ? message : Buffer.from(message).toString('latin1');
      for (let i = 0; i < count; i++) {
        // The last of a hundred says when the channel has taken them.
        if (i % 100 === 99 || i === count - 1) await new Promise((resolve) => channel.send!(sent, undefined, undefined, resolve));
        else channel.send!(sent);
      }
    },
    received,
    close() {},
  };
};
