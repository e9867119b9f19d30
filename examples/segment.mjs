// Two processes on one segment: this one fills frames, the other looks at them and can write nothing.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Segment } from 'shm-typed-array';

const width = 640;
const height = 480;

if (process.argv[2] === undefined) await camera();
else viewer(process.argv[2]);

async function camera() {
  const frames = Segment.create(`/example-frames-${process.pid}`, { size: 4 + width * height * 4 });
  const number = frames.view(Int32Array, 0, 1);
  const pixels = frames.view(Uint32Array, 4);
  try {
    const peer = fork(import.meta.filename, [frames.name]);
    const ended = once(peer, 'exit');
    await once(peer, 'message'); // it has the segment open
    console.log('[camera]', frames.size, 'bytes, open in', frames.stat().attachments, 'processes');

    for (let frame = 1; frame <= 3; frame++) {
      pixels.fill(frame * 0x010101);
      Atomics.store(number, 0, frame);
      peer.send('look'); // the message orders the steps; the pixels are not in it
      await once(peer, 'message');
    }
    peer.disconnect();
    await ended;
  } finally {
    frames.unlink(); // a name stays until somebody removes it
    frames.close();
  }
  console.log('[camera] closed:', pixels.length, 'pixels left to touch');
}

function viewer(name) {
  const frames = Segment.open(name, { access: 'read' });
  const number = frames.view(Int32Array, 0, 1);
  const pixels = frames.view(Uint32Array, 4); // a ReadonlyView: get(), at(), slice(), ..., and no way to write
  process.on('message', () => {
    console.log('[viewer] frame', number.get(0), 'ends with', pixels.at(-1).toString(16));
    process.send('seen');
  });
  process.send('open');
}
