// Node and C++ take turns on one counter, under a mutex of a managed segment; then the C++ program is killed in its turn.
//   node scripts/build-addon.mjs release --tests    builds the C++ program, examples/cpp/locks_peer.cpp
//   node examples/locks.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ManagedSegment, Segment } from 'shm-typed-array';

const peer = process.argv[2] ?? new URL('../build/release/examples/cpp/shm_locks_peer', import.meta.url).pathname;
const name = `/example-locks-${process.pid}`;
const app = ManagedSegment.create(name, { size: 65_536 });
const data = Segment.create(`${name}.data`, { size: 4096 });
try {
  const mutex = app.mutex('counter');
  const counter = data.view(Float64Array, 0, 1); // plain memory: only the mutex keeps the two apart
  const rounds = 20_000;

  const counting = spawn(peer, [name, 'count', String(rounds)], { stdio: 'inherit' });
  const ended = once(counting, 'exit');
  for (let i = 0; i < rounds; i++) {
    await mutex.run(() => { counter[0] += 1; });
  }
  await ended;
  console.log('[Node] counted to', counter[0], 'of', 2 * rounds);

  const holding = spawn(peer, [name, 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holding.stdout, 'data'); // it has the mutex
  holding.kill('SIGKILL');
  const guard = await mutex.lock();
  console.log('[Node] took the mutex over, ownerDied:', guard.ownerDied);
  guard.markConsistent();
  guard.release();
} finally {
  data.unlink();
  data.close();
  app.close();
}
