// Ways in which a process ends; the test names one.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { systemVSegments } from '../../support/names.js';
import { roleData } from '../../support/role-side.js';
import { terminate } from '../../support/runtime.js';

type Shm = typeof import('shm-typed-array').default;

const { ending, name } = roleData<{ ending: string; name: string }>();
process.removeAllListeners('disconnect'); // nothing but the ending ends this process
process.removeAllListeners('message');

const load = async (): Promise<Shm> => (await import('shm-typed-array')).default;

/** Two System V segments and a POSIX object. */
async function holdThree(): Promise<Shm> {
  const shm = await load();
  shm.create(100);
  shm.create(1000, 'Float64Array');
  shm.create(10, 'Buffer', name);
  return shm;
}

function ownSegments(): number {
  return systemVSegments().filter(({ creatorPid }) => creatorPid === process.pid).length;
}

/** A worker that has done its `work` as far as to say so. */
async function worker(work: string, key: number | string = name): Promise<Worker> {
  const started = new Worker(new URL('./endings-worker.js', import.meta.url), { workerData: { work, key } });
  await once(started, 'message');
  return started;
}

/** Lets a worker go on, and waits for its end. */
function release(holder: Worker): Promise<number> {
  holder.postMessage('go');
  return new Promise((resolve) => holder.once('exit', resolve)); // unlike once(), which fails at 'error'
}

function report(...facts: unknown[]): void {
  console.log(...facts);
}

const endings: Record<string, () => Promise<unknown>> = {
  'natural end': holdThree,
  'natural end, all detached': async () => {
    const shm = await holdThree();
    report(shm.detachAll());
  },
  'process.exit(0)': async () => {
    await holdThree();
    process.exit(0);
  },
  'process.exit(7)': async () => {
    await holdThree();
    process.exit(7);
  },
  'process.exitCode = 3': async () => {
    await holdThree();
    process.exitCode = 3;
  },
  'uncaught throw': async () => {
    await holdThree();
    setImmediate(() => { throw new Error('thrown on purpose'); });
  },
  'unhandled rejection': async () => {
    await holdThree();
    void Promise.reject(new Error('rejected on purpose'));
  },
  'caught by uncaughtException': async () => {
    await holdThree();
    process.on('uncaughtException', (error) => report('caught', error.message));
    setImmediate(() => { throw new Error('thrown on purpose'); });
  },
  'SIGTERM': async () => {
    await holdThree();
    process.kill(process.pid, 'SIGTERM');
    setInterval(() => {}, 1000);
  },
  'SIGTERM, handled by process.exit(5)': async () => {
    process.on('SIGTERM', () => process.exit(5));
    await holdThree();
    process.kill(process.pid, 'SIGTERM');
    setInterval(() => {}, 1000);
  },
  'SIGKILL': async () => {
    await holdThree();
    process.kill(process.pid, 'SIGKILL');
  },
  'exit handlers before and after ours': async () => {
    let array: Buffer | null = null;
    process.on('exit', () => report('before', array?.length));
    array = (await load()).create(8);
    process.on('exit', () => report('after', array?.length));
  },
  'process.exit(6) in an exit handler': async () => {
    await holdThree();
    process.on('exit', () => process.exit(6));
  },
  'an exit handler that uses it again': async () => {
    const shm = await holdThree();
    process.on('exit', () => report(shm.detachAll(), shm.get(name)?.length, shm.detach(name), shm.detachAll()));
  },
  'a worker ends': async () => {
    report(await release(await worker('hold')), ownSegments());
  },
  'a worker ends by process.exit(4)': async () => {
    report(await release(await worker('hold, then exit')), ownSegments());
  },
  'a worker ends by a throw': async () => {
    const thrower = await worker('hold, then throw');
    thrower.on('error', (error: Error) => report(error.message));
    report(await release(thrower), ownSegments());
  },
  'a worker is terminated': async () => {
    report(await terminate(await worker('hold'), () => ownSegments() === 0), ownSegments());
  },
  'workers are terminated while they create and detach': async () => {
    for (let i = 0; i < 12; i++) {
      const loops = await Promise.all([worker('loop'), worker('loop')]);
      await Promise.all(loops.map((loop) => terminate(loop, () => ownSegments() === 0)));
    }
    report(ownSegments());
  },
  'process.exit() while workers hold': async () => {
    await Promise.all([worker('hold'), worker('hold'), worker('hold')]);
    await holdThree();
    process.exit(2);
  },
  'process.exit() while workers create and detach': async () => {
    await Promise.all([worker('loop'), worker('loop'), worker('loop')]);
    await holdThree();
    process.exit(2);
  },
  'uncaught throw while a worker holds': async () => {
    await worker('hold');
    await holdThree();
    setImmediate(() => { throw new Error('thrown on purpose'); });
  },
  'natural end while an unreferenced worker holds': async () => {
    (await worker('hold')).unref();
    await holdThree();
  },
  'a worker and the main thread hold the same': async () => {
    const shm = await load();
    const { key } = shm.create(8, 'Buffer')!;
    await worker('hold this', key);
    process.exit(0);
  },
  'exit handlers while a worker holds, loaded only there': async () => {
    process.on('exit', () => report('main exits'));
    (await worker('hold')).unref();
  },
};

await endings[ending]!();
