// require(), import * and the default import give the same things.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as namespace from 'shm-typed-array';
import defaultExport from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { root } from '../support/paths.js';
import { runRole } from '../support/roles.js';

expectNothingLeft();

type Exports = Record<string, unknown>;
const required = createRequire(import.meta.url)('shm-typed-array') as Exports;
const ways: Record<string, Exports> = { required, namespace, defaultExport };

const functions = [
  'create', 'createPosix', 'get', 'getPosix', 'detach', 'detachPosix', 'destroy', 'detachAll', 'getTotalSize', 'getTotalCreatedSize',
];
const constants = [
  'LengthMax', 'SHMBT_BUFFER', 'SHMBT_INT8', 'SHMBT_UINT8', 'SHMBT_UINT8CLAMPED', 'SHMBT_INT16', 'SHMBT_UINT16', 'SHMBT_INT32',
  'SHMBT_UINT32', 'SHMBT_FLOAT32', 'SHMBT_FLOAT64',
];

/** The names that a program can use; those of the module system itself are left out. */
function names(exports: Exports): string[] {
  return Object.keys(exports).filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort();
}

describe('the three ways of loading', () => {
  for (const [way, exports] of Object.entries(ways)) {
    test(`${way} has the names of the original`, () => {
      for (const name of functions) assert.equal(typeof exports[name], 'function', name);
      for (const name of constants) assert.equal(typeof exports[name], 'number', name);
      assert.equal(typeof exports['BufferType'], 'object');
    });

    test(`${way} has the same names and objects as required`, () => {
      assert.deepEqual(names(exports), names(required));
      for (const name of names(required)) assert.equal(exports[name], required[name], name);
    });
  }

  test('require() and the default import are one object', () => {
    assert.equal(required, defaultExport);
  });

  test('a second require and import() give the same', async () => {
    assert.equal(createRequire(import.meta.url)('shm-typed-array'), required);
    assert.equal((await import('shm-typed-array')).create, required['create']);
  });

  test('functions work without their object', () => {
    const { create, destroy } = defaultExport;
    const { key } = create(4)!;
    assert.equal(destroy(key!), true);
  });
});

test('the package has no top-level await, which require() could not load', () => {
  const files = readdirSync(join(root, 'dist')).filter((file) => file.endsWith('.js'));
  assert.ok(files.includes('index.js'));
  for (const file of files) {
    const lines = readFileSync(join(root, 'dist', file), 'utf8').split('\n');
    assert.deepEqual(lines.filter((line) => /^(?!\s)(?!.*\basync\b).*\bawait\b/.test(line)), [], file);
  }
});

for (const loader of ['require-first', 'import-first']) {
  test(`a fresh process can load it both ways: ${loader}`, async () => {
    const { stdout, stderr } = await runRole(new URL('./roles/loader.js', import.meta.url), { data: loader });
    assert.equal(stdout, 'same\n');
    assert.equal(stderr, '');
  });
}
