// Node and numpy on one matrix: an array of numpy over the bytes of a segment, by name and by descriptor. See
// numpy_peer.py.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Segment } from 'shm-typed-array';

const script = fileURLToPath(new URL('numpy_peer.py', import.meta.url));
const python = ['python3', '/usr/bin/python3'].find((each) => spawnSync(each, ['-c', 'import numpy']).status === 0);
const rows = 2;
const columns = 3;
const size = rows * columns * Float64Array.BYTES_PER_ELEMENT;

if (python === undefined) {
  console.log('numpy is not on this machine: nothing to show');
} else {
  const named = Segment.create(`/example-matrix-${process.pid}`, { size });
  try {
    show(named, [named.name]);
  } finally {
    named.unlink();
    named.close();
  }
  const unnamed = Segment.anonymous({ size });
  show(unnamed, ['3'], unnamed.fd); // as descriptor 3 of the child
  unnamed.close();
}

function show(segment, args, ...descriptors) {
  const matrix = segment.view(Float64Array);
  matrix.set([1, 2, 3, 4, 5, 6]);
  spawnSync(python, [script, ...args, String(columns)], { stdio: ['inherit', 'inherit', 'inherit', ...descriptors] });
  console.log('[Node]   See', [...matrix], 'in a segment of kind', segment.kind);
}
