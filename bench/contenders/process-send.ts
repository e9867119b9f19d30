// Wakes with a message over the channel that Node gives to a child.
import type { Connect } from '../model.js';
import { inbox } from './inbox.js';

export const connect: Connect = async (_key, _side, channel) => {
  const { deliver, next } = inbox();
  channel.on('message', deliver);
  return { wake: () => void channel.send!(0), woken: next, close() {} };
};
