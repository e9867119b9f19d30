// Node and Python's multiprocessing.shared_memory work on one block, made by either of them. See python_peer.py.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import shm from 'shm-typed-array';

const script = fileURLToPath(new URL('python_peer.py', import.meta.url));

if (spawnSync('python3', ['--version']).status === 0) {
  nodeCreates();
  await pythonCreates();
} else {
  console.log('python3 is not on this machine: nothing to show');
}

function nodeCreates() {
  const name = `/demo-node-${process.pid}`;
  const numbers = shm.create(4, 'Float64Array', name);
  numbers.set([1, 2, 3, 4]);
  console.log('[Node]   Made', name, 'with', [...numbers]);
  spawnSync('python3', [script, 'open', name.slice(1)], { stdio: 'inherit' });
  console.log('[Node]   See', [...numbers]);
  shm.destroy(name);
}

async function pythonCreates() {
  const python = spawn('python3', [script, 'create'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(python.stdout);
  const [theirName] = await once(lines, 'line');
  const name = `/${theirName}`;
  const numbers = shm.get(name, 'Float64Array');
  console.log('[Node]   See', [...numbers.subarray(0, 4)], 'in', name, 'of', numbers.byteLength, 'bytes');
  for (let i = 0; i < 4; i++) numbers[i] *= 10;
  lines.on('line', (line) => console.log(line));
  python.stdin.end('your turn\n');
  await once(python, 'close');
  shm.detach(name);
}
