// A program in C on the other side, which knows the calls of the operating system alone: test/peers/shm_peer.c.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { builtFolder } from '../support/paths.js';
import { type Role, startProgram } from '../support/roles.js';

expectNothingLeft();

describe('a program in C', () => {
  let peer: Role;
  before(() => {
    peer = startProgram([join(builtFolder, 'test/peers/shm_peer')]);
  });
  after(() => peer.stop());

  function ask(...words: readonly (string | number)[]): Promise<unknown> {
    peer.send(words.join(' '));
    return peer.receive();
  }

  for (const size of [1, 8, 9, 100, 4096, 1_000_000]) {
    test(`get opens its POSIX object of ${size} bytes as it is`, async () => {
      const name = uniqueName();
      assert.equal(await ask('posix-create', name, size), size);
      const bytes = shm.get(name)!;
      assert.equal(bytes.length, size);
      await ask('fill', 3);
      assert.ok(bytes.every((byte) => byte === 3));
      bytes[size - 1] = 4;
      assert.equal(await ask('get', size - 1), 4);
      assert.equal(shm.detach(name), 1);
      assert.equal(shm.destroy(name), true);
      assert.equal(await ask('get', size - 1), 4, 'still mapped there');
      assert.equal(await ask('close'), 0);
    });

    test(`get opens its System V segment of ${size} bytes`, async () => {
      const key = uniqueKey();
      assert.equal(await ask('sysv-create', key, size), size);
      const bytes = shm.get(key)!;
      assert.deepEqual([bytes.length, bytes.key], [size, key]);
      await ask('fill', 3);
      assert.ok(bytes.every((byte) => byte === 3));
      bytes[0] = 4;
      assert.equal(await ask('get', 0), 4);
      assert.equal(shm.detach(key), 1, 'the attachment of C is left');
      assert.equal(shm.get(key)!.length, size);
      assert.equal(await ask('close'), 0);
      assert.equal(shm.detach(key), 0, 'nobody is left');
      assert.equal(systemVSegments().some((segment) => segment.key === key), false);
    });
  }

  test('it opens our POSIX object: the payload follows its size in 8 bytes', async () => {
    const name = uniqueName();
    const words = shm.create(100, 'Uint16Array', name)!;
    words[99] = 0x0201;
    assert.equal(await ask('posix-open', name), 208);
    assert.deepEqual([await ask('get', 0), await ask('get', 1)], [200, 0]);
    assert.deepEqual([await ask('get', 206), await ask('get', 207)], [1, 2]);
    await ask('set', 8, 255);
    assert.equal(words[0], 255);
    await ask('close');
    assert.equal(shm.destroy(name), true);
  });

  test('it opens our System V segment: the payload is all of it', async () => {
    const key = uniqueKey();
    const words = shm.create(100, 'Uint16Array', key)!;
    words[0] = 0x0201;
    assert.equal(await ask('sysv-open', key), 200);
    assert.deepEqual([await ask('get', 0), await ask('get', 1)], [1, 2]);
    await ask('set', 199, 255);
    assert.equal(words[99], 0xff00);
    assert.equal(shm.detach(key), 1);
    assert.equal(await ask('get', 0), 1);
    await ask('close');
    assert.equal(shm.destroy(key), true);
  });

  test('atomic additions of both sides are all there', async () => {
    const name = uniqueName();
    const bytes = shm.create(8, 'Uint8Array', name)!;
    await ask('posix-open', name);
    for (let i = 0; i < 200; i++) {
      const answer = ask('add', 8, 1);
      Atomics.add(bytes, 0, 1);
      await answer;
    }
    assert.equal(bytes[0], 400 % 256);
    await ask('close');
    shm.destroy(name);
  });
});

describe('an object that others filled', () => {
  // What its first 8 bytes say, compared with the bytes behind them.
  const table: readonly [size: number, header: bigint, payload: number][] = [
    [100, 92n, 92], // as we and version 0.1.1 write it: nothing tells such an object from ours
    [9, 1n, 1],
    [100, 91n, 100],
    [100, 93n, 100],
    [100, 100n, 100],
    [100, 7n, 100],
    [100, 2n ** 64n - 1n, 100],
    [100, 2n ** 64n - 8n, 100],
    [100, 2n ** 63n, 100],
    [8, 0n, 8],
    [8, 8n, 8],
  ];
  for (const [size, header, payload] of table) {
    test(`${size} bytes that start with ${header}: ${payload} bytes, and its last one is theirs`, () => {
      const name = uniqueName();
      const content = Buffer.alloc(size, 0xee);
      content.writeBigUInt64LE(header);
      writeFileSync(`/dev/shm${name}`, content);
      const bytes = shm.get(name)!;
      assert.equal(bytes.length, payload);
      assert.deepEqual(Buffer.from(bytes), content.subarray(size - payload));
      assert.equal(shm.destroy(name), true);
    });
  }

  for (const size of [1, 7]) {
    test(`${size} bytes, fewer than a header has`, () => {
      const name = uniqueName();
      writeFileSync(`/dev/shm${name}`, Buffer.alloc(size, 5));
      assert.deepEqual([...shm.get(name)!], Array.from({ length: size }, () => 5));
      assert.equal(shm.get(name, 'Float64Array')!.length, 0, 'no room for one element');
      assert.equal(shm.destroy(name), true);
    });
  }
});
