// `npm run demo`: sets up, then shows the main job with System V segments, with POSIX objects, and with Python.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup.mjs';
import { root } from './tools.mjs';

await setUp();
show('Two Node processes, System V', 'cluster.mjs');
show('Two Node processes, POSIX', 'cluster.mjs', '--posix');
show('Node and Python', 'python-peer.mjs');

function show(title, example, ...args) {
  console.log(`\n== ${title}: node ${['examples/' + example, ...args].join(' ')}`);
  const { status } = spawnSync(process.execPath, [`examples/${example}`, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
