// Memory without a name, and the ways in which another process gets it: by descriptor.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft, openDescriptors, snapshot } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { lacks } from '../support/runtime.js';
import { withPeer } from './peers.js';
import type { Outcome } from './segment-calls.js';
import { assertRuleError, assertSystemError, segmentTest, withPath } from './segments.js';

expectNothingLeft();

segmentTest('anonymous memory has zeros, a descriptor and no name', (own) => {
  const s = own(Segment.anonymous({ size: 10_000 }));
  assert.deepEqual([s.kind, s.name, s.access, s.size, s.created], ['anonymous', undefined, 'read-write', 10_000, true]);
  assert.ok(s.bytes().every((byte) => byte === 0));
  assert.ok(s.fd! > 2);
  assert.equal(statSync(`/proc/self/fd/${s.fd}`).size, 10_000);
  assert.equal(s.stat().unlinked, true);
  assertRuleError(() => s.unlink(), 'ERR_SHM_UNSUPPORTED');
  s.bytes()[0] = 1;
});

segmentTest('nobody can change its size', (own) => {
  const s = own(Segment.anonymous({ size: 10_000 }));
  assert.equal(s.stat().sealed, true);
  for (const size of [0, 9_999, 10_001]) assert.throws(() => truncateSync(`/proc/self/fd/${s.fd}`, size), { code: 'EPERM' });
  assert.equal(s.stat().size, 10_000);
});

segmentTest('the descriptor reads and writes the same bytes', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  writeSync(s.fd!, 'written', 5, 'utf8');
  assert.equal(s.readString(5, 7), 'written');
  s.bytes()[50] = 9;
  const read = Buffer.alloc(1);
  readSync(s.fd!, read, 0, 1, 50);
  assert.equal(read[0], 9);
}, { skip: lacks.descriptorsOfOthers });

segmentTest('the descriptor is not inherited by programs that are not given it', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  const child = spawn('ls', ['-l', '/proc/self/fd'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let listed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => listed += text);
  await once(child, 'close');
  assert.match(listed, / 1 -> /);
  assert.doesNotMatch(listed, /memfd/);
  assert.ok(openDescriptors().some((line) => line.startsWith(`${s.fd} /memfd:`)));
});

segmentTest('fromFd maps what is behind a descriptor, by one of its own', (own) => {
  const made = own(Segment.anonymous({ size: 100 }));
  made.bytes().fill(5);
  const found = own(Segment.fromFd(made.fd!));
  assert.deepEqual(
    [found.kind, found.name, found.access, found.size, found.created], ['descriptor', undefined, 'read-write', 100, false],
  );
  assert.notEqual(found.fd, made.fd);
  found.bytes()[0] = 6;
  assert.equal(made.bytes()[0], 6);
  made.close();
  assert.deepEqual([...found.view(Uint8Array, 0, 2)], [6, 5]);
  assert.equal(found.stat().size, 100);
  assertRuleError(() => found.unlink(), 'ERR_SHM_UNSUPPORTED');
});

segmentTest('the given descriptor may be closed, and stays open after close()', (own) => {
  const made = own(Segment.anonymous({ size: 100 }));
  const given = openSync(`/proc/self/fd/${made.fd}`, 'r+');
  const found = own(Segment.fromFd(given));
  closeSync(given);
  found.bytes()[0] = 1;
  assert.equal(made.bytes()[0], 1);

  const other = own(Segment.fromFd(made.fd!));
  other.close();
  assert.equal(statSync(`/proc/self/fd/${made.fd}`).size, 100);
});

segmentTest('a child has it as its descriptor 3, also after the parent closed it', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  s.bytes().write('from the parent');
  const script = fileURLToPath(new URL('./roles/third-descriptor.js', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit', s.fd!] });
  let said = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => said += text);
  await once(child.stdout!, 'data');
  assert.equal(said, 'from the parent\n');
  assert.equal(s.readString(0, 14), 'from the child');
  s.bytes().write('the last words');
  s.close();
  child.stdin!.end();
  assert.deepEqual((await once(child, 'close'))[0], 0);
  assert.equal(said, 'from the parent\nthe last words\n');
});

segmentTest('an unrelated process opens it through /proc', async (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  s.bytes().fill(1);
  await withPeer(async (peer) => {
    const before = await peer.call<{ descriptors: number }>('look');
    const { made } = await peer.call<Outcome>('makeOfProcess', process.pid, s.fd);
    assert.deepEqual([made!.kind, made!.size], ['descriptor', 100]);
    assert.equal((await peer.call<{ descriptors: number }>('look')).descriptors, before.descriptors + 1, 'its own alone');
    await peer.call('fill', made!.id, 2);
    assert.deepEqual([...s.view(Uint8Array, 0, 3)], [2, 2, 2]);
    s.close();
    assert.deepEqual(await peer.call('read', made!.id, 98, 100), [2, 2], 'it ends with its last user');
  });
});

segmentTest('fromFd takes the descriptor of a named segment too', (own) => {
  const name = uniqueName();
  const s = own(Segment.create(name, { size: 100 }));
  const found = own(Segment.fromFd(s.fd!));
  assert.deepEqual([found.kind, found.name], ['descriptor', undefined]);
  s.unlink();
  found.bytes()[3] = 3;
  assert.equal(s.bytes()[3], 3);
});

test('fromFd refuses what is no memory', async () => {
  const before = snapshot();
  for (const path of ['/dev/null', '/dev/zero', '/proc/self/status']) {
    const fd = openSync(path, 'r');
    assert.throws(() => Segment.fromFd(fd, { access: 'read' }), { code: /^ERR_SHM_(UNTRUSTED|NOT_READY)$/ });
    closeSync(fd);
  }
  const folder = openSync('/dev/shm', 'r');
  assertRuleError(() => Segment.fromFd(folder, { access: 'read' }), 'ERR_SHM_UNTRUSTED');
  closeSync(folder);
  await withPath((path) => {
    const empty = openSync(path, 'w+');
    assertRuleError(() => Segment.fromFd(empty), 'ERR_SHM_NOT_READY');
    closeSync(empty);
  });
  assertSystemError(() => Segment.fromFd(0x7fffffff), 'EBADF', 'fcntl');
  assert.deepEqual(snapshot(), before);
});

segmentTest('fromFd of another size is ERR_SHM_UNTRUSTED', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  assertRuleError(() => Segment.fromFd(s.fd!, { size: 101 }), 'ERR_SHM_UNTRUSTED');
  assert.equal(own(Segment.fromFd(s.fd!, { size: 100 })).size, 100);
});

segmentTest('a descriptor for reading is EACCES, and works with access read', (own) => {
  const s = own(Segment.anonymous({ size: 100 }));
  s.bytes().fill(4);
  const reading = openSync(`/proc/self/fd/${s.fd}`, 'r');
  assertSystemError(() => Segment.fromFd(reading), 'EACCES', 'mmap');
  const found = own(Segment.fromFd(reading, { access: 'read' }));
  closeSync(reading);
  assert.deepEqual([...found.bytes(0, 2)], [4, 4]);
  assert.equal(found.access, 'read');
});

segmentTest('many anonymous segments are independent', (own) => {
  const all = Array.from({ length: 50 }, (_, i) => own(Segment.anonymous({ size: 100 + i })));
  for (const [i, s] of all.entries()) s.bytes().fill(i);
  for (const [i, s] of all.entries()) assert.ok(s.bytes().every((byte) => byte === i) && s.size === 100 + i);
});
