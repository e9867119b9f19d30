// scripts/leftovers.mjs notices what the tests leave behind, and lets alone what other programs use.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import shm from 'shm-typed-array';

import { root } from '../support/paths.js';

const { leftovers, runMark, sharedMemory } = await import(join(root, 'scripts/leftovers.mjs')) as {
  leftovers(before: Map<string, string>): string[];
  runMark: Record<string, string>;
  sharedMemory(): Map<string, string>;
};

const name = `leftovers-test-${process.pid}`;
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill();
});

test('an object that nobody uses', () => {
  const before = sharedMemory();
  writeFileSync(`/dev/shm/${name}`, '');
  assert.ok(leftovers(before).includes(`POSIX object /${name}`));
  rmSync(`/dev/shm/${name}`);
  assert.ok(!leftovers(before).includes(`POSIX object /${name}`));
});

test('a System V segment of this process', () => {
  const before = sharedMemory();
  const { key } = shm.create(1)!;
  const segments = leftovers(before).filter((left) => left.startsWith('System V segment with id '));
  assert.equal(segments.length, 1);
  shm.detach(key!);
  assert.ok(!leftovers(before).includes(segments[0]!));
});

test('a process of this run', () => {
  children.push(spawn('sleep', ['60'], { env: { ...process.env, ...runMark } }));
  assert.ok(leftovers(sharedMemory()).includes(`process ${children.at(-1)!.pid}: sleep 60 `));
});

test('not the memory of a running program', async () => {
  const before = sharedMemory();
  const program = `
    const shm = await import('shm-typed-array');
    shm.create(1);
    shm.create(1, 'Buffer', '/${name}');
    process.stdin.resume().on('end', () => shm.destroy('/${name}'));
    console.log('ready');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['pipe', 'pipe', 2] });
  children.push(child);
  await once(child.stdout!, 'data');
  const made = [...sharedMemory().values()].filter((memory) => ![...before.values()].includes(memory));
  assert.ok(made.includes(`POSIX object /${name}`) && made.some((memory) => memory.startsWith('System V')));
  assert.deepEqual(leftovers(before).filter((left) => made.includes(left)), []);
  child.stdin!.end();
  await once(child, 'exit');
});
