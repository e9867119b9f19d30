// Memory without a name: a child gets it as file descriptor 3. No name can be guessed, and nothing has to be removed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Segment } from 'shm-typed-array';

const rounds = 100_000;

if (process.argv[2] === undefined) {
  const scratch = Segment.anonymous({ size: 4096 });
  const count = scratch.view(Int32Array);
  const child = spawn(process.execPath, [import.meta.filename, 'child'], {
    stdio: ['inherit', 'inherit', 'inherit', scratch.fd],
  });
  for (let i = 0; i < rounds; i++) Atomics.add(count, 0, 1);
  await once(child, 'exit');
  console.log('counted to', count[0], 'of', 2 * rounds, 'in', scratch.size, 'bytes');
  scratch.close();
} else {
  const scratch = Segment.fromFd(3);
  console.log('the child may rely on its size:', scratch.stat().sealed);
  const count = scratch.view(Int32Array);
  for (let i = 0; i < rounds; i++) Atomics.add(count, 0, 1);
}
