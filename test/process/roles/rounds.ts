// Creates, gets three times, detaches and destroys, round after round; says what the process holds before, after one
// half of the rounds, and after all of them.
import { readFileSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import shm from 'shm-typed-array';

import { openDescriptors } from '../../support/leftovers.js';
import { namePrefix, systemVSegments } from '../../support/names.js';
import { leave, roleData, send } from '../../support/role-side.js';

const { key, rounds, yields } = roleData<{ key: number | string; rounds: number; yields: boolean }>();
const count = 1000;

function round(): void {
  const created = shm.create(count, 'Float64Array', key);
  if (created === null) throw new Error('it is there');
  created[0] = 1;
  if (shm.get(key)!.length !== count * 8) throw new Error('wrong length');
  if (shm.get(key, 'Uint8Array')![7] !== 0x3f) throw new Error('wrong value');
  shm.get(key, 'Float64Array');
  const left = shm.detach(key);
  const isDestroyed = shm.destroy(key);
  if (typeof key === 'string' ? left !== 1 || !isDestroyed : left !== 0 || isDestroyed) throw new Error('wrong answer');
}

async function half(): Promise<void> {
  for (let i = 0; i < rounds / 2; i++) {
    round();
    if (yields && i % 500 === 0) await setImmediate();
  }
}

async function measure(): Promise<object> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc!();
    await setImmediate();
  }
  const maps = readFileSync('/proc/self/maps', 'utf8').trimEnd().split('\n');
  const kibibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  return {
    mappings: maps.length,
    shared: maps.filter((line) => / \/(dev\/shm\/|SYSV)/.test(line)).length,
    resident: kibibytes('VmRSS') * 1024,
    virtual: kibibytes('VmSize') * 1024,
    descriptors: openDescriptors(),
    objects: readdirSync('/dev/shm').filter((name) => name.startsWith(namePrefix)).length,
    segments: systemVSegments().filter(({ creatorPid }) => creatorPid === process.pid).length,
    totals: [shm.getTotalSize(), shm.getTotalCreatedSize()],
  };
}

for (let i = 0; i < 1000; i++) round(); // until code is compiled and pools are filled
const before = await measure();
await half();
const between = await measure();
await half();
send({ before, between, after: await measure() });
leave();
