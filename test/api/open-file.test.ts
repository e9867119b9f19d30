// Files as segments: made complete, found again, flushed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, truncateSync, writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft, openDescriptors } from '../support/leftovers.js';
import { idOf, withPeer } from './peers.js';
import { assertRuleError, assertSystemError, segmentTest, withPath } from './segments.js';

expectNothingLeft();

/** A test with a path where nothing is. Nothing may stay mapped or open of it. */
function fileTest(name: string, body: (path: string) => void | Promise<void>): void {
  test(name, () => withPath(async (path) => {
    await body(path);
    assert.ok(!readFileSync('/proc/self/maps', 'utf8').includes(path), 'nothing stays mapped');
    assert.deepEqual(openDescriptors().filter((line) => line.includes(path)), []);
    const drafts = readdirSync(dirname(path)).filter((each) => each.startsWith(`.shm-typed-array-${process.pid}-`));
    assert.deepEqual(drafts, []);
  }));
}

fileTest('with a size the file is made, of zeros, and is exactly the segment', (path) => {
  const s = Segment.openFile(path, { size: 10_000 });
  assert.deepEqual([s.kind, s.name, s.access, s.size, s.created], ['file', path, 'read-write', 10_000, true]);
  assert.ok(s.fd! > 2);
  assert.ok(s.bytes().every((byte) => byte === 0));
  s.bytes().write('state');
  s.close();
  const content = readFileSync(path);
  assert.equal(content.length, 10_000);
  assert.equal(content.toString('latin1', 0, 5), 'state');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

fileTest('opened after close it has what was written, and was not created', (path) => {
  const first = Segment.openFile(path, { size: 100 });
  first.bytes().fill(3);
  first.close();
  for (const options of [{ size: 100 }, {}, undefined]) {
    const again = Segment.openFile(path, options);
    assert.deepEqual([again.created, again.size, again.name], [false, 100, path]);
    assert.deepEqual([...again.view(Uint8Array)], Array(100).fill(3));
    again.close();
  }
});

fileTest('without a size there has to be a file', (path) => {
  assertSystemError(() => Segment.openFile(path), 'ENOENT', 'open', path);
  assertSystemError(() => Segment.openFile(path, { size: 100, access: 'read' }), 'ENOENT', 'open', path);
  assert.ok(!existsSync(path));
});

fileTest('two processes have the same bytes, which outlive both', async (path) => {
  const s = Segment.openFile(path, { size: 100 });
  await withPeer(async (peer) => {
    const id = await idOf(peer, 'openFile', path, { size: 100 });
    await peer.call('fill', id, 7);
    assert.deepEqual([...s.view(Uint8Array, 0, 2)], [7, 7]);
    s.bytes()[0] = 8;
    assert.deepEqual(await peer.call('read', id, 0, 2), [8, 7]);
    s.close();
  });
  assert.deepEqual([...readFileSync(path).subarray(0, 2)], [8, 7]);
});

fileTest('of several processes at once exactly one makes the file', async (path) => {
  await withPeer((one) => withPeer(async (other) => {
    for (let round = 0; round < 20; round++) {
      const file = `${path}-${round}`;
      const calls = [one, other].map((peer) => peer.call<{ made: { created: boolean } }>('make', 'openFile', file, { size: 5000 }));
      const outcomes = await Promise.all(calls);
      assert.equal(outcomes.filter(({ made }) => made.created).length, 1);
      execFileSync('rm', [file]);
    }
  }));
});

fileTest('another size is ERR_SHM_UNTRUSTED, and the file stays as it is', (path) => {
  writeFileSync(path, 'x'.repeat(100), { mode: 0o600 });
  for (const size of [1, 99, 101, 5000]) {
    assertRuleError(() => Segment.openFile(path, { size }), 'ERR_SHM_UNTRUSTED', path);
    assertRuleError(() => Segment.openFile(path, { size, access: 'read' }), 'ERR_SHM_UNTRUSTED', path);
  }
  assert.equal(readFileSync(path, 'latin1'), 'x'.repeat(100));
});

fileTest('an empty file is ERR_SHM_NOT_READY', (path) => {
  writeFileSync(path, '');
  assertRuleError(() => Segment.openFile(path), 'ERR_SHM_NOT_READY', path);
  assertRuleError(() => Segment.openFile(path, { size: 100 }), 'ERR_SHM_NOT_READY', path);
  truncateSync(path, 100);
  Segment.openFile(path, { size: 100 }).close();
});

fileTest('a symbolic link is not followed, but folders may be links', (path) => {
  mkdirSync(path);
  writeFileSync(join(path, 'file'), 'x'.repeat(100));
  symlinkSync('file', join(path, 'link'));
  symlinkSync('nothing', join(path, 'dangling'));
  symlinkSync('.', join(path, 'folder'));
  for (const link of ['link', 'dangling']) {
    for (const options of [{}, { size: 100 }, { access: 'read' } as const]) {
      assertSystemError(() => Segment.openFile(join(path, link), options), 'ELOOP', 'open', join(path, link));
    }
  }
  assert.ok(!existsSync(join(path, 'nothing')));
  Segment.openFile(join(path, 'folder/file')).close();
});

fileTest('a folder, a FIFO and a device are no segments', (path) => {
  mkdirSync(path);
  const fifo = join(path, 'fifo');
  execFileSync('mkfifo', [fifo]);
  assertSystemError(() => Segment.openFile(path), 'EISDIR', 'open', path);
  assertRuleError(() => Segment.openFile(path, { access: 'read' }), 'ERR_SHM_UNTRUSTED', path);
  for (const other of [fifo, '/dev/zero', '/dev/null']) {
    for (const options of [{}, { size: 100 }, { access: 'read' } as const]) {
      assertRuleError(() => Segment.openFile(other, options), 'ERR_SHM_UNTRUSTED', other);
    }
  }
});

fileTest('a file with two names is one segment', (path) => {
  mkdirSync(path);
  writeFileSync(join(path, 'one'), 'x'.repeat(100));
  linkSync(join(path, 'one'), join(path, 'two'));
  const s = Segment.openFile(join(path, 'one'));
  const other = Segment.openFile(join(path, 'two'), { size: 100 });
  other.bytes()[0] = 1;
  assert.equal(s.bytes()[0], 1);
  s.close();
  other.close();
});

fileTest('a folder that is not there is ENOENT, and is not made', (path) => {
  const file = join(path, 'file');
  assertSystemError(() => Segment.openFile(file), 'ENOENT', 'open', file);
  assertSystemError(() => Segment.openFile(file, { size: 100 }), 'ENOENT', 'open', file);
  assert.ok(!existsSync(path));
});

fileTest('a file URL and a relative path', (path) => {
  const odd = `${path} %41 ü`;
  Segment.openFile(pathToFileURL(odd), { size: 100 }).close();
  const s = Segment.openFile(pathToFileURL(odd));
  assert.equal(s.name, odd);
  assert.equal(s.created, false);
  s.unlink();
  s.close();
  assert.ok(!existsSync(odd));

  const near = relative(process.cwd(), path);
  assert.equal(Segment.openFile(near, { size: 100 }).created, true);
  assert.ok(existsSync(path));
});

fileTest('what is no path is an argument error', () => {
  for (const bad of [5, null, undefined, {}, Buffer.from('x')]) {
    assert.throws(() => Segment.openFile(bad as never, { size: 1 }), { code: 'ERR_INVALID_ARG_TYPE', message: /^path: expected .+, received / });
  }
  for (const bad of ['', 'a\0b', 'x'.repeat(5000)]) {
    assert.throws(() => Segment.openFile(bad, { size: 1 }), { code: 'ERR_INVALID_ARG_VALUE', message: /^path: expected .+, received / });
  }
  assert.throws(() => Segment.openFile(new URL('http://localhost/x'), { size: 1 }), { code: 'ERR_INVALID_URL_SCHEME' });
});

fileTest('mode is exact for a new file, and no matter for one that is there', (path) => {
  const umask = process.umask(0o077);
  try {
    Segment.openFile(path, { size: 100, mode: 0o646 }).close();
    assert.equal(statSync(path).mode & 0o777, 0o646);
    Segment.openFile(path, { size: 100, mode: 0o600 }).close();
    assert.equal(statSync(path).mode & 0o777, 0o646);
  } finally {
    process.umask(umask);
  }
});

fileTest('reserve allocates its blocks, and without it there are none', (path) => {
  Segment.openFile(`${path}`, { size: 2 ** 20 }).close();
  Segment.openFile(`${path}-sparse`, { size: 2 ** 20, reserve: false }).close();
  const [reserved, sparse] = [path, `${path}-sparse`].map((each) => statSync(each).blocks * 512);
  execFileSync('rm', [`${path}-sparse`]);
  assert.ok(reserved! >= 2 ** 20);
  assert.ok(sparse! < 2 ** 17);
});

fileTest('flush is done when the bytes are on the disk', (path) => {
  const s = Segment.openFile(path, { size: 100_000 });
  assert.equal(s.flush(), undefined);
  s.bytes().fill(1);
  s.flush();
  assert.ok(readFileSync(path).every((byte) => byte === 1));
  s.close();
  const reading = Segment.openFile(path, { access: 'read' });
  reading.flush();
  reading.close();
});

segmentTest('flush of what is in memory only does nothing', (own) => {
  for (const s of [Segment.anonymous({ size: 100 }), Segment.create(null, { size: 100 })]) {
    own(s).bytes().fill(1);
    s.flush();
    assert.equal(s.bytes()[99], 1);
  }
});

fileTest('unlink removes the name; who has the file open keeps it', (path) => {
  const s = Segment.openFile(path, { size: 100 });
  s.unlink();
  assert.ok(!existsSync(path));
  s.bytes()[0] = 1;
  assert.equal(s.stat().unlinked, true);
  assertSystemError(() => s.unlink(), 'ENOENT', 'unlink', path);
  const other = Segment.openFile(path, { size: 100 });
  assert.equal(other.created, true);
  assert.equal(other.bytes()[0], 0);
  other.close();
  s.close();
});

fileTest('a file for reading only: access read', (path) => {
  writeFileSync(path, 'read me');
  chmodSync(path, 0o400);
  const s = Segment.openFile(path, { access: 'read' });
  assert.equal(s.readString(), 'read me');
  assert.equal(s.access, 'read');
  assert.equal(basename(String(s.name)), basename(path));
  s.close();
});
