// A process that waits asynchronously, and what it can do meanwhile.
import { pbkdf2 } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { notify, wait, waitAsync } from 'shm-typed-array';

import { leave, roleData } from '../../support/role-side.js';

const { how, words } = (workerData ?? { words: new Int32Array(new SharedArrayBuffer(4096)) }) as {
  how?: 'stay' | 'exit'; words: Int32Array;
};
const waits = 300;
const distinct = 100;

function waitForMany(): Promise<string[]> {
  return Promise.all(Array.from({ length: waits }, (_, index) => waitAsync(words, index % distinct, 0)));
}

function change(): void {
  for (let index = 0; index < distinct; index++) {
    Atomics.store(words, index, 1);
    notify(words, index);
  }
}

function switchesOfWaiter(): number {
  for (const task of readdirSync('/proc/self/task')) {
    if (readFileSync(`/proc/self/task/${task}/comm`, 'utf8') !== 'shm-waiter\n') continue;
    return Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`/proc/self/task/${task}/status`, 'utf8'))![1]);
  }
  throw new Error('there is no waiter');
}

const scenes: Record<string, () => Promise<unknown>> = {
  /** What else the runtime does with its few pool threads. */
  async 'work of the pool'() {
    const end = waitForMany();
    for (let round = 0; round < 10; round++) {
      await Promise.all([readFile('/proc/self/stat'), promisify(pbkdf2)('a', 'b', 10, 16, 'sha256')]);
    }
    let turns = 0;
    for (; turns < 1000; turns++) await turn();
    change();
    return [turns, new Set(await end).size];
  },

  /** Wake-ups a second while it waits, and then while it doesn't. */
  async 'idle'() {
    const end = waitForMany();
    await sleep(500);
    const rates: number[] = [];
    for (let phase = 0; phase < 2; phase++) {
      const [before, start] = [switchesOfWaiter(), performance.now()];
      await sleep(3000);
      rates.push((switchesOfWaiter() - before) / ((performance.now() - start) / 1000));
      change();
      await end;
      await sleep(100);
    }
    return rates;
  },

  /** Nothing but the wait keeps the process alive. */
  async 'kept alive'() {
    return waitAsync(words, 0, 0, { timeout: 400 });
  },

  async 'not kept alive any more'() {
    const end = waitForMany();
    change();
    const results = new Set(await end).size;
    const controller = new AbortController();
    const aborted = waitAsync(words, 0, 1, { signal: controller.signal }).catch((error: Error) => error.name);
    controller.abort();
    return [results, await aborted];
  },

  /** JavaScript is ended in the middle of a wait, and goes on. */
  async 'vm'() {
    const context = createContext({ wait: () => wait(words, 0, 0) });
    for (let round = 0; round < 3; round++) {
      try {
        runInContext('wait()', context, { timeout: 120 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      }
    }
    return [wait(words, 1, 0, { timeout: 60 }), await waitAsync(words, 1, 0, { timeout: 60 }), wait(words, 1, 1)];
  },

  async 'many workers'() {
    const ends = new Map<number, number>();
    for (let round = 0; round < roleData<{ workers: number }>().workers; round++) {
      const worker = new Worker(new URL(import.meta.url), { workerData: { how: round % 2 === 0 ? 'stay' : 'exit', words } });
      const exited = new Promise<number>((resolve) => worker.on('exit', resolve));
      await new Promise((resolve) => worker.on('message', resolve));
      if (round % 2 === 0) void worker.terminate();
      change(); // while it ends
      ends.set(await exited, 1);
      words.fill(0);
    }
    return [...ends.keys()].sort();
  },
};

if (isMainThread) {
  leave(); // so that the test's channel keeps nothing alive
  const { scene } = roleData<{ scene: string }>();
  console.log(JSON.stringify(await scenes[scene]!()));
} else {
  void waitForMany();
  parentPort!.postMessage('waiting');
  if (how === 'exit') process.exit(7);
}
