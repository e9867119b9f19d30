// Locks whose owners are killed again and again, wherever they are.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { type PeerKind, managedTest } from './lock-peers.js';

expectNothingLeft();

const isSlow = Boolean(process.env['SHM_TEST_SLOW']);

for (const kind of ['mutex', 'rwLock']) {
  managedTest(`${kind}: processes and threads that are killed at random leave a lock that works`, async ({ app, start }) => {
    const data = Segment.create(uniqueName(), { size: 12 });
    const numbers = data.view(Int32Array);
    const what = [kind, 'm'] as const;
    const churning = new Set<Promise<unknown>>();
    const begin = async (who: PeerKind) => {
      const peer = await start(who);
      churning.add(peer.call('churn', what, data.name).catch((error: Error) => {
        if (/and nobody has died/.test(error.message)) throw error;
      }));
      return peer;
    };
    try {
      const peers = [await begin('process'), await begin('thread'), await begin('process')];
      for (let kill = 0; kill < (isSlow ? 4 : 15); kill++) {
        const before = numbers[0]!;
        while (numbers[0]! - before < 50) await sleep(1); // they work
        await peers.shift()!.die();
        peers.push(await begin(kill % 2 === 0 ? 'thread' : 'process'));
      }
      for (const peer of peers) await peer.die();
      const lockIt = kind === 'mutex' ? app.mutex('m') : app.rwLock('m');
      const guard = await lockIt.lock();
      assert.ok(guard.ownerDied || numbers[0] === numbers[1]);
      guard.markConsistent();
      guard.release();
      assert.equal(lockIt.lockSync().ownerDied, false);
      await Promise.race([Promise.all(churning), sleep(100)]); // nobody has seen what can't be
    } finally {
      data.unlink();
      data.close();
    }
  });
}
