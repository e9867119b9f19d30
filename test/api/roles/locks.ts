// A process, or a thread of one, that does what the test asks for with a managed segment.
import { isMainThread, parentPort } from 'node:worker_threads';

import { send, serve } from '../../support/role-side.js';
import { endThread } from '../../support/runtime.js';
import { lockCalls } from '../lock-calls.js';

if (isMainThread) {
  serve(lockCalls);
  void send('ready');
} else {
  parentPort!.on('message', async ({ id, call, args }: { id: number; call: string; args: never[] }) => {
    if (call === 'end') return endThread();
    try {
      const result = await (lockCalls as unknown as Record<string, (...args: never[]) => unknown>)[call]!(...args);
      parentPort!.postMessage({ id, result });
    } catch (error) {
      parentPort!.postMessage({ id, error });
    }
  });
  parentPort!.postMessage('ready');
}
