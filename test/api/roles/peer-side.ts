// The other side of lock-peers.ts, in a process or in a thread of one.
import { isMainThread, parentPort } from 'node:worker_threads';

import { send, serve } from '../../support/role-side.js';
import { endThread } from '../../support/runtime.js';

type Calls = Record<string, (...args: never[]) => unknown>;

/** Answers every call of the test by one of `calls`, until the test ends it. */
export function servePeer(calls: object): void {
  if (isMainThread) {
    serve(calls as Calls);
    void send('ready');
    return;
  }
  parentPort!.on('message', async ({ id, call, args }: { id: number; call: string; args: never[] }) => {
    if (call === 'end') return endThread();
    try {
      parentPort!.postMessage({ id, result: await (calls as Calls)[call]!(...args) });
    } catch (error) {
      parentPort!.postMessage({ id, error });
    }
  });
  parentPort!.postMessage('ready');
}
