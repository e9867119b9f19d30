// Python's multiprocessing.shared_memory on the other side.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { root } from '../support/paths.js';
import { type Role, startProgram } from '../support/roles.js';

const hasPython = spawnSync('python3', ['-c', 'import multiprocessing.shared_memory']).status === 0;

expectNothingLeft();

function testWithPython(name: string, body: (python: Role) => Promise<void>): void {
  test(name, async (t: TestContext) => {
    if (!hasPython) return notRun(t, 'needs python3');
    const python = startProgram(['python3', join(root, 'test/process/roles/python_peer.py')]);
    t.after(() => python.kill());
    await body(python);
    assert.equal((await python.stop()).stderr, '');
  });
}

testWithPython('get opens a block of Python with its whole size', async (python) => {
  for (const size of [1, 7, 1000, 4096, 100_001]) {
    const name = uniqueName();
    assert.deepEqual(await python.call('create', name.slice(1), size), { name: name.slice(1), size });
    const bytes = shm.get(name)!;
    assert.equal(bytes.length, size);
    await python.call('write', 0, [5]);
    assert.equal(bytes[0], 5);
    bytes[size - 1] = 6;
    assert.deepEqual(await python.call('read', size - 1, size), [6]);
    assert.equal(shm.detach(name), 1);
    await python.call('close', true);
    assert.equal(shm.get(name), null);
  }
});

testWithPython('get opens a block to which Python gave a name', async (python) => {
  const { name } = await python.call<{ name: string }>('create', null, 64);
  assert.match(name, /^psm_/);
  const [first, second] = [shm.get(`/${name}`, 'Float64Array')!, shm.get(name, 'Float64Array')!];
  assert.equal(first.length, 8);
  assert.equal(first.buffer, second.buffer, 'the slash makes no difference');
  first.set([0.5, -1e300], 6);
  assert.deepEqual(await python.call('doubles', 0, 8), [0, 0, 0, 0, 0, 0, 0.5, -1e300]);
  await python.call('close', true);
  assert.equal(first[6], 0.5, 'attached, although its name is gone');
  assert.equal(shm.detach(name), 1);
});

testWithPython('Python opens what we created: the payload follows its size in 8 bytes', async (python) => {
  const name = uniqueName();
  const array = shm.create(300, 'Float64Array', name)!;
  array.set([1.5, 2.5]);
  assert.equal(await python.call('attach', name.slice(1)), 8 + 2400);
  assert.deepEqual(await python.call('read', 0, 8), [0x60, 0x09, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(await python.call('doubles', 8, 3), [1.5, 2.5, 0]);
  await python.call('write', 8 + 16, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
  assert.equal(array[2], 1);
  await python.call('close', false);
  assert.ok(existsSync(`/dev/shm${name}`), 'Python has not removed it');
  assert.equal(shm.destroy(name), true);
});

testWithPython('a name is taken for both when one of them has it', async (python) => {
  const name = uniqueName();
  await python.call('create', name.slice(1), 100);
  assert.equal(shm.create(100, 'Buffer', name), null);
  await python.call('close', true);
  assert.equal(shm.create(100, 'Buffer', name)!.length, 100);
  await assert.rejects(python.call('create', name.slice(1), 100), { name: 'FileExistsError' });
  assert.equal(shm.destroy(name), true);
  await assert.rejects(python.call('attach', name.slice(1)), { name: 'FileNotFoundError' });
});
