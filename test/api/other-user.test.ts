// Another user: whose segments are accepted, and what the permission bits let do.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import type { Role } from '../support/roles.js';
import { asUser, idOf, withPeer } from './peers.js';
import type { Outcome } from './segment-calls.js';
import { type Failure, type Key, checkRuleFailure, checkSystemFailure, namedKinds, segmentTest, withPath } from './segments.js';

expectNothingLeft();

const nobody = 65_534;
const somebody = 65_533;
const isRoot = process.getuid!() === 0;

/** A test beside a process of the user nobody, which has to be root's. */
function userTest(
  name: string, body: (nobody: Role, own: <T extends Segment>(segment: T) => T) => Promise<void>, groups: number[] = [],
): void {
  segmentTest(name, async (own, context) => {
    if (!isRoot) return notRun(context, 'needs to be root, to start a process of another user');
    await withPeer((peer) => body(peer, own), asUser(nobody, groups));
  });
}

async function errorOf(peer: Role, ...args: unknown[]): Promise<Failure> {
  const { error, made } = await peer.call<Outcome>('make', ...args);
  assert.ok(error, `${JSON.stringify(args)} makes ${JSON.stringify(made)}`);
  return error;
}

/** Has the peer fail, and nothing mapped or open afterwards. */
async function assertLeavesNothing(peer: Role, body: () => Promise<void>): Promise<void> {
  const before = await peer.call('look');
  await body();
  assert.deepEqual(await peer.call('look'), before);
}

/** Gives an object that root made to another user. */
function give(name: Key, uid: number, gid: number): void {
  chownSync(`/dev/shm${name}`, uid, gid);
}

for (const { kind, newKey } of namedKinds) {
  userTest(`${kind}: root's segments are accepted under every owner`, async (peer, own) => {
    const key = newKey();
    own(Segment.create(key, { size: 100, mode: 0o666 })).bytes().fill(1);
    for (const owner of ['self', 'group', 'any']) {
      const id = await idOf(peer, 'open', key, { owner });
      assert.deepEqual(await peer.call('read', id, 0, 2), [1, 1]);
    }
  });

  userTest(`${kind}: a segment that the bits shut out is EACCES`, async (peer, own) => {
    for (const mode of [0o600, 0o640, 0o660]) {
      const key = newKey();
      own(Segment.create(key, { size: 100, mode }));
      await assertLeavesNothing(peer, async () => {
        for (const options of [{}, { owner: 'any' }, { access: 'read', owner: 'any' }]) {
          const syscall = kind === 'posix' ? 'open' : 'shmctl';
          checkSystemFailure(await errorOf(peer, 'open', key, options), 'EACCES', syscall, key);
        }
      });
    }
  });

  for (const mode of [0o444, 0o644]) {
    userTest(`${kind}: mode ${mode.toString(8)}: to be read, not written`, async (peer, own) => {
      const key = newKey();
      own(Segment.create(key, { size: 100, mode })).bytes().fill(5);
      const syscall = kind === 'posix' ? 'open' : 'shmat';
      checkSystemFailure(await errorOf(peer, 'open', key, { owner: 'any' }), 'EACCES', syscall, key);
      const { made } = await peer.call<Outcome>('make', 'open', key, { access: 'read', owner: 'any' });
      assert.equal(made!.access, 'read');
      assert.deepEqual(await peer.call('readReadonly', made!.id, 0, 2), [5, 5]);
    });
  }

  userTest(`${kind}: another user may not unlink`, async (peer, own) => {
    const key = newKey();
    own(Segment.create(key, { size: 100, mode: 0o666 }));
    const { error } = await peer.call<{ error: Failure }>('ask', 'unlink', key);
    checkSystemFailure(error, ['EPERM', 'EACCES'], kind === 'posix' ? 'unlink' : 'shmctl', key);
    assert.equal(Segment.exists(key), true);
  });

  userTest(`${kind}: whether it exists is known, also where the bits shut out`, async (peer, own) => {
    const [key, none] = [newKey(), newKey()];
    own(Segment.create(key, { size: 100, mode: 0o600 }));
    assert.deepEqual(await peer.call('ask', 'exists', key), { answer: true });
    assert.deepEqual(await peer.call('ask', 'exists', none), { answer: false });
  });

  userTest(`${kind}: root accepts its own and, when told, those of others`, async (peer, own) => {
    const key = newKey();
    const id = await idOf(peer, 'create', key, { size: 100, mode: 0o666 });
    await peer.call('fill', id, 3);
    for (const options of [{}, { owner: 'self' }, { access: 'read' }] as const) {
      assert.throws(() => Segment.open(key, options), { code: 'ERR_SHM_UNTRUSTED', key, message: /it belongs to another user/ });
    }
    assert.throws(() => Segment.openOrCreate(key, { size: 100 }), { code: 'ERR_SHM_UNTRUSTED', key });
    const s = own(Segment.open(key, { owner: 'any' }));
    assert.deepEqual([...s.bytes(0, 2)], [3, 3]);
    assert.deepEqual([s.stat().uid, s.stat().gid], [nobody, nobody]);
    assert.equal(own(Segment.openOrCreate(key, { size: 100, owner: 'any' })).created, false);
  });
}

