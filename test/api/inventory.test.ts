// What there is: stat(), list(), exists() and unlink().
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { idOf, withPeer } from './peers.js';
import { assertRuleError, assertSystemError, madeKinds, namedKinds, segmentTest } from './segments.js';

expectNothingLeft();

for (const { kind, make } of madeKinds) {
  describe(kind, () => {
    segmentTest('stat says what the system knows', (own) => {
      const start = Math.floor(Date.now() / 1000) * 1000;
      const s = own(make({ size: 5000, mode: 0o640 }));
      const { changed, ...status } = s.stat();
      const isSystemV = kind === 'system-v';
      if (isSystemV) {
        assert.ok(status.lastAttach! >= new Date(start));
        assert.equal(status.lastDetach, undefined);
      }
      const { lastAttach, ...rest } = status;
      assert.deepEqual(rest, {
        kind, name: s.name, size: 5000, mode: 0o640, uid: process.geteuid!(), gid: process.getegid!(),
        holders: [process.pid], holdersKnown: rest.holdersKnown, inUse: true, attachments: 1,
        ...(isSystemV && { creatorPid: process.pid, lastPid: process.pid }),
        unlinked: kind === 'anonymous', sealed: isSystemV || kind === 'anonymous',
      });
      assert.equal(lastAttach !== undefined, isSystemV);
      assert.ok(changed >= new Date(start) && changed <= new Date());
    });

    segmentTest('stat knows who has it mapped, until they close it', async (own) => {
      const s = own(make({ size: 5000 }));
      await withPeer(async (peer) => {
        if (kind === 'anonymous') await peer.call('makeOfProcess', process.pid, s.fd);
        else await idOf(peer, kind === 'file' ? 'openFile' : 'open', s.name);
        assert.deepEqual([...s.stat().holders].sort(), [process.pid, peer.pid].sort());
        assert.equal(s.stat().attachments, 2);
        await peer.call('closeAll');
        assert.deepEqual(s.stat().holders, [process.pid]);
        assert.equal(s.stat().attachments, 1);
        if (kind === 'system-v') {
          assert.equal(s.stat().lastPid, peer.pid);
          assert.ok(s.stat().lastDetach instanceof Date);
        }
      });
    });
  });
}

for (const { kind, newKey } of namedKinds) {
  describe(kind, () => {
    segmentTest('exists answers whether there is one', (own) => {
      const key = newKey();
      assert.equal(Segment.exists(key), false);
      const s = own(Segment.create(key, { size: 100 }));
      assert.equal(Segment.exists(key), true);
      s.close();
      assert.equal(Segment.exists(key), true, 'it outlives its users');
      Segment.unlink(key);
      assert.equal(Segment.exists(key), false);
    });

    segmentTest('unlink removes the name; who has it open keeps it', (own) => {
      const key = newKey();
      const s = own(Segment.create(key, { size: 100 }));
      s.bytes().fill(1);
      assert.equal(Segment.unlink(key), undefined);
      assert.equal(s.stat().unlinked, true);
      s.bytes()[1] = 2;
      assert.deepEqual([...s.bytes(0, 3)], [1, 2, 1]);
      assertSystemError(() => Segment.open(key), 'ENOENT', kind === 'posix' ? 'open' : 'shmget', key);
      assertSystemError(() => Segment.unlink(key), 'ENOENT', kind === 'posix' ? 'unlink' : 'shmget', key);
      const next = own(Segment.create(key, { size: 50 }));
      assert.equal(next.bytes()[0], 0);
      assert.equal(s.bytes()[0], 1);
    });

    segmentTest('s.unlink() does the same, also of a segment that is closed', (own) => {
      const [one, other] = [newKey(), newKey()];
      const s = own(Segment.create(one, { size: 100 }));
      s.unlink();
      assert.equal(Segment.exists(one), false);
      assert.equal(s.closed, false);
      assertSystemError(() => s.unlink(), 'ENOENT', kind === 'posix' ? 'unlink' : 'shmget', one);

      const closed = own(Segment.create(other, { size: 100 }));
      closed.close();
      closed.unlink();
      assert.equal(Segment.exists(other), false);
    });

    segmentTest('list has it, once, as stat describes it', (own) => {
      const keys = Array.from({ length: 5 }, newKey);
      const segments = keys.map((key, i) => own(Segment.create(key, { size: 100 + i, mode: 0o640 })));
      const listed = Segment.list();
      for (const s of segments) {
        const found = listed.filter(({ name }) => name === s.name);
        assert.equal(found.length, 1);
        const { sealed, ...rest } = s.stat();
        assert.equal(typeof sealed, 'boolean');
        const { sealed: _, ...first } = found[0]!;
        assert.deepEqual(first, rest);
      }
      for (const s of segments) s.unlink();
      const names = Segment.list().map(({ name }) => name);
      for (const key of keys) assert.ok(!names.includes(key));
    });

    segmentTest('list knows those that nobody has open', async (own) => {
      const key = newKey();
      own(Segment.create(key, { size: 100 })).close();
      const found = Segment.list().find(({ name }) => name === key)!;
      assert.deepEqual([found.kind, found.holders, found.attachments], [kind, [], 0]);
      assert.equal(found.inUse, kind === 'system-v' || found.holdersKnown ? false : undefined);
    });
  });
}

segmentTest('list has the segments of the old functions and of other programs', async (own) => {
  const { default: shm } = await import('shm-typed-array');
  const name = uniqueName();
  shm.create(100, 'Buffer', name);
  own(Segment.open(name));
  const found = Segment.list().find((each) => each.name === name)!;
  assert.deepEqual([found.kind, found.size, found.holders], ['posix', 108, [process.pid]]);
  shm.destroy(name);
});

segmentTest('System V: unlinked and still attached it has no key, and can be looked at', (own) => {
  const key = uniqueKey();
  const s = own(Segment.create(key, { size: 100 }));
  s.unlink();
  const { unlinked, attachments, name } = s.stat();
  assert.deepEqual([unlinked, attachments, name], [true, 1, key]);
  s.close();
  assert.ok(!systemVSegments().some((segment) => segment.key === key));
});

segmentTest('stat sees a changed size, the segment keeps its own', (own) => {
  const name = uniqueName();
  const s = own(Segment.create(name, { size: 4096 }));
  truncateSync(`/dev/shm${name}`, 8192);
  assert.equal(s.stat().size, 8192);
  assert.equal(s.size, 4096);
  assert.equal(statSync(`/dev/shm${name}`).size, 8192);
});

test('what is no segment: exists refuses to say, unlink removes what a name can be', () => {
  const [folder, link] = [uniqueName(), uniqueName()];
  mkdirSync(`/dev/shm${folder}`);
  symlinkSync('nothing', `/dev/shm${link}`);
  try {
    assertRuleError(() => Segment.exists(folder), 'ERR_SHM_UNTRUSTED', folder);
    assertRuleError(() => Segment.exists(link), 'ERR_SHM_UNTRUSTED', link);
    assertSystemError(() => Segment.unlink(folder), ['EISDIR', 'EPERM'], 'unlink', folder);
    const names = Segment.list().map(({ name }) => name);
    assert.ok(!names.includes(folder) && !names.includes(link));
    Segment.unlink(link);
    assert.equal(Segment.exists(link), false);
  } finally {
    rmSync(`/dev/shm${folder}`, { recursive: true });
    rmSync(`/dev/shm${link}`, { force: true });
  }
});
