// A name in /dev/shm that is no shared memory object.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type TestContext, beforeEach, describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { assertNothingNew, expectNothingLeft, openDescriptors, snapshot } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { afterFile } from '../support/runtime.js';

const names: string[] = [];
afterFile(() => names.forEach((name) => rmSync(`/dev/shm${name}`, { recursive: true, force: true })));
expectNothingLeft();

let name: string;
let path: string;
beforeEach(() => {
  name = uniqueName();
  path = `/dev/shm${name}`;
  names.push(name);
});

interface Refusal {
  readonly code: string;
  readonly errno?: number;
  readonly syscall?: string;
}

/** `get` throws a ShmError, keeps nothing open, and leaves an attachment that there was as it was. */
function assertGetRefused(expected: Refusal): void {
  const other = shm.create(8, 'Buffer')!.fill(1);
  const before = snapshot();
  const descriptors = openDescriptors();
  for (const given of [name, name.slice(1)]) {
    for (const call of [shm.get, shm.getPosix]) {
      assert.throws(() => call(given), (error: NodeJS.ErrnoException & { key?: unknown }) => {
        assert.ok(error instanceof shm.ShmError);
        assert.ok(error instanceof Error);
        assert.equal(error.name, 'ShmError');
        assert.deepEqual({ code: error.code, errno: error.errno, syscall: error.syscall }, {
          code: expected.code, errno: expected.errno, syscall: expected.syscall,
        });
        assert.equal(error.key, given, 'the key as it was given');
        assert.ok(error.message.includes(JSON.stringify(given)) && error.message.includes(expected.code), error.message);
        return true;
      });
    }
  }
  assertNothingNew(before);
  assert.deepEqual(openDescriptors(), descriptors);
  assert.deepEqual([...other], Array(8).fill(1));
  assert.equal(shm.getTotalSize(), 8);
  shm.destroy(other.key!);
}

describe('a directory', () => {
  beforeEach(() => mkdirSync(path));

  test('get throws EISDIR', () => assertGetRefused({ code: 'EISDIR', errno: -21, syscall: 'open' }));

  test('create answers null: the name is taken', () => {
    assert.equal(shm.create(8, 'Buffer', name), null);
    assert.ok(lstatSync(path).isDirectory());
  });

  test('detach answers -1, destroy throws EISDIR', () => {
    assert.equal(shm.detach(name), -1);
    assert.throws(() => shm.destroy(name), { name: 'ShmError', code: 'EISDIR', errno: -21, syscall: 'unlink', key: name });
    assert.ok(lstatSync(path).isDirectory());
  });
});

describe('a FIFO', () => {
  const withFifo = (body: () => void) => (context: TestContext) => {
    if (spawnSync('mkfifo', [path]).status !== 0) return notRun(context, 'no mkfifo');
    body();
  };

  test('get does not wait for its other end, and throws ERR_SHM_UNTRUSTED', withFifo(() => {
    assertGetRefused({ code: 'ERR_SHM_UNTRUSTED' });
  }));

  test('create answers null', withFifo(() => {
    assert.equal(shm.create(8, 'Buffer', name), null);
    assert.ok(lstatSync(path).isFIFO());
    assert.equal(shm.detach(name), -1);
  }));
});

test('a socket: get throws ENXIO', async () => {
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  assertGetRefused({ code: 'ENXIO', errno: -6, syscall: 'open' });
  assert.equal(shm.create(8, 'Buffer', name), null);
  await new Promise((resolve) => server.close(resolve));
});

describe('a symbolic link', () => {
  let target: string;
  const targets: Record<string, () => void> = {
    'to an object': () => shm.create(8, 'Buffer', target)!.fill(1),
    'to a file': () => writeFileSync(`/dev/shm${target}`, 'content!'),
    'to a directory': () => mkdirSync(`/dev/shm${target}`),
    'to nothing': () => {},
    'to itself': () => { target = name; },
  };

  for (const [where, makeTarget] of Object.entries(targets)) {
    test(`${where} is not followed: get throws ELOOP, create answers null`, () => {
      target = uniqueName();
      names.push(target);
      makeTarget();
      shm.detachAll();
      symlinkSync(`/dev/shm${target}`, path);
      const wasThere = existsSync(`/dev/shm${target}`);

      assertGetRefused({ code: 'ELOOP', errno: -40, syscall: 'open' });
      assert.equal(shm.create(8, 'Buffer', name), null);
      assert.equal(shm.detach(name), -1);
      assert.ok(lstatSync(path).isSymbolicLink());
      assert.equal(existsSync(`/dev/shm${target}`), wasThere);

      assert.equal(shm.destroy(name), true, 'destroy removes the link');
      assert.equal(existsSync(`/dev/shm${target}`), wasThere, 'and not what it points to');
      shm.destroy(target === name || where.includes('directory') ? uniqueName() : target);
    });
  }

  test('put in the place of an object that is attached: get throws, the view stays', () => {
    const held = shm.create(8, 'Buffer', name)!.fill(1);
    rmSync(path);
    symlinkSync('/dev/null', path);
    assert.throws(() => shm.get(name), { code: 'ELOOP' });
    assert.deepEqual([...held], Array(8).fill(1));
    assert.equal(shm.detach(name), 1);
    rmSync(path);
  });
});

describe('an object of 0 bytes', () => {
  beforeEach(() => writeFileSync(path, ''));

  test('get throws ERR_SHM_NOT_READY, now and later', () => {
    assertGetRefused({ code: 'ERR_SHM_NOT_READY' });
    assertGetRefused({ code: 'ERR_SHM_NOT_READY' });
  });

  test('create answers null, destroy removes it', () => {
    assert.equal(shm.create(8, 'Buffer', name), null);
    assert.equal(readFileSync(path).length, 0);
    assert.equal(shm.detach(name), -1);
    assert.equal(shm.destroy(name), true);
    assert.equal(existsSync(path), false);
  });

  test('get works as soon as it has bytes', () => {
    assert.throws(() => shm.get(name), { code: 'ERR_SHM_NOT_READY' });
    writeFileSync(path, 'now some bytes');
    assert.equal(shm.get(name)!.toString(), 'now some bytes');
    shm.destroy(name);
  });
});
