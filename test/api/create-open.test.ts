// Segments by name and key: what create() makes is found by open(), here and in other processes.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { withPeer } from './peers.js';
import type { Outcome } from './segment-calls.js';
import { assertSystemError, namedKinds, segmentTest } from './segments.js';

expectNothingLeft();

for (const { kind, newKey } of namedKinds) {
  describe(kind, () => {
    segmentTest('create makes a segment of zeros, and says what it is', (own) => {
      const key = newKey();
      const s = own(Segment.create(key, { size: 10_000 }));
      assert.equal(s.kind, kind);
      assert.equal(s.name, key);
      assert.equal(s.size, 10_000);
      assert.equal(s.access, 'read-write');
      assert.equal(s.created, true);
      assert.equal(s.closed, false);
      assert.equal(s.truncated, false);
      assert.equal(s.bytes().length, 10_000);
      assert.ok(s.bytes().every((byte) => byte === 0));
      if (kind === 'posix') assert.ok(s.fd! > 2);
      else assert.equal(s.fd, undefined);
    });

    segmentTest('open finds what create made, with the same bytes', (own) => {
      const key = newKey();
      const made = own(Segment.create(key, { size: 100 }));
      made.bytes().fill(7);
      const found = own(Segment.open(key));
      assert.deepEqual([found.kind, found.name, found.size, found.created], [kind, key, 100, false]);
      assert.deepEqual([...found.view(Uint8Array)], Array(100).fill(7));
      found.bytes()[99] = 8;
      assert.equal(made.bytes()[99], 8);
    });

    segmentTest('another process finds it, and sees writes at once', async (own) => {
      const key = newKey();
      const s = own(Segment.create(key, { size: 100 }));
      s.bytes().fill(1);
      await withPeer(async (peer) => {
        const { made } = await peer.call<Outcome>('make', 'open', key);
        assert.deepEqual({ ...made, fd: null }, {
          id: 0, kind, name: key, access: 'read-write', created: false, size: 100, fd: null,
        });
        assert.deepEqual(await peer.call('read', made!.id, 98, 100), [1, 1]);
        await peer.call('fill', made!.id, 2);
        assert.deepEqual([...s.view(Uint8Array)], Array(100).fill(2));
        s.bytes()[0] = 3;
        assert.deepEqual(await peer.call('read', made!.id, 0, 2), [3, 2]);
      });
      assert.equal(s.bytes()[0], 3, 'the end of the other process changes nothing');
    });

    segmentTest('a key that is taken is EEXIST, and what has it is untouched', (own) => {
      const key = newKey();
      const s = own(Segment.create(key, { size: 100 }));
      s.bytes().fill(1);
      const syscall = kind === 'posix' ? 'linkat' : 'shmget';
      for (const size of [1, 100, 2 ** 22]) assertSystemError(() => Segment.create(key, { size }), 'EEXIST', syscall, key);
      assert.deepEqual([...s.view(Uint8Array)], Array(100).fill(1));
    });

    test('what is not there is ENOENT', () => {
      const key = newKey();
      const syscall = kind === 'posix' ? 'open' : 'shmget';
      assertSystemError(() => Segment.open(key), 'ENOENT', syscall, key);
      assertSystemError(() => Segment.open(key, { access: 'read' }), 'ENOENT', syscall, key);
      assertSystemError(() => Segment.open(key, { size: 100 }), 'ENOENT', syscall, key);
    });

    segmentTest('close and open again: the bytes are still there', (own) => {
      const key = newKey();
      const s = own(Segment.create(key, { size: 100 }));
      s.bytes().write('remembered');
      s.close();
      assert.equal(own(Segment.open(key)).readString(0, 10), 'remembered');
    });

    for (const size of [1, 4095, 4096, 4097, 2 ** 22 + 1]) {
      segmentTest(`a size of ${size} is exact, from the first byte to the last`, async (own) => {
        const key = newKey();
        const s = own(Segment.create(key, { size }));
        assert.equal(s.buffer.byteLength, size);
        s.bytes()[0] = 1;
        s.bytes()[size - 1] = 2;
        const found = own(Segment.open(key));
        assert.equal(found.size, size);
        assert.equal(found.bytes().length, size);
        assert.equal(found.bytes()[size - 1], 2);
      });
    }
  });
}

segmentTest('POSIX: the object is a file with the bytes and nothing else', (own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 5 })).bytes().write('plain');
  assert.equal(readFileSync(`/dev/shm${name}`, 'latin1'), 'plain');
  assert.equal(statSync(`/dev/shm${name}`).nlink, 1);
});

segmentTest('a name may come without its slash; name has one, and an error has what was given', (own) => {
  const name = uniqueName();
  const s = own(Segment.create(name.slice(1), { size: 5 }));
  assert.equal(s.name, name);
  assert.equal(own(Segment.open(name)).size, 5);
  assertSystemError(() => Segment.create(name.slice(1), { size: 5 }), 'EEXIST', 'linkat', name.slice(1));
  const none = uniqueName().slice(1);
  assertSystemError(() => Segment.open(none), 'ENOENT', 'open', none);
  assertSystemError(() => Segment.unlink(none), 'ENOENT', 'unlink', none);
});

segmentTest('the longest name has 254 bytes', (own) => {
  const prefix = uniqueName();
  const name = prefix + 'é'.repeat((255 - prefix.length) >> 1) + 'x'.repeat((255 - prefix.length) & 1);
  assert.equal(Buffer.byteLength(name), 255);
  assert.equal(own(Segment.create(name, { size: 5 })).name, name);
  assert.equal(own(Segment.open(name)).size, 5);
});

segmentTest('System V: null is a key that nobody had, and is told', (own) => {
  const made = Array.from({ length: 20 }, () => own(Segment.create(null, { size: 10 })));
  const keys = made.map(({ name }) => name as number);
  assert.equal(new Set(keys).size, 20);
  for (const [i, key] of keys.entries()) {
    assert.ok(Number.isInteger(key) && key >= 1 && key <= 2 ** 32 - 2);
    assert.equal(made[i]!.kind, 'system-v');
    made[i]!.bytes()[0] = i;
    assert.equal(own(Segment.open(key)).bytes()[0], i);
  }
});

segmentTest('System V: keys beyond 2^31 are those of other programs', (own) => {
  const [low, high] = [uniqueKey() & 0x7fffffff || 1, (uniqueKey() | 0x80000000) >>> 0];
  for (const key of [low, high]) {
    if (systemVSegments().some((segment) => segment.key === key)) continue;
    own(Segment.create(key, { size: 10 }));
    assert.ok(systemVSegments().some((segment) => segment.key === key));
    assert.equal(own(Segment.open(key)).name, key);
  }
});
