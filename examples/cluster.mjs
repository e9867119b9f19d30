// Two processes work on the same Buffer and the same array of 100 million numbers.
//   node examples/cluster.mjs            System V segments, found by their numbers
//   node examples/cluster.mjs --posix    POSIX objects, found by their names
import cluster from 'node:cluster';
import { once } from 'node:events';
import { statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import shm from 'shm-typed-array';

const posix = process.argv.includes('--posix');
process.on('SIGINT', () => process.exit(130)); // Ctrl-C shall end like any other exit, with everything cleaned up

if (cluster.isPrimary) await primary();
else worker();

async function primary() {
  const names = posix ? [`/demo-buf-${process.pid}`, `/demo-arr-${process.pid}`] : [];
  const buf = shm.create(4096, 'Buffer', names[0]);
  const arr = shm.create(elements(), 'Float32Array', names[1]);
  const [bufKey, arrKey] = posix ? names : [buf.key, arr.key];
  if (posix) process.on('exit', () => destroy(names));
  console.log('[Primary] Typeof buf:', buf.constructor.name, 'Typeof arr:', arr.constructor.name);

  buf[0] = 1;
  arr[0] = 10;
  const peer = cluster.fork();
  await once(peer, 'message');
  peer.send({ bufKey, arrKey });

  for (let round = 0; round < 5; round++) {
    await sleep(500);
    buf[0] += 1;
    arr[0] /= 2;
    console.log(round, '[Primary] Set buf[0]=', buf[0], ' arr[0]=', arr[0]);
    peer.send({ round });
  }
  peer.disconnect();
  await once(peer, 'exit');
  // Nobody uses the System V segments after this process: the library destroys them at its exit, and says so.
}

// POSIX objects stay until somebody destroys them.
function destroy(names) {
  console.log('posix objects destroyed:', names.filter((name) => shm.destroy(name)).length);
}

function worker() {
  let buf, arr, arrKey;
  process.on('message', (message) => {
    if ('bufKey' in message) {
      arrKey = message.arrKey;
      buf = shm.get(message.bufKey);
      arr = shm.get(arrKey, 'Float32Array');
      console.log('[Worker] Typeof buf:', buf.constructor.name, 'Typeof arr:', arr.constructor.name);
    } else {
      console.log(message.round, '[Worker] Get buf[0]=', buf[0], ' arr[0]=', arr[0]);
      if (message.round === 1) shm.detach(arrKey); // arr is empty from here on, and harmless to touch
    }
  });
  process.send('ready');
}

function elements() {
  const wanted = 100_000_000;
  if (!posix) return wanted;
  // POSIX objects get all of their memory when they are created, so there must be room for it.
  const { bavail, bsize } = statfsSync('/dev/shm');
  const fitting = Math.floor((bavail * bsize * 0.9) / Float32Array.BYTES_PER_ELEMENT);
  if (fitting >= wanted) return wanted;
  console.log(`/dev/shm has no room for ${wanted} elements, so here are ${fitting}`);
  return fitting;
}
