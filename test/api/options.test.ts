// What the options do to the memory: mode, reserve, populate, lock.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type Stats, readFileSync, statSync } from 'node:fs';
import { describe } from 'node:test';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { asUser, idOf, withPeer } from './peers.js';
import type { Described, Outcome } from './segment-calls.js';
import { type Failure, checkSystemFailure, madeKinds, namedKinds, segmentTest, uniquePath } from './segments.js';

expectNothingLeft();

const nobody = 65_534;
const isRoot = process.getuid!() === 0;
const mebibyte = 2 ** 20;

/** A value in KiB of the mapping of this process that has `mark` in its line, by /proc/self/smaps. */
function mappingSays(mark: string, field: string): number {
  const lines = readFileSync('/proc/self/smaps', 'utf8').split('\n');
  const start = lines.findIndex((line) => line.includes(mark));
  assert.ok(start >= 0, `${mark} is not mapped`);
  const found = lines.slice(start).find((line) => line.startsWith(`${field}:`))!;
  return Number(/\d+/.exec(found)![0]);
}

/** Of the object behind the descriptor, which not every runtime's fstat() knows. */
function statusOf({ fd }: { readonly fd: number | undefined }): Stats {
  return statSync(`/proc/self/fd/${fd}`);
}

function lockedKibibytes(): number {
  return Number(/^VmLck:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}

describe('mode', () => {
  const modes = [0, 0o400, 0o600, 0o640, 0o644, 0o660, 0o666, 0o777, 0o007];
  for (const { kind, make } of madeKinds) {
    for (const umask of [0o022, 0o077]) {
      segmentTest(`${kind}: exact, also under umask ${umask.toString(8)}`, async (own) => {
        const before = process.umask(umask);
        try {
          for (const mode of isRoot ? modes : modes.filter((each) => (each & 0o600) === 0o600)) {
            const s = own(make({ size: 100, mode }));
            assert.equal(s.stat().mode, mode);
            if (kind !== 'system-v') assert.equal(statusOf(s).mode & 0o7777, mode);
          }
          assert.equal(own(make({ size: 100 })).stat().mode, 0o600, 'the default');
        } finally {
          process.umask(before);
        }
      });
    }
  }

  segmentTest('another process, with a umask of its own: exact too', async (own) => {
    await withPeer(async (peer) => {
      for (const { newKey } of namedKinds) {
        const key = newKey();
        await idOf(peer, 'create', key, { size: 100, mode: 0o666 });
        assert.equal(own(Segment.open(key)).stat().mode, 0o666);
      }
    }, { data: { umask: 0o777 } });
  });
});

describe('reserve', () => {
  segmentTest('by default every page has its place; without it none has', (own) => {
    const [reserved, sparse] = [uniqueName(), uniqueName()];
    own(Segment.create(reserved, { size: 8 * mebibyte }));
    own(Segment.create(sparse, { size: 8 * mebibyte, reserve: false }));
    assert.ok(statSync(`/dev/shm${reserved}`).blocks * 512 >= 8 * mebibyte);
    assert.ok(statSync(`/dev/shm${sparse}`).blocks * 512 < mebibyte);
    assert.equal(statSync(`/dev/shm${sparse}`).size, 8 * mebibyte);
  });

  segmentTest('anonymous memory too', (own) => {
    const reserved = own(Segment.anonymous({ size: 8 * mebibyte }));
    const sparse = own(Segment.anonymous({ size: 8 * mebibyte, reserve: false }));
    assert.ok(statusOf(reserved).blocks * 512 >= 8 * mebibyte);
    assert.ok(statusOf(sparse).blocks * 512 < mebibyte);
  });

  segmentTest('a sparse segment has pages where somebody writes', (own) => {
    const s = own(Segment.anonymous({ size: 64 * mebibyte, reserve: false }));
    s.bytes()[32 * mebibyte] = 1;
    s.bytes()[64 * mebibyte - 1] = 2;
    const { blocks } = statusOf(s);
    assert.ok(blocks > 0 && blocks * 512 < 32 * mebibyte);
    assert.equal(s.bytes()[mebibyte], 0);
  });

  segmentTest('System V takes it: a large sparse segment', (own) => {
    const s = own(Segment.create(uniqueKey(), { size: 2 ** 32 - 4096 > 2 ** 31 ? 2 ** 31 : 2 ** 30, reserve: false }));
    s.bytes()[2 ** 30] = 1;
    assert.equal(s.bytes()[2 ** 30], 1);
  });
});

describe('populate', () => {
  for (const { kind, make } of madeKinds.filter((each) => each.kind !== 'system-v')) {
    segmentTest(`${kind}: all pages are mapped at once`, (own) => {
      const s = own(make({ size: 4 * mebibyte, populate: true }));
      const inode = ` ${statusOf(s).ino} `;
      assert.equal(mappingSays(inode, 'Rss'), 4096);
      assert.ok(s.bytes().every((byte) => byte === 0));
    });
  }

  segmentTest('System V', (own) => {
    const key = uniqueKey();
    own(Segment.create(key, { size: 4 * mebibyte, populate: true }));
    assert.equal(mappingSays(`SYSV${key.toString(16).padStart(8, '0')}`, 'Rss'), 4096);
  });

  for (const access of ['read-write', 'read'] as const) {
    segmentTest(`open, ${access}: what is there is mapped and kept`, (own) => {
      const name = uniqueName();
      own(Segment.create(name, { size: 4 * mebibyte })).bytes().fill(7);
      const s = own(Segment.open(name, { access, populate: true }));
      const lines = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-)/m);
      const mapped = lines.filter((line) => line.includes(` ${statusOf(s).ino} `) && /Rss:\s+4096 kB/.test(line));
      assert.ok(mapped.length > 0);
      assert.deepEqual([...s.bytes(4 * mebibyte - 2)], [7, 7]);
    });
  }
});

