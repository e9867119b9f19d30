// The other process of a trial of messages: message-peer.js MODULE KEY BYTES COUNT VARIANT. Answers so many messages with
// one, until the trial ends.
import { messengerOf } from './messenger.js';
import type { Memory } from './model.js';

const [module, key, bytes, count, variant] = process.argv.slice(2) as [string, string, string, string, string];
process.on('disconnect', () => process.exit());
const memory: Memory = await import(module);
const message = new Uint8Array(Number(bytes));
const messenger = await messengerOf(memory, key, 'peer', process, message.length, variant || undefined);
for (;;) {
  await messenger.received(Number(count));
  await messenger.send(message, 1);
}
