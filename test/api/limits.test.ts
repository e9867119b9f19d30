// Limits of the process and the system are errors, and cost nothing else; many segments one after the other leave nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import shm, { Segment } from 'shm-typed-array';

import { expectNothingLeft, openDescriptors, snapshot } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { inOwnNamespaces } from '../support/namespaces.js';
import { notRun } from '../support/not-run.js';
import type { Role } from '../support/roles.js';
import { withPeer } from './peers.js';
import type { Outcome } from './segment-calls.js';
import { checkSystemFailure, madeKinds, segmentTest, uniquePath } from './segments.js';

expectNothingLeft();

const mebibyte = 2 ** 20;

async function assertFails(peer: Role, how: string, args: unknown[], code: string | string[], syscall: string): Promise<void> {
  const { error, made } = await peer.call<Outcome>('make', how, ...args);
  assert.ok(error, `${how} ${JSON.stringify(args)} makes ${JSON.stringify(made)}`);
  const key = how === 'anonymous' || how === 'fromFd' ? undefined : args[0] as string;
  checkSystemFailure(error, code, syscall, key);
}

function limitTest(name: string, limit: string, body: (peer: Role) => Promise<void>): void {
  test(name, async (context) => {
    if (spawnSync('prlimit', ['--version']).status !== 0) return notRun(context, 'no prlimit (package util-linux)');
    await withPeer(body, { through: ['prlimit', limit] });
  });
}

limitTest('file size: EFBIG, and nothing is made', `--fsize=${mebibyte}:${mebibyte}`, async (peer) => {
  const name = uniqueName();
  const before = await peer.call('look');
  await assertFails(peer, 'create', [name, { size: mebibyte + 1 }], 'EFBIG', 'fallocate');
  await assertFails(peer, 'create', [name, { size: mebibyte + 1, reserve: false }], 'EFBIG', 'ftruncate');
  await assertFails(peer, 'openOrCreate', [name, { size: 2 ** 31 }], 'EFBIG', 'fallocate');
  await assertFails(peer, 'anonymous', [{ size: 2 * mebibyte }], 'EFBIG', 'fallocate');
  await assertFails(peer, 'openFile', [uniquePath(), { size: 2 * mebibyte }], 'EFBIG', 'fallocate');
  assert.deepEqual(await peer.call('look'), before);
  const { made } = await peer.call<Outcome>('make', 'anonymous', { size: mebibyte });
  assert.equal(made!.size, mebibyte);
});

limitTest('open files: EMFILE, and the next one works', '--nofile=64:64', async (peer) => {
  const name = uniqueName();
  const before = await peer.call('look');
  let failure;
  let count = 0;
  for (; failure === undefined && count < 100; count++) {
    const { error } = await peer.call<Outcome>('make', 'anonymous', { size: 100 });
    failure = error;
  }
  checkSystemFailure(failure!, 'EMFILE', 'memfd_create');
  await assertFails(peer, 'create', [name, { size: 100 }], 'EMFILE', 'open');
  const key = uniqueKey();
  assert.equal((await peer.call<Outcome>('make', 'create', key, { size: 100 })).made!.kind, 'system-v', 'needs none');
  await peer.call('closeAll');
  Segment.unlink(key);
  assert.deepEqual(await peer.call('look'), { ...(before as object), totals: [0, 100] });
  assert.equal((await peer.call<Outcome>('make', 'create', name, { size: 100 })).made!.size, 100);
  Segment.unlink(name);
});

test('a file system without room: ENOSPC, unless the segment is sparse', async (context) => {
  const through = inOwnNamespaces('mount -t tmpfs -o size=1m tmpfs /dev/shm');
  if (through === undefined) return notRun(context, 'may not mount a file system in a namespace of its own');
  await withPeer(async (peer) => {
    const before = await peer.call('look');
    for (const how of ['create', 'openOrCreate']) {
      await assertFails(peer, how, ['/large', { size: mebibyte + 1 }], 'ENOSPC', 'fallocate');
    }
    assert.deepEqual(await peer.call('ask', 'exists', '/large'), { answer: false });
    assert.deepEqual(await peer.call('look'), before);
    for (const [name, options] of [['/exact', { size: mebibyte }], ['/sparse', { size: 64 * mebibyte, reserve: false }]] as const) {
      assert.equal((await peer.call<Outcome>('make', 'create', name, options)).made!.size, options.size);
    }
    await assertFails(peer, 'create', ['/more', { size: 1 }], 'ENOSPC', 'fallocate');
    for (const name of ['/exact', '/sparse']) assert.deepEqual(await peer.call('ask', 'unlink', name), { answer: null });
  }, { through });
});

test('no more System V segments: ENOSPC, also for a generated key', async (context) => {
  const through = inOwnNamespaces('echo 3 > /proc/sys/kernel/shmmni');
  if (through === undefined) return notRun(context, 'may not make a namespace of its own');
  await withPeer(async (peer) => {
    for (const key of [1, 2, null]) assert.ok((await peer.call<Outcome>('make', 'create', key, { size: 100 })).made);
    await assertFails(peer, 'create', [4, { size: 100 }], 'ENOSPC', 'shmget');
    const { error } = await peer.call<Outcome>('make', 'create', null, { size: 100 });
    checkSystemFailure(error!, 'ENOSPC', 'shmget');
  }, { through });
});

describe('many', () => {
  for (const { kind, make } of madeKinds) {
    const all = kind === 'file' ? 1000 : 3000;
    const rounds = process.env['SHM_TEST_SLOW'] ? all / 10 : all;
    test(`${kind}: ${rounds} segments made, used and closed leave no descriptor and no shared mapping`, () => {
      const before = snapshot();
      const descriptors = openDescriptors().length;
      for (let i = 0; i < rounds; i++) {
        const s = make({ size: 100 });
        if (i % 4 !== 0) s.bytes()[0] = i;
        if (i % 64 === 1) new Uint8Array(s.sharedBuffer)[1] = i;
        s.close();
        if (s.name !== undefined) s.unlink();
      }
      assert.deepEqual(snapshot(), before);
      assert.equal(openDescriptors().length, descriptors);
      assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], [0, 0]);
    });
  }

  segmentTest('300 open at once', (own) => {
    const all = Array.from({ length: 300 }, (_, i) => own(i % 3 === 0 ? Segment.create(null, { size: 100 }) : Segment.anonymous({ size: 100 })));
    for (const [i, s] of all.entries()) s.view(Int32Array)[0] = i;
    for (const [i, s] of all.entries()) assert.equal(s.view(Int32Array)[0], i);
    assert.equal(shm.getTotalSize(), 30_000);
  });
});
