// What is found under a name is looked at before it is mapped: odd objects are refused, and nothing stays of the attempt.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import shm, { type OpenOptions, Segment } from 'shm-typed-array';

import { expectNothingLeft, openDescriptors } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { assertRuleError, assertSystemError, segmentTest } from './segments.js';

expectNothingLeft();

/** A test of a name under which `put` has put something; nothing may be mapped or open of it afterwards. */
function oddTest(what: string, put: (path: string) => void, check: (name: string, options: OpenOptions) => void): void {
  test(what, () => {
    const name = uniqueName();
    const path = `/dev/shm${name}`;
    put(path);
    try {
      const descriptors = openDescriptors().length;
      for (const options of [{}, { access: 'read' }, { access: 'read', raw: 'copy-on-write' }, { owner: 'any' }, { size: 100 }] as const) {
        check(name, options);
      }
      assert.equal(openDescriptors().length, descriptors);
      assert.ok(!readFileSync('/proc/self/maps', 'utf8').includes(name));
      assert.equal(shm.getTotalSize(), 0);
    } finally {
      for (const each of [path, `${path}-first`]) rmSync(each, { recursive: true, force: true });
    }
  });
}

const isForWriting = ({ access }: OpenOptions) => access !== 'read';

oddTest('a symbolic link is not followed, wherever it leads', (path) => {
  symlinkSync('/etc/passwd', path);
}, (name, options) => {
  assertSystemError(() => Segment.open(name, options), 'ELOOP', 'open', name);
  assertSystemError(() => Segment.openOrCreate(name, { size: 100 }), 'ELOOP', 'open', name);
  assertSystemError(() => Segment.create(name, { size: 100 }), 'EEXIST', 'linkat', name);
});

oddTest('nor a dangling one: nothing is made where it leads', (path) => {
  symlinkSync(`${path}-nothing`, path);
}, (name, options) => {
  assertSystemError(() => Segment.open(name, options), 'ELOOP', 'open', name);
  assertSystemError(() => Segment.openOrCreate(name, { size: 100 }), 'ELOOP', 'open', name);
  assertSystemError(() => Segment.create(name, { size: 100 }), 'EEXIST', 'linkat', name);
  assert.equal(Segment.exists(`${name}-nothing`), false);
});

oddTest('a FIFO is refused without waiting for its other end', (path) => {
  execFileSync('mkfifo', ['-m', '600', path]);
}, (name, options) => {
  assertRuleError(() => Segment.open(name, options), 'ERR_SHM_UNTRUSTED', name);
  assertRuleError(() => Segment.openOrCreate(name, { size: 100 }), 'ERR_SHM_UNTRUSTED', name);
  assertSystemError(() => Segment.create(name, { size: 100 }), 'EEXIST', 'linkat', name);
});

oddTest('a directory is refused', (path) => mkdirSync(path), (name, options) => {
  if (isForWriting(options)) assertSystemError(() => Segment.open(name, options), 'EISDIR', 'open', name);
  else if (options.raw === undefined) assertRuleError(() => Segment.open(name, options), 'ERR_SHM_UNTRUSTED', name);
  else assert.throws(() => Segment.open(name, options), { code: 'ERR_SHM_UNTRUSTED' });
  assertSystemError(() => Segment.openOrCreate(name, { size: 100 }), 'EISDIR', 'open', name);
});

oddTest('an object of 0 bytes is ERR_SHM_NOT_READY: its creator may be at work', (path) => {
  writeFileSync(path, '', { mode: 0o600 });
}, (name, options) => {
  assertRuleError(() => Segment.open(name, options), 'ERR_SHM_NOT_READY', name);
  assertRuleError(() => Segment.openOrCreate(name, { size: 100 }), 'ERR_SHM_NOT_READY', name);
});

oddTest('a second name is refused, but for owner any', (path) => {
  writeFileSync(`${path}-first`, 'x'.repeat(100), { mode: 0o600 });
  linkSync(`${path}-first`, path);
}, (name, options) => {
  assertRuleError(() => Segment.open(`${name}-first`), 'ERR_SHM_UNTRUSTED', `${name}-first`);
  if (options.owner === 'any') return Segment.open(name, options).close();
  assertRuleError(() => Segment.open(name, options), 'ERR_SHM_UNTRUSTED', name);
  assertRuleError(() => Segment.openOrCreate(name, { size: 100 }), 'ERR_SHM_UNTRUSTED', name);
});

test('a socket is refused', async () => {
  const name = uniqueName();
  const server = createServer().listen(`/dev/shm${name}`);
  await once(server, 'listening');
  assertSystemError(() => Segment.open(name), 'ENXIO', 'open', name);
  assertSystemError(() => Segment.open(name, { access: 'read' }), 'ENXIO', 'open', name);
  server.close();
  await once(server, 'close');
  rmSync(`/dev/shm${name}`, { force: true });
});

segmentTest('an object that another program made is a segment, whatever is in it', (own) => {
  const name = uniqueName();
  writeFileSync(`/dev/shm${name}`, 'by hand', { mode: 0o600 });
  const s = own(Segment.open(name));
  assert.equal(s.size, 7);
  assert.equal(s.readString(), 'by hand');
  assert.equal(own(Segment.open(name, { size: 7 })).size, 7);
  assertRuleError(() => Segment.open(name, { size: 8 }), 'ERR_SHM_UNTRUSTED', name);
});

segmentTest('a segment of shm.create() is opened whole, with its header', (own) => {
  const name = uniqueName();
  shm.create(100, 'Buffer', name)!.fill(1);
  const s = own(Segment.open(name));
  assert.equal(s.size, 108);
  assert.equal(s.dataView().getBigUint64(0, true), 100n);
  assert.deepEqual([...s.bytes(106)], [1, 1]);
  shm.destroy(name);
});

segmentTest('a segment that shm.get() opens is raw', (own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 100 })).bytes().fill(1);
  assert.equal(shm.get(name)!.length, 100);
  shm.detach(name);
});

segmentTest('what is grown or shrunk is seen by the next open', (own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 4096 }));
  truncateSync(`/dev/shm${name}`, 10_000);
  assert.equal(own(Segment.open(name)).size, 10_000);
  truncateSync(`/dev/shm${name}`, 0);
  assertRuleError(() => Segment.open(name), 'ERR_SHM_NOT_READY', name);
});