userTest('a third user: refused, but for owner any', async (peer, own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 100, mode: 0o666 })).bytes().fill(4);
  give(name, somebody, somebody);
  await assertLeavesNothing(peer, async () => {
    for (const owner of ['self', 'group', undefined]) {
      for (const access of ['read', 'read-write']) {
        const options = { access, ...(owner && { owner }) };
        checkRuleFailure(await errorOf(peer, 'open', name, options), 'ERR_SHM_UNTRUSTED', name);
      }
      checkRuleFailure(await errorOf(peer, 'openOrCreate', name, { size: 100, ...(owner && { owner }) }), 'ERR_SHM_UNTRUSTED', name);
    }
  });
  const id = await idOf(peer, 'open', name, { owner: 'any' });
  assert.deepEqual(await peer.call('read', id, 0, 2), [4, 4]);
});

userTest('owner group: a group that one is in, also one beside the first', async (peer, own) => {
  const shared = 4242;
  for (const [gid, isAccepted] of [[nobody, true], [shared, true], [4243, false]] as const) {
    const name = uniqueName();
    own(Segment.create(name, { size: 100, mode: 0o666 }));
    give(name, somebody, gid);
    checkRuleFailure(await errorOf(peer, 'open', name, { owner: 'self' }), 'ERR_SHM_UNTRUSTED', name);
    if (isAccepted) await idOf(peer, 'open', name, { owner: 'group' });
    else checkRuleFailure(await errorOf(peer, 'open', name, { owner: 'group' }), 'ERR_SHM_UNTRUSTED', name);
  }
}, [4242]);

userTest('System V of a third user: refused, but for owner any', async (peer, own) => {
  await withPeer(async (third) => {
    const key = uniqueKey();
    await idOf(third, 'create', key, { size: 100, mode: 0o666 });
    for (const owner of ['self', 'group']) {
      checkRuleFailure(await errorOf(peer, 'open', key, { owner }), 'ERR_SHM_UNTRUSTED', key);
    }
    await idOf(peer, 'open', key, { owner: 'any' });
    own(Segment.open(key, { owner: 'any' }));
  }, asUser(somebody));
});

userTest('descriptors: the owner counts, not who hands it over', async (peer, own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 100, mode: 0o666 }));
  await peer.call('ask', 'exists', name);
  give(name, somebody, somebody);
  const s = own(Segment.open(name, { owner: 'any' }));
  assert.throws(() => Segment.fromFd(s.fd!), { code: 'ERR_SHM_UNTRUSTED', message: /it belongs to another user/ });
  assert.equal(own(Segment.fromFd(s.fd!, { owner: 'any' })).size, 100);
});

test('files: the owner counts', async (context) => {
  if (!isRoot) return notRun(context, 'needs to be root, to give a file away');
  await withPath((path) => {
    writeFileSync(path, 'x'.repeat(100));
    chownSync(path, somebody, somebody);
    assert.throws(() => Segment.openFile(path), { code: 'ERR_SHM_UNTRUSTED', key: path });
    assert.throws(() => Segment.openFile(path, { size: 100 }), { code: 'ERR_SHM_UNTRUSTED', key: path });
    const s = Segment.openFile(path, { owner: 'any' });
    assert.equal(s.stat().uid, somebody);
    s.close();
  });
});

userTest('the owner of a segment of mode 400 reads it; 0 shuts out the owner too', async (peer, own) => {
  const name = uniqueName();
  await idOf(peer, 'create', name, { size: 100, mode: 0o400 });
  checkSystemFailure(await errorOf(peer, 'open', name), 'EACCES', 'open', name);
  const id = await idOf(peer, 'open', name, { access: 'read' });
  assert.deepEqual(await peer.call('readReadonly', id, 0, 2), [0, 0]);
  chmodSync(`/dev/shm${name}`, 0);
  checkSystemFailure(await errorOf(peer, 'open', name, { access: 'read' }), 'EACCES', 'open', name);
  own(Segment.open(name, { owner: 'any' }));
});

userTest('System V: a creator that its own mode shuts out leaves nothing', async (peer) => {
  const key = uniqueKey();
  await assertLeavesNothing(peer, async () => {
    for (const mode of [0, 0o400, 0o060]) {
      checkSystemFailure(await errorOf(peer, 'create', key, { size: 100, mode }), 'EACCES', 'shmat', key);
    }
  });
  assert.equal(Segment.exists(key), false);
});

userTest('what another user lists is all, with what it may know', async (peer, own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 100, mode: 0o600 }));
  const { answer } = await peer.call<{ answer: { name: Key; size: number; holdersKnown: boolean }[] }>('ask', 'list');
  const listed = answer.find((each) => each.name === name)!;
  assert.equal(listed.size, 100);
  assert.equal(listed.holdersKnown, false);
});
