// Counts are 64-bit: elements behind the first 4 GiB, in memory that is not there until it is touched.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { type TestContext, describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft, removeName } from '../support/leftovers.js';
import { systemVSegments, uniqueKey, uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { afterFile, lacks } from '../support/runtime.js';
import { type View, elementTypes } from './kinds.js';

const name = uniqueName();
afterFile(() => removeName(name));
expectNothingLeft();

const fourGiB = 2 ** 32;
const count = fourGiB + 4096;

/** What the system lets a process map, if it takes the size for a promise. */
function canPromise(context: TestContext): boolean {
  const kibibytes = Number(/^MemTotal:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]);
  if (kibibytes * 1024 > 1.5 * count) return true;
  notRun(context, 'less memory than the segment is large');
  return false;
}

/** Both ends, and both sides of the 4 GiB. */
const ends = [0, fourGiB - 1, fourGiB, count - 1];

describe('System V', () => {
  test('a Uint8Array of 2^32 + 4096 elements', { skip: lacks.largeArrays }, (context) => {
    if (!canPromise(context)) return;
    const key = uniqueKey();
    const made = shm.create(count, 'Uint8Array', key)!;
    assert.equal(made.length, count);
    assert.equal(made.buffer.byteLength, count);
    assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], [count, count]);
    assert.equal(systemVSegments().find((segment) => segment.key === key)!.size, count);

    for (const [i, at] of ends.entries()) made[at] = i + 1;
    for (const [i, at] of ends.entries()) assert.equal(made[at], i + 1);
    assert.equal(made[count - 2], 0);
    assert.equal(made[count], undefined);

    const bytes = shm.get(key)!;
    for (const [i, at] of ends.entries()) assert.equal(bytes[at], i + 1);
    assert.equal(bytes.toString('hex', fourGiB - 1, fourGiB + 1), '0203');
    assert.deepEqual([...bytes.subarray(fourGiB - 1, fourGiB + 2)], [2, 3, 0]);
    assert.equal(bytes.subarray(-1)[0], 4);
    for (const { typeKey, bytes: width } of elementTypes) {
      assert.equal((shm.get(key, typeKey) as unknown as View).length, count / width);
    }

    assert.equal(shm.detach(key), 0);
    assert.equal(made.length, 0);
    assert.equal(made[count - 1], undefined);
    assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], [0, 0]);
  });

  test('more elements than 2^32 of 8 bytes are counted, not cut', { skip: lacks.largeArrays }, () => {
    // 32 TiB: the system refuses it, or takes it for what it is.
    const key = uniqueKey();
    try {
      const made = shm.create(fourGiB * 1024 + 1, 'Float64Array', key);
      assert.equal(made!.length, fourGiB * 1024 + 1);
      shm.destroy(key);
    } catch (error) {
      assert.ok(['ENOMEM', 'ENOSPC', 'EINVAL'].includes((error as { code: string }).code), String(error));
    }
  });

  test('a runtime with 32-bit lengths: RangeError for create, and its largest works', { skip: lacks.smallArrays }, (context) => {
    const key = uniqueKey();
    assert.throws(() => shm.create(count, 'Uint8Array', key), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => shm.create(fourGiB / 8 + 1, 'Float64Array', key), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    assert.equal(shm.get(key), null);
    if (!canPromise(context)) return;
    const made = shm.create(shm.LengthMax, 'Uint8Array', key)!;
    made[shm.LengthMax - 1] = 5;
    assert.equal(shm.get(key)![shm.LengthMax - 1], 5);
    assert.equal(shm.detach(key), 0);
  });

  test('a get that fails leaves the segment, although nobody is attached to it', { skip: lacks.smallArrays }, (context) => {
    if (!canPromise(context)) return;
    const { status, stdout } = spawnSync('ipcmk', ['-M', `${count}`], { encoding: 'utf8' });
    if (status !== 0) return notRun(context, 'no ipcmk (package util-linux)');
    const id = Number(/\d+/.exec(stdout)![0]);
    try {
      const { key } = systemVSegments().find((segment) => segment.id === id)!;
      assert.throws(() => shm.get(key), { name: 'ShmError', code: 'ERR_SHM_UNSUPPORTED', key });
      assert.equal(shm.getTotalSize(), 0);
      assert.ok(systemVSegments().some((segment) => segment.id === id));
      assert.equal(shm.detach(key), -1);
    } finally {
      spawnSync('ipcrm', ['-m', `${id}`]);
    }
  });
});

describe('POSIX', () => {
  test('an object of 2^32 + 4096 bytes that another program made', { skip: lacks.largeArrays }, () => {
    makeSparseObject();
    const got = shm.get(name, 'Uint8Array')!;
    assert.equal(got.length, count);
    for (const [i, at] of ends.entries()) got[at] = i + 1;
    for (const [i, at] of ends.entries()) assert.equal(shm.get(name)![at], i + 1);
    assert.equal(shm.getTotalSize(), count);
    assert.equal(shm.destroy(name), true);
    assert.equal(got.length, 0);
  });

  test('a runtime with 32-bit lengths: ERR_SHM_UNSUPPORTED for get, and nothing stays mapped', { skip: lacks.smallArrays }, () => {
    makeSparseObject();
    assert.throws(() => shm.get(name), { name: 'ShmError', code: 'ERR_SHM_UNSUPPORTED', key: name });
    assert.equal(shm.getTotalSize(), 0);
    assert.equal(shm.detach(name), -1);
    truncateSync(`/dev/shm${name}`, shm.LengthMax);
    assert.equal(shm.get(name)!.length, shm.LengthMax);
    assert.equal(shm.destroy(name), true);
  });

  function makeSparseObject(): void {
    writeFileSync(`/dev/shm${name}`, '');
    truncateSync(`/dev/shm${name}`, count);
  }
});
