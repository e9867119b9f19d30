// The end of a segment in this thread: what close() ends, and what every call says afterwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';
import shm, { Segment } from 'shm-typed-array';

import { expectNothingLeft, openDescriptors, snapshot } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { assertRuleError, madeKinds, segmentTest } from './segments.js';

expectNothingLeft();

for (const { kind, make } of madeKinds) {
  describe(kind, () => {
    segmentTest('every view has length 0, and nothing is mapped or open', (own) => {
      const before = snapshot();
      const descriptors = openDescriptors().length;
      const s = own(make({ size: 100 }));
      const arrays = [s.bytes(), s.bytes(50, 10), s.view(Float64Array), s.view(BigInt64Array, 8, 1), s.view(Uint8Array, 0, 0)];
      const [buffer, dataView] = [s.buffer, s.dataView()];
      assert.equal(s.close(), undefined);
      for (const array of arrays) assert.deepEqual([array.length, array.byteLength, array[0]], [0, 0, undefined]);
      assert.equal(buffer.byteLength, 0);
      assert.throws(() => dataView.getInt8(0), TypeError);
      assert.equal(openDescriptors().length, descriptors);
      assert.deepEqual(snapshot().mappings, before.mappings);
      if (kind === 'file') assert.ok(!readFileSync('/proc/self/maps', 'utf8').includes(String(s.name)));
    });

    segmentTest('its getters answer, what needs the memory throws ERR_SHM_CLOSED', (own) => {
      const s = own(make({ size: 100 }));
      const { name } = s;
      s.close();
      assert.deepEqual(
        [s.closed, s.size, s.fd, s.kind, s.name, s.access, s.created, s.truncated],
        [true, 0, undefined, kind, name, 'read-write', true, false],
      );
      const calls: Record<string, () => unknown> = {
        buffer: () => s.buffer,
        sharedBuffer: () => s.sharedBuffer,
        wasmMemory: () => s.wasmMemory(),
        view: () => s.view(Int32Array),
        bytes: () => s.bytes(),
        dataView: () => s.dataView(),
        readString: () => s.readString(),
        stat: () => s.stat(),
        flush: () => s.flush(),
      };
      for (const [verb, call] of Object.entries(calls)) {
        assertRuleError(call, 'ERR_SHM_CLOSED', name);
        assert.throws(call, (error: Error) => error.message.startsWith(verb), verb);
      }
      const covered = [...Object.keys(calls), 'closed', 'size', 'fd', 'truncated', 'constructor', 'close', 'unlink'];
      assert.deepEqual(Object.getOwnPropertyNames(Segment.prototype).sort(), covered.sort(), 'each is here');
    });

    segmentTest('closing again does nothing; so does dispose', (own) => {
      const s = own(make({ size: 100 }));
      s[Symbol.dispose]();
      assert.equal(s.closed, true);
      for (let i = 0; i < 3; i++) {
        assert.equal(s.close(), undefined);
        assert.equal(s[Symbol.dispose](), undefined);
      }
    });

    segmentTest('also of a segment that was never used', (own) => {
      const s = own(make({ size: 100 }));
      const before = shm.getTotalSize();
      s.close();
      assert.equal(before - shm.getTotalSize(), 100);
    });

    segmentTest('the totals count what is mapped', (own) => {
      assert.equal(shm.getTotalSize(), 0);
      const s = own(make({ size: 5000 }));
      assert.equal(shm.getTotalSize(), 5000);
      assert.equal(shm.getTotalCreatedSize(), kind === 'posix' || kind === 'system-v' ? 5000 : 0);
      const again = s.fd === undefined ? own(Segment.open(s.name!)) : own(Segment.fromFd(s.fd));
      assert.equal(shm.getTotalSize(), 10_000);
      s.close();
      again.close();
      assert.equal(shm.getTotalSize(), 0);
      if (s.name !== undefined) s.unlink();
      assert.equal(shm.getTotalCreatedSize(), 0);
    });

    segmentTest('shm.detachAll() leaves segments alone', (own) => {
      const s = own(make({ size: 100 }));
      s.bytes().fill(3);
      const key = uniqueKey();
      shm.create(10, 'Buffer', key);
      assert.equal(shm.detachAll(), 1);
      assert.equal(s.closed, false);
      assert.equal(s.bytes()[99], 3);
      assert.equal(shm.getTotalSize(), 100);
    });

    segmentTest('a view that is in use when its segment is closed', (own) => {
      const s = own(make({ size: 100 }));
      const view = s.view(Uint8Array);
      const value = { valueOf: () => { s.close(); return 5; } };
      try {
        view.fill(value as unknown as number);
      } catch (error) {
        assert.ok(error instanceof TypeError, 'some runtimes look again');
      }
      assert.equal(view.length, 0);

      const other = own(make({ size: 100 }));
      let visited = 0;
      other.view(Uint8Array).forEach(() => { visited++; other.close(); });
      assert.ok(visited >= 1 && visited <= 100);
    });
  });
}

for (const { kind, newKey } of [{ kind: 'posix', newKey: uniqueName }, { kind: 'system-v', newKey: uniqueKey }]) {
  describe(`${kind}: two segments of one name`, () => {
    segmentTest('are mappings of their own: closing one leaves the other', (own) => {
      const key = newKey();
      const a = own(Segment.create(key, { size: 100 }));
      const b = own(Segment.open(key));
      assert.notEqual(a.buffer, b.buffer);
      a.bytes()[0] = 1;
      assert.equal(b.bytes()[0], 1);
      const view = b.bytes();
      a.close();
      assert.equal(view.length, 100);
      view[0] = 2;
      assert.equal(own(Segment.open(key)).bytes()[0], 2);
      b.close();
      assert.equal(view.length, 0);
    });

    segmentTest('the old functions have a third one', (own) => {
      const key = newKey();
      const s = own(Segment.create(key, { size: 100 }));
      const old = shm.get(key)!;
      assert.notEqual(old.buffer, s.buffer);
      old[0] = 4;
      assert.equal(s.bytes()[0], 4);
      s.close();
      assert.equal(old.length, 100);
      assert.equal(old[0], 4);
      const t = own(Segment.open(key));
      assert.equal(shm.detach(key), 1);
      assert.equal(t.bytes()[0], 4);
    });
  });
}

segmentTest('the addresses of a closed segment are not those of another one in a view that was kept', (own) => {
  const views = [];
  for (let i = 0; i < 200; i++) {
    const s = own(Segment.anonymous({ size: 4096 }));
    views.push(s.bytes().fill(i));
    s.close();
  }
  assert.ok(views.every(({ length }) => length === 0));
});
