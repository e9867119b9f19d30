// What a wait does to the rest of the process: it keeps nobody from working, and nobody from ending.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { runRole, startRole } from '../support/roles.js';
import type { Scene } from './roles/waiting.js';

const isSlow = Boolean(process.env['SHM_TEST_SLOW']);

expectNothingLeft();

/** Runs a scene to its end. @returns what it has found out */
async function play<T>(scene: string, data: object = {}, env: Record<string, string> = {}): Promise<T> {
  const role = new URL('./roles/waiting-life.js', import.meta.url);
  const { stdout, stderr } = await runRole(role, { data: { scene, ...data }, env, watchdog: 180_000 });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as T;
}

test('more waits than the pool has threads leave the pool and the event loop free', async () => {
  assert.deepEqual(await play('work of the pool', {}, { UV_THREADPOOL_SIZE: '4' }), [1000, 1]);
});

test('300 waits together wake up some times a second, and not at all once they have ended', async (t) => {
  const [waiting, idle] = await play<number[]>('idle');
  t.diagnostic(`wake-ups a second: ${waiting} while waiting, ${idle} afterwards`);
  assert.ok(waiting! < 60, String(waiting));
  assert.ok(idle! < 2, String(idle));
});

test('a wait keeps the process alive', async () => {
  assert.equal(await play('kept alive'), 'timed-out');
});

test('a wait that has settled does not', async () => {
  assert.deepEqual(await play('not kept alive any more'), [1, 'AbortError']);
});

test('a wait that JavaScript was taken out of does not disturb the next', async () => {
  assert.deepEqual(await play('vm'), ['timed-out', 'timed-out', 'not-equal']);
});

const workers = isSlow ? 20 : 200;
test(`${workers} workers end while they wait`, async () => {
  assert.deepEqual(await play('many workers', { workers }), [1, 7]);
});

const endings: readonly (Partial<Scene> & { end: Scene['end'] })[] = [
  { main: 'async', end: 'exit' },
  { main: 'async', end: 'abort and exit' },
  { main: 'async', end: 'signal' },
  { main: 'sync', end: 'signal' },
  { worker: 'async', end: 'exit' },
  { worker: 'sync', end: 'exit' },
  { worker: 'async', end: 'terminate' },
  { worker: 'sync', end: 'terminate' },
  { worker: 'async', end: 'worker exits' },
  { worker: 'sync', end: 'signal' },
  { main: 'sync', worker: 'sync', end: 'signal' },
  { main: 'async', worker: 'sync', end: 'exit' },
];

for (const { main = 'nothing', worker, end } of endings) {
  const who = [main === 'nothing' ? [] : `main waits (${main})`, worker === undefined ? [] : `a worker waits (${worker})`];
  test(`${who.flat().join(', ')}: ${end}`, async (t) => {
    const times: number[] = [];
    for (let round = 0; round < (isSlow ? 1 : 3); round++) {
      const role = startRole(new URL('./roles/waiting.js', import.meta.url), { data: { main, worker, end } });
      await role.expect('waiting');
      await new Promise((resolve) => setTimeout(resolve, 30 + 25 * round)); // well into the wait
      const start = performance.now();
      if (end === 'signal') process.kill(role.pid, 'SIGINT');
      else role.send('end');
      const { code, signal, stderr } = await role.ended;
      times.push(performance.now() - start);
      assert.deepEqual([code, signal, stderr], end === 'signal' ? [null, 'SIGINT', ''] : [3, null, '']);
    }
    t.diagnostic(`ms until the process has ended: ${times.map(Math.round).join(', ')}`);
  });
}
