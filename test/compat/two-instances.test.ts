// Test runners with a module registry of their own, and two copies in node_modules, load the library twice in a thread.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { root } from '../support/paths.js';
import { afterFile } from '../support/runtime.js';

expectNothingLeft();

const copy = mkdtempSync(join(tmpdir(), 'shm-copy-'));
afterFile(() => rmSync(copy, { recursive: true }));
cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
cpSync(join(root, 'package.json'), join(copy, 'package.json'));
symlinkSync(join(root, 'build'), join(copy, 'build')); // the same addon: it is loaded once
const second = (await import(pathToFileURL(join(copy, 'dist/index.js')).href)) as typeof shm;

test('two instances of the library do not end each other\'s attachments', () => {
  assert.notEqual(second.create, shm.create);
  const [ours, theirs, third] = [uniqueName(), uniqueName(), uniqueName()];
  const a = shm.create(8, 'Buffer', ours)!;
  const b = second.create(16, 'Buffer', theirs)!;
  assert.equal(shm.detach(ours), 1);
  assert.equal(b.length, 16);
  const c = shm.create(32, 'Buffer', third)!;
  assert.equal(second.destroy(theirs), true);
  assert.deepEqual([a.length, b.length, c.length], [0, 0, 32]);
  second.detachAll(); // all of the thread
  assert.equal(c.length, 0);
  const d = second.create(64, 'Buffer', theirs)!;
  shm.detachAll();
  assert.equal(d.length, 0);
  for (const name of [ours, theirs, third]) assert.equal(second.destroy(name), true);
});

test('two instances of the library do not hear each other\'s waits', async () => {
  const words = new Int32Array(new SharedArrayBuffer(16));
  const ends = [shm, second, shm, second].map((instance, index) => instance.waitAsync(words, index, 0));
  for (const index of [3, 0, 2, 1]) {
    Atomics.store(words, index, 1);
    shm.notify(words, index);
    assert.equal(await ends[index], 'ok');
  }
});
