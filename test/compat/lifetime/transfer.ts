// ArrayBuffers that are moved away, copied or sent.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';
import * as shm from 'shm-typed-array';

import { lacks } from '../../support/runtime.js';
import { type Cases, attempt, bufferOf, collect, moveAway } from './case.js';

/** A worker that writes to, and reads from, what it is sent until it is told to stop. */
const workerSource = `
  const { parentPort } = require('node:worker_threads');
  const held = [];
  parentPort.on('message', (message) => {
    if (message === 'stop') return parentPort.close ? parentPort.close() : close();
    if (message !== 'again') held.push(new Uint8Array(message.buffer ?? message));
    const seen = held.map((bytes) => { bytes[1] = 5; return [bytes.length, bytes[0], bytes[1]]; });
    parentPort.postMessage(seen);
  });
`;

async function ask(worker: Worker, message: unknown, transfer: ArrayBuffer[] = []): Promise<number[][]> {
  worker.postMessage(message, transfer);
  const [answer] = await once(worker, 'message');
  return answer as number[][];
}

export const transfer: Cases = {
  'transfer() refuses, and the view stays': {
    missing: lacks.transfer,
    run({ bytes, get, detach }) {
      const memory = bufferOf(bytes);
      const refusal = { name: 'TypeError', code: 'ERR_INVALID_STATE' };
      for (const when of ['before detach', 'after']) {
        for (const length of [[], [0], [64], [1000]]) {
          assert.throws(() => memory.transfer!(...length), refusal, when);
          assert.throws(() => memory.transferToFixedLength!(...length), refusal, when);
        }
        if (when === 'before detach') {
          assert.equal(memory.detached, false);
          assert.deepEqual([bytes.length, bytes[0]], [64, 1]);
          detach();
        }
      }
      assert.equal(memory.detached, true);
      assert.equal(get()[0], 1);
    },
  },

  'moved away: get gives a new view that works': {
    missing: lacks.transfer,
    run({ bytes, get, detach }) {
      const moved = new Uint8Array(moveAway(bytes));
      assert.equal(bytes.length, 0);
      assert.equal(bufferOf(bytes).detached, true);
      assert.deepEqual([moved.length, moved[0]], [64, 1]);
      const again = get();
      assert.deepEqual([again.length, again[0]], [64, 1]);
      again[0] = 7;
      assert.equal(moved[0], 7, 'both see the segment');
      moved[1] = 8;
      assert.equal(again[1], 8);

      detach();
      assert.equal(again.length, 0);
      assert.deepEqual([moved.length, moved[0], moved[1]], [64, 0, 0], 'it can not be ended, and shows zeros');
      moved.fill(9);
      assert.deepEqual([...get().subarray(0, 3)], [7, 8, 1], 'it no longer reaches the segment');
      assert.equal(moved.at(-1), 9);
    },
  },

  'moved away to any length, then detached': {
    missing: lacks.transfer,
    run({ get, detach }) {
      for (const length of [undefined, 0, 1, 63, 64, 65, 100_000]) {
        const moved = new Uint8Array(moveAway(get(), length));
        assert.equal(moved.length, length ?? 64);
        assert.equal(moved[0], length === 0 ? undefined : 1);
        detach();
        moved.fill(3);
        assert.equal(get()[0], 1);
      }
    },
  },

  'moved away from where it was moved to': {
    missing: lacks.transfer,
    run({ bytes, get, detach }) {
      const once = moveAway(bytes);
      const moved = new Float64Array(moveAway(new Uint8Array(once)));
      detach();
      assert.equal(once.byteLength, 0);
      moved.fill(1);
      assert.equal(moved.length, 8);
      assert.equal(get()[0], 1);
    },
  },

  'moved away after detach: TypeError': {
    missing: lacks.transfer,
    run({ bytes, detach }) {
      detach();
      assert.throws(() => moveAway(bytes), TypeError);
    },
  },

  'moved away and collected, before and after detach': {
    missing: lacks.transfer,
    async run({ get, detach }) {
      for (let round = 0; round < 50; ++round) {
        let moved: Uint8Array | undefined = new Uint8Array(moveAway(get()));
        if (round % 2 === 0) moved = undefined;
        if (round % 3 === 0) await collect();
        detach();
        moved?.fill(1);
        if (round % 5 === 0) await collect();
        moved?.fill(2);
      }
      await collect();
      assert.equal(get()[0], 1);
    },
  },

  'moved away to a worker that outlives the attachment': {
    missing: lacks.transfer,
    async run({ bytes, get, detach }) {
      const worker = new Worker(workerSource, { eval: true });
      const moved = moveAway(bytes);
      await attemptAsync(() => ask(worker, moved, [moved])); // the runtime may refuse it
      detach();
      await attemptAsync(() => ask(worker, 'again'));
      assert.equal(get()[0], 1);
      worker.postMessage('stop');
      await once(worker, 'exit');
      assert.equal(get()[0], 1);
    },
  },

  'structuredClone copies'({ bytes, detach, get }) {
    const ofBuffer = new Uint8Array(structuredClone(bytes.buffer));
    const copies = [structuredClone(bytes), structuredClone(new Uint8Array(bytes.buffer)), ofBuffer];
    get()[0] = 2;
    detach();
    for (const copy of copies) assert.deepEqual([copy.length, copy[0]], [64, 1]);
  },

  'structuredClone that transfers'({ bytes, detach, get }) {
    attempt(() => structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })); // some refuse, some copy
    assert.equal(get()[0], 1);
    get()[0] = 2;
    detach();
    assert.equal(bytes.length, 0);
    attempt(() => structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] }));
    attempt(() => structuredClone(bytes));
    assert.equal(get()[0], 2);
  },

  'posted to a worker: a copy': {
    missing: lacks.copyingMessages,
    async run({ bytes, key, detach, get }) {
      const worker = new Worker(workerSource, { eval: true });
      assert.deepEqual(await ask(worker, bytes), [[64, 1, 5]]);
      assert.deepEqual((await ask(worker, shm.get(key, 'Float64Array')))[1], [64, 1, 5]);
      await attemptAsync(() => ask(worker, bytes, [bytes.buffer as ArrayBuffer]));
      assert.equal(get()[1], 1, 'the worker wrote to a copy');
      detach();
      assert.deepEqual((await ask(worker, 'again'))[0], [64, 1, 5]);
      await attemptAsync(() => ask(worker, bytes));
      worker.postMessage('stop');
      await once(worker, 'exit');
    },
  },

  async 'in workerData: a copy'({ bytes, detach, get }) {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      workerData[0] = 9;
      parentPort.postMessage(workerData.length);
    `;
    const worker = new Worker(source, { eval: true, workerData: bytes });
    const exit = once(worker, 'exit'); // it may come right behind the message
    detach();
    assert.deepEqual(await once(worker, 'message'), [64]);
    await exit;
    assert.equal(get()[0], 1);
  },

  'through a MessageChannel'({ bytes, detach, get }) {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(bytes);
    attempt(() => port1.postMessage(bytes, [bytes.buffer as ArrayBuffer]));
    get()[0] = 2;
    detach();
    attempt(() => port1.postMessage(bytes));
    for (;;) {
      const got = receiveMessageOnPort(port2) as { message: Uint8Array } | undefined;
      if (got === undefined) break;
      assert.ok(got.message.length === 64 || got.message.length === 0);
      got.message.fill(3);
    }
    port1.close();
    assert.equal(get()[0], 2);
  },
};

async function attemptAsync(call: () => Promise<unknown>): Promise<void> {
  await call().catch((error: unknown) => assert.ok(error instanceof Error));
}
