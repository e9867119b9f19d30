// Node and C++ on one array: this program fills it, examples/cpp/sum_peer.cpp adds it up.
//   node scripts/build-addon.mjs release --tests    builds the C++ program
//   node examples/cpp-peer.mjs
import { execFileSync } from 'node:child_process';
import shm from 'shm-typed-array';

const peer = process.argv[2] ?? new URL('../build/release/examples/cpp/shm_sum_peer', import.meta.url).pathname;
const name = `/example-sum-${process.pid}`;
const numbers = shm.create(1_000_000, 'Float64Array', name);
try {
  numbers.forEach((_, index) => { numbers[index] = index; });
  execFileSync(peer, [name], { stdio: 'inherit' });
  console.log('[Node] the sum is', numbers[0]);
} finally {
  shm.destroy(name);
}
