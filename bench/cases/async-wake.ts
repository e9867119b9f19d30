// async-wake: two Node processes wake each other in turns; each awaits it in its event loop.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectionOf } from '../connection.js';
import type { BenchCase } from '../model.js';

const peer = fileURLToPath(new URL('../peer.js', import.meta.url));
const full = { bytes: 0, segments: 1, count: 500, rounds: 10, warmup: 4 };

export const asyncWake: BenchCase = {
  name: 'async-wake',
  title: 'two Node processes wake each other, there and back',
  note: 'Both await it in their event loops: `await event.wait()` here. One wake-up is half of the time.',
  verb: 'async-wake',
  kind: 'posix',
  unit: 'µs',
  full,
  quick: { ...full, rounds: 1, warmup: 0 },
  lines: [{ contender: 'ours' }, { contender: 'unix-socket' }, { contender: 'process.send' }],
  baseline: 'unix-socket',
  goals: [{ line: 'ours', versus: 'unix-socket', atMost: 1 }],
  begin(memory, job, module) {
    const child = fork(peer, [module, String(job.key)]);
    const connecting = connectionOf(memory, String(job.key), 'trial', child);
    return {
      async round() {
        const connection = await connecting;
        for (let i = 0; i < job.count; i++) {
          const answer = connection.woken();
          connection.wake();
          await answer;
        }
      },
      end() {
        child.disconnect();
        void connecting.then((connection) => connection.close());
      },
    };
  },
};
