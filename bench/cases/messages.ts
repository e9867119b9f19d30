// message-one-way, message-round-trip: one Node process sends messages of 64 bytes to another.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messengerOf } from '../messenger.js';
import type { BenchCase, Job, Memory, Trial } from '../model.js';

const peer = fileURLToPath(new URL('../message-peer.js', import.meta.url));

/** @param atOnce - how many messages the other side answers with one */
function beginMessages(memory: Memory, job: Job, module: string, atOnce: number): Trial {
  const { bytes, key, variant } = job;
  const serialization = variant === 'advanced' ? 'advanced' : 'json';
  const child = fork(peer, [module, String(key), String(bytes), String(atOnce), variant ?? ''], { serialization });
  const connecting = messengerOf(memory, String(key), 'trial', child, bytes, variant);
  const message = new Uint8Array(bytes).fill(1);
  return {
    async round() {
      const messenger = await connecting;
      for (let sent = 0; sent < job.count; sent += atOnce) {
        await messenger.send(message, atOnce);
        await messenger.received(1);
      }
    },
    end() {
      child.kill('SIGKILL');
      void connecting.then((messenger) => messenger.close());
    },
  };
}

const oneWay = { bytes: 64, segments: 1, count: 200_000, rounds: 5, warmup: 2 };
const slowOneWay = { ...oneWay, count: 20_000 };

const messageOneWay: BenchCase = {
  name: 'message-one-way',
  title: '64 bytes one way, between two Node processes',
  note: 'Ours looks all the time: each message by itself, or batches by `sendMany()` and `drain()`. Time for one message.',
  verb: 'message-one-way',
  kind: 'posix',
  unit: 'ns',
  full: oneWay,
  quick: { ...oneWay, count: 1000, rounds: 1, warmup: 0 },
  lines: [
    { contender: 'ours' }, { contender: 'ours', variant: 'batches' }, { contender: 'ours', variant: 'awaited', size: slowOneWay },
    { contender: 'unix-socket', size: slowOneWay }, { contender: 'process.send', size: slowOneWay },
    { contender: 'process.send', variant: 'advanced', size: slowOneWay },
  ],
  baseline: 'process.send',
  goals: [
    { line: 'ours', atMost: 250 }, { line: 'ours, batches', atMost: 100 },
    { line: 'ours', versus: 'process.send', atMost: 1 / 15 }, { line: 'ours, batches', versus: 'process.send', atMost: 1 / 35 },
  ],
  begin: (memory, job, module) => beginMessages(memory, job, module, job.count),
};

const roundTrips = { bytes: 64, segments: 1, count: 20_000, rounds: 5, warmup: 2 };
const slowRoundTrips = { ...roundTrips, count: 1000 };

const messageRoundTrip: BenchCase = {
  name: 'message-round-trip',
  title: '64 bytes there and back, between two Node processes',
  note: 'Ours looks all the time, or awaits both ways in the event loop.',
  verb: 'message-round-trip',
  kind: 'posix',
  unit: 'µs',
  full: roundTrips,
  quick: { ...roundTrips, count: 100, rounds: 1, warmup: 0 },
  lines: [
    { contender: 'ours' }, { contender: 'ours', variant: 'awaited', size: slowRoundTrips },
    { contender: 'unix-socket', size: slowRoundTrips }, { contender: 'process.send', size: slowRoundTrips },
    { contender: 'process.send', variant: 'advanced', size: slowRoundTrips },
  ],
  baseline: 'unix-socket',
  goals: [
    { line: 'ours', atMost: 0.6 }, { line: 'ours', versus: 'process.send', atMost: 1 / 100 },
    { line: 'ours, awaited', versus: 'unix-socket', atMost: 1 },
  ],
  begin: (memory, job, module) => beginMessages(memory, job, module, 1),
};

export const messages = [messageOneWay, messageRoundTrip];
