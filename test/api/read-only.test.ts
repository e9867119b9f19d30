// access: 'read': nothing can be written; raw: 'copy-on-write': what is written stays private.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe } from 'node:test';
import { ReadonlyBytes, ReadonlyDataView, ReadonlyView, Segment } from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { assertRuleError, segmentTest, withPath } from './segments.js';

expectNothingLeft();

/** Ways to open for reading what another segment has. */
const openers = {
  'posix': (own: <T extends Segment>(segment: T) => T) => {
    const name = uniqueName();
    return { made: own(Segment.create(name, { size: 10_000 })), read: () => Segment.open(name, { access: 'read' }), key: name };
  },
  'system-v': (own: <T extends Segment>(segment: T) => T) => {
    const key = uniqueKey();
    return { made: own(Segment.create(key, { size: 10_000 })), read: () => Segment.open(key, { access: 'read' }), key };
  },
  'descriptor': (own: <T extends Segment>(segment: T) => T) => {
    const made = own(Segment.anonymous({ size: 10_000 }));
    return { made, read: () => Segment.fromFd(made.fd!, { access: 'read' }), key: undefined };
  },
} as const;

for (const [kind, open] of Object.entries(openers)) {
  describe(kind, () => {
    segmentTest('reads what others write, as it is written', (own) => {
      const { made, read } = open(own);
      const s = own(read());
      assert.deepEqual([s.kind, s.access, s.created, s.size], [kind, 'read', false, 10_000]);
      made.bytes().fill(7);
      assert.equal(s.view(Uint8Array).get(9_999), 7);
      assert.equal(s.bytes().get(0), 7);
      assert.equal(s.dataView().getUint32(4), 0x07070707);
      made.bytes().write('text');
      assert.equal(s.readString(0, 4), 'text');
    });

    segmentTest('the views are read-only ones, without a way to the memory', (own) => {
      const { read } = open(own);
      const s = own(read());
      const [view, bytes, dataView] = [s.view(Int32Array), s.bytes(), s.dataView()];
      assert.ok(view instanceof ReadonlyView && bytes instanceof ReadonlyBytes && dataView instanceof ReadonlyDataView);
      for (const each of [view, bytes, dataView]) {
        assert.ok(!ArrayBuffer.isView(each));
        assert.equal((each as { buffer?: unknown }).buffer, undefined);
      }
      assert.throws(() => (view as unknown as number[])[0] = 1, TypeError);
      assert.equal(view.length, 2500);
      assert.equal(s.view(Float64Array, 8, 3).length, 3);
      assert.equal(s.bytes(5, 10).length, 10);
    });

    segmentTest('what would be writable is ERR_SHM_READ_ONLY', (own) => {
      const { read, key } = open(own);
      const s = own(read()) as unknown as Segment;
      assertRuleError(() => s.buffer, 'ERR_SHM_READ_ONLY', key);
      assertRuleError(() => s.sharedBuffer, 'ERR_SHM_READ_ONLY', key);
      assertRuleError(() => s.wasmMemory(), 'ERR_SHM_READ_ONLY', key);
    });

    segmentTest('the kernel says so too', (own) => {
      const { read } = open(own);
      const before = readFileSync('/proc/self/maps', 'utf8');
      const s = own(read());
      const added = readFileSync('/proc/self/maps', 'utf8').split('\n').filter((line) => !before.includes(line) && /\/(dev\/shm|SYSV|memfd)/.test(line));
      assert.equal(added.length, 1);
      assert.match(added[0]!, / r--s /);
      assert.equal(s.closed, false);
    });

    segmentTest('after close its views are empty', (own) => {
      const { read, made } = open(own);
      made.bytes().fill(1);
      const s = own(read());
      const [view, bytes, dataView] = [s.view(Int32Array), s.bytes(), s.dataView()];
      s.close();
      assert.deepEqual([view.length, bytes.length, view.get(0), bytes.get(0)], [0, 0, undefined, undefined]);
      assert.throws(() => dataView.getUint8(0));
      assert.equal(made.bytes()[0], 1);
    });
  });
}

segmentTest('a read-only segment may be looked at, flushed and unlinked', (own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: 100 }));
  const s = own(Segment.open(name, { access: 'read' }));
  assert.equal(s.stat().size, 100);
  s.flush();
  s.unlink();
  assert.equal(Segment.exists(name), false);
});

describe('copy-on-write', () => {
  segmentTest('real arrays, whose writes nobody else sees', (own) => {
    const name = uniqueName();
    const made = own(Segment.create(name, { size: 10_000 }));
    made.bytes().fill(1);
    const s = own(Segment.open(name, { access: 'read', raw: 'copy-on-write' }));
    assert.equal(s.access, 'read');
    assert.ok(s.buffer instanceof ArrayBuffer);
    const view = s.view(Uint8Array);
    assert.ok(view instanceof Uint8Array && view.buffer === s.buffer);
    assert.equal(view[0], 1);
    view.fill(2);
    s.view(Float64Array)[0] = Math.PI;
    assert.equal(s.view(Float64Array)[0], Math.PI);
    assert.ok(made.bytes().every((byte) => byte === 1));
    assert.equal(s.bytes()[9_999], 2);
    assert.equal(own(Segment.open(name)).bytes()[0], 1);
  });

  segmentTest('of a page that it did not write it sees what others write', (own) => {
    const name = uniqueName();
    const made = own(Segment.create(name, { size: 3 * 4096 }));
    const s = own(Segment.open(name, { access: 'read', raw: 'copy-on-write' }));
    s.bytes()[0] = 9;
    made.bytes().fill(5);
    assert.equal(s.bytes()[0], 9);
    assert.equal(s.bytes()[2 * 4096], 5);
  });

  segmentTest('there is nothing to share of it', (own) => {
    const name = uniqueName();
    own(Segment.create(name, { size: 100 }));
    const s = own(Segment.open(name, { access: 'read', raw: 'copy-on-write' }));
    assertRuleError(() => s.sharedBuffer, 'ERR_SHM_READ_ONLY', name);
    assertRuleError(() => s.wasmMemory(), 'ERR_SHM_READ_ONLY', name);
  });

  segmentTest('descriptors and files', async (own) => {
    const made = own(Segment.anonymous({ size: 100 }));
    const s = own(Segment.fromFd(made.fd!, { access: 'read', raw: 'copy-on-write' }));
    s.bytes().fill(1);
    assert.equal(made.bytes()[0], 0);
    await withPath((path) => {
      writeFileSync(path, 'on the disk');
      const file = Segment.openFile(path, { access: 'read', raw: 'copy-on-write' });
      file.bytes().write('XX');
      file.flush();
      assert.equal(file.readString(), 'XX the disk');
      file.close();
      assert.equal(readFileSync(path, 'latin1'), 'on the disk');
    });
  });

  segmentTest('System V has none', (own) => {
    const key = uniqueKey();
    own(Segment.create(key, { size: 100 }));
    assertRuleError(() => Segment.open(key, { access: 'read', raw: 'copy-on-write' }), 'ERR_SHM_UNSUPPORTED', key);
  });

  segmentTest('after close its arrays are empty', (own) => {
    const name = uniqueName();
    own(Segment.create(name, { size: 100 }));
    const s = own(Segment.open(name, { access: 'read', raw: 'copy-on-write' }));
    const [bytes, buffer] = [s.bytes(), s.buffer];
    s.close();
    assert.deepEqual([bytes.length, buffer.byteLength], [0, 0]);
    assertRuleError(() => s.buffer, 'ERR_SHM_CLOSED', name);
  });
});