describe('lock', () => {
  const skip = 'LD_PRELOAD' in process.env && 'a sanitizer makes mlock() do nothing';

  segmentTest('the pages are locked until close', async (own, context) => {
    const size = 4 * 4096;
    let s;
    try {
      s = own(Segment.anonymous({ size, lock: true }));
    } catch (error) {
      return notRun(context, `this process may not lock memory: ${(error as Error).message}`);
    }
    assert.equal(lockedKibibytes(), 16);
    assert.equal(own(Segment.fromFd(s.fd!, { lock: true })).size, size);
    assert.equal(lockedKibibytes(), 32);
    s.close();
    assert.equal(lockedKibibytes(), 16);
  }, { skip });

  for (const [limit, codes] of [[65_536, ['ENOMEM']], [0, ['EPERM', 'ENOMEM']]] as const) {
    segmentTest(`beyond a limit of ${limit} bytes it is an error, and nothing is made`, async (own, context) => {
      if (!isRoot) return notRun(context, 'needs to be root, to start a process of another user');
      if (spawnSync('prlimit', ['--version']).status !== 0) return notRun(context, 'no prlimit (package util-linux)');
      const name = uniqueName();
      own(Segment.create(name, { size: mebibyte, mode: 0o666 }));
      const path = uniquePath();
      const user = asUser(nobody);
      await withPeer(async (peer) => {
        const before = await peer.call('look');
        const options = { size: mebibyte, lock: true };
        const newName = uniqueName();
        const newKey = uniqueKey();
        for (const [how, key, more] of [
          ['create', newName, options], ['create', newKey, options], ['openOrCreate', newName, options],
          ['openOrCreate', newKey, options], ['create', null, options], ['openFile', path, options],
          ['open', name, { lock: true }],
        ] as const) {
          const { error } = await peer.call<Outcome>('make', how, key, more);
          assert.ok(error, `${how} ${key}`);
          checkSystemFailure(error, codes, 'mlock', key ?? undefined);
        }
        checkSystemFailure((await peer.call<{ error: Failure }>('make', 'anonymous', options)).error, codes, 'mlock');
        assert.deepEqual(await peer.call('look'), before, 'nothing is mapped, open or named');
        assert.equal(Segment.exists(newName), false);
        assert.equal(Segment.exists(newKey), false);
        assert.ok(!systemVSegments().some(({ creatorPid }) => creatorPid === peer.pid));
        assert.throws(() => statSync(path), { code: 'ENOENT' });

        if (limit === 0) return;
        const small = await peer.call<{ made: Described }>('make', 'anonymous', { size: 4096, lock: true });
        assert.equal(small.made.size, 4096, 'less is locked');
      }, { ...user, through: ['prlimit', `--memlock=${limit}:${limit}`, ...user.through] });
    }, { skip });
  }
});

describe('size', () => {
  for (const { kind, newKey } of namedKinds) {
    segmentTest(`${kind}: open with the size that it must have`, (own) => {
      const key = newKey();
      own(Segment.create(key, { size: 100 }));
      assert.equal(own(Segment.open(key, { size: 100 })).size, 100);
      for (const size of [99, 101, 4096]) {
        assert.throws(() => Segment.open(key, { size }), { code: 'ERR_SHM_UNTRUSTED', key, message: /it has another size/ });
        assert.throws(() => Segment.open(key, { size, access: 'read' }), { code: 'ERR_SHM_UNTRUSTED', key });
      }
    });
  }
});
