// A creator dies by SIGKILL at any moment: others see no object or a whole one, and nothing half-built is ever left.
import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { namePrefix, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';
import { randomIntegers, seed } from './random.js';

const share = process.env['SHM_TEST_SLOW'] ? 0.2 : 1;
const pattern = 0xa5;
const mebibyte = 2 ** 20;
// Both sides of a page, and of 1 MiB, from where on creation works in another way.
const sizes = [1, 100, 4088, 4089, 70_000, mebibyte - 9, mebibyte, mebibyte + 5, 3 * mebibyte];
const shared = [uniqueName(), uniqueName()];
/** Each starts one creator after the other and kills it after a delay below `longest` milliseconds. */
const lanes = [
  { kills: 150 * share, longest: 12, names: [...shared, uniqueName()] },
  { kills: 140 * share, longest: 40, names: [...shared, uniqueName(), uniqueName()] },
  { kills: 15 * share, longest: 800, names: [uniqueName(), uniqueName()] },
];
const names = [...new Set(lanes.flatMap((lane) => lane.names))];
const random = randomIntegers();
const creatorPids = new Set<number>();

expectNothingLeft();

test('whatever a killed creator leaves is whole, and so is all that others see of it', async (t) => {
  t.diagnostic(`seed ${seed}`);
  const observer = startRole(new URL('./roles/observer.js', import.meta.url), {
    data: { names, sizes, pattern }, watchdog: 300_000,
  });
  t.after(() => observer.kill());
  await observer.expect('ready');

  await Promise.all(lanes.map(async (lane) => {
    for (let kill = 0; kill < lane.kills; kill++) {
      const data = { names: lane.names, sizes, pattern, start: random(1000) };
      const creator = startRole(new URL('./roles/doomed-creator.js', import.meta.url), { data });
      creatorPids.add(creator.pid);
      await creator.expect('ready');
      await setTimeout(random(lane.longest));
      creator.kill();
      assert.equal((await creator.ended).signal, 'SIGKILL');
      checkWhatIsThere();
    }
  }));

  observer.send('stop');
  const { looks, seen, faults } = await observer.receive<{ looks: number; seen: number; faults: string[] }>();
  await observer.succeeds();
  t.diagnostic(`the observer saw an object in ${seen} of ${looks} looks`);
  assert.deepEqual(faults, []);
  assert.ok(seen > 0);
  for (const name of names) shm.destroy(name);
});

/** Living creators work on while this looks. */
function checkWhatIsThere(): void {
  for (const file of readdirSync('/dev/shm').filter((file) => file.startsWith(namePrefix))) {
    assert.ok(names.includes(`/${file}`), `an object ${file} that nobody named so`);
    const object = readObject(`/dev/shm/${file}`);
    if (object === undefined) continue;
    assert.ok(sizes.includes(object.size - 8), `${file} has ${object.size} bytes`);
    assert.equal(object.header, BigInt(object.size - 8), `the header of ${file}`);
  }
  // The name that an object has while it is being made, where the system can't make it without one.
  const makerOf = (file: string) => Number(/^\.shm-typed-array-(\d+)/.exec(file)?.[1]);
  assert.deepEqual(readdirSync('/dev/shm').filter((file) => creatorPids.has(makerOf(file))), []);
}

function readObject(path: string): { size: number; header: bigint } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined; // destroyed since
  }
  const bytes = Buffer.alloc(8);
  readSync(descriptor, bytes, 0, 8, 0);
  const { size } = fstatSync(descriptor);
  closeSync(descriptor);
  return { size, header: bytes.readBigUInt64LE() };
}
