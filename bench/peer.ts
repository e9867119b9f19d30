// The other process of a trial of two: peer.js MODULE KEY. Answers each wake-up until the trial ends.
import { connectionOf } from './connection.js';
import type { Memory } from './model.js';

const [module, key] = process.argv.slice(2) as [string, string];
process.on('disconnect', () => process.exit());
const memory: Memory = await import(module);
const connection = await connectionOf(memory, key, 'peer', process);
for (;;) {
  await connection.woken();
  connection.wake();
}
