// openOrCreate(): exactly one creates, all get the same complete segment.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { startRole } from '../support/roles.js';
import type { Outcome } from './segment-calls.js';
import { assertRuleError, namedKinds, segmentTest } from './segments.js';

expectNothingLeft();

for (const { kind, newKey } of namedKinds) {
  describe(kind, () => {
    segmentTest('the first call creates, the next one finds', (own) => {
      const key = newKey();
      const first = own(Segment.openOrCreate(key, { size: 100 }));
      assert.deepEqual([first.kind, first.name, first.size, first.created], [kind, key, 100, true]);
      first.bytes().fill(1);
      const second = own(Segment.openOrCreate(key, { size: 100 }));
      assert.deepEqual([second.kind, second.name, second.size, second.created], [kind, key, 100, false]);
      assert.deepEqual([...second.view(Uint8Array)], Array(100).fill(1));
    });

    segmentTest('its options are those of a creation where it creates', (own) => {
      assert.equal(own(Segment.openOrCreate(newKey(), { size: 100 })).stat().mode, 0o600);
      assert.equal(own(Segment.openOrCreate(newKey(), { size: 100, mode: 0o640 })).stat().mode, 0o640);
    });

    segmentTest('where it finds, the mode of the segment stays', (own) => {
      const key = newKey();
      own(Segment.create(key, { size: 100, mode: 0o644 }));
      assert.equal(own(Segment.openOrCreate(key, { size: 100, mode: 0o600 })).stat().mode, 0o644);
    });

    segmentTest('another size is ERR_SHM_UNTRUSTED, and changes nothing', (own) => {
      const key = newKey();
      const s = own(Segment.create(key, { size: 100 }));
      s.bytes().fill(1);
      for (const size of [1, 99, 101, 8192]) {
        assertRuleError(() => Segment.openOrCreate(key, { size }), 'ERR_SHM_UNTRUSTED', key);
      }
      assert.equal(s.stat().size, 100);
      assert.deepEqual([...s.view(Uint8Array)], Array(100).fill(1));
    });

    segmentTest('after unlink it creates anew', (own) => {
      const key = newKey();
      const first = own(Segment.openOrCreate(key, { size: 100 }));
      first.bytes().fill(1);
      Segment.unlink(key);
      const second = own(Segment.openOrCreate(key, { size: 50 }));
      assert.equal(second.created, true);
      assert.equal(second.bytes()[0], 0);
      assert.equal(first.bytes()[0], 1);
    });

    segmentTest('of several processes at once exactly one creates', async (own) => {
      const script = new URL('./roles/peer.js', import.meta.url);
      const peers = Array.from({ length: 4 }, () => startRole(script));
      await Promise.all(peers.map((peer) => peer.expect('ready')));
      const rounds = process.env['SHM_TEST_SLOW'] ? 5 : 50;
      for (let round = 0; round < rounds; round++) {
        const key = newKey();
        const outcomes = await Promise.all(peers.map((peer) => peer.call<Outcome>('make', 'openOrCreate', key, { size: 5000 })));
        own(Segment.open(key, { size: 5000 }));
        assert.deepEqual(outcomes.map(({ error }) => error?.message).filter(Boolean), []);
        assert.equal(outcomes.filter(({ made }) => made!.created).length, 1);
        await peers[0]!.call('fill', outcomes[0]!.made!.id, round + 1);
        for (const [i, peer] of peers.entries()) {
          assert.deepEqual(await peer.call('read', outcomes[i]!.made!.id, 4998, 5000), [round + 1, round + 1]);
        }
        Segment.unlink(key);
      }
      await Promise.all(peers.map((peer) => peer.stop()));
    });
  });
}
