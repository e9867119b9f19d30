// Each worker thread has attachments of its own; the totals are those of the process.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { beforeEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import * as shm from 'shm-typed-array';

import { expectNothingLeft, snapshot } from '../support/leftovers.js';
import { terminate } from '../support/runtime.js';
import { exists, kinds } from './kinds.js';

expectNothingLeft();

class Thread {
  readonly #worker = new Worker(new URL('./roles/thread.js', import.meta.url));

  static async start(): Promise<Thread> {
    const thread = new Thread();
    await once(thread.#worker, 'message');
    return thread;
  }

  async call(call: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#worker.postMessage({ call, args });
    return ((await once(this.#worker, 'message')) as unknown[])[0];
  }

  async end(): Promise<void> {
    const exit = once(this.#worker, 'exit');
    this.#worker.postMessage({ call: 'end' });
    assert.deepEqual(await exit, [0]);
  }

  /** Also waits until it has detached. */
  async terminate(mappedBytes: number): Promise<void> {
    await terminate(this.#worker, () => shm.getTotalSize() === mappedBytes);
  }
}

function assertTotals(mapped: number, created: number): void {
  assert.deepEqual([shm.getTotalSize(), shm.getTotalCreatedSize()], [mapped, created]);
}

beforeEach(() => assertTotals(0, 0));

for (const { kind, newKey, overhead } of kinds) {
  describe(kind, () => {
    const bytes = 100 + overhead;

    test('an attachment of another thread is a second mapping', async () => {
      const [key, thread] = [newKey(), await Thread.start()];
      const own = shm.create(100, 'Buffer', key)!.fill(7);
      assert.equal(await thread.call('get', key), 100);
      assert.equal(await thread.call('get', key), 100);
      assert.deepEqual(await thread.call('first'), [7, 7]);
      assertTotals(2 * bytes, bytes);
      assert.deepEqual([await thread.call('getTotalSize'), await thread.call('getTotalCreatedSize')], [2 * bytes, bytes]);
      assert.equal(snapshot().mappings.length, 2);

      assert.equal(shm.detach(key), 1, 'POSIX: detached; System V: one attachment is left');
      assert.equal(own.length, 0);
      assert.deepEqual(await thread.call('lengths'), [100, 100], 'its views stay');
      assertTotals(bytes, bytes);
      assert.equal(shm.detach(key), -1);
      assert.equal(await thread.call('detach', key), kind === 'POSIX' ? 1 : 0);
      assert.deepEqual(await thread.call('lengths'), [0, 0]);
      shm.destroy(key);
      assertTotals(0, 0);
      await thread.end();
    });

    test('what one thread creates, another can destroy, and that counts for the process', async () => {
      const [key, thread] = [newKey(), await Thread.start()];
      assert.equal(await thread.call('create', 100, 'Buffer', key), 100);
      assertTotals(bytes, bytes);
      assert.equal(shm.create(100, 'Buffer', key), null);
      assert.equal(shm.destroy(key), true);
      assertTotals(bytes, 0);
      assert.deepEqual(await thread.call('lengths'), [100]);
      assert.equal(await thread.call('get', key), null);
      assert.equal(await thread.call('detach', key), kind === 'POSIX' ? 1 : 0);
      assertTotals(0, 0);
      await thread.end();
    });

    test('detachAll detaches what its own thread holds', async () => {
      const [key, other, thread] = [newKey(), newKey(), await Thread.start()];
      shm.create(100, 'Buffer', key);
      await thread.call('create', 100, 'Buffer', other);
      assert.equal(shm.detachAll(), kind === 'POSIX' ? 0 : 1);
      assertTotals(bytes, kind === 'POSIX' ? 2 * bytes : bytes);
      assert.equal(await thread.call('detachAll'), kind === 'POSIX' ? 0 : 1);
      assert.deepEqual(await thread.call('lengths'), [0]);
      for (const each of [key, other]) assert.equal(shm.destroy(each), kind === 'POSIX');
      await thread.end();
    });

    for (const ending of ['end', 'terminate'] as const) {
      test(`${ending}: a thread that ends is detached from what it held`, async () => {
        const [key, shared, thread] = [newKey(), newKey(), await Thread.start()];
        const own = shm.create(100, 'Buffer', shared)!.fill(3);
        await thread.call('get', shared);
        await thread.call('create', 100, 'Buffer', key);
        assertTotals(3 * bytes, 2 * bytes);
        await (ending === 'end' ? thread.end() : thread.terminate(bytes));

        assert.equal(shm.getTotalSize(), bytes);
        assert.equal(snapshot().mappings.length, 1);
        assert.deepEqual([...own], Array(100).fill(3));
        assert.equal(exists(key), kind === 'POSIX', 'System V: nobody was attached any more');
        assert.equal(exists(shared), true);
        for (const each of [key, shared]) shm.destroy(each);
      });
    }

    test('a key that one thread frees and uses again: another gets the new segment', async () => {
      const [key, thread] = [newKey(), await Thread.start()];
      shm.create(100, 'Buffer', key)!.fill(1);
      await thread.call('get', key);
      shm.destroy(key);
      shm.create(50, 'Buffer', key)!.fill(2);
      assert.equal(await thread.call('get', key), 50);
      assert.deepEqual(await thread.call('first'), [1, 2]);
      assertTotals(100 + 50 + 50 + 3 * overhead, 50 + overhead);
      await thread.end();
      assert.equal(shm.getTotalSize(), 50 + overhead);
      assert.equal(shm.destroy(key), true);
    });
  });
}
