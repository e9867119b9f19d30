// State in a file: each process finds what the one before it left, though each of them is killed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Segment } from 'shm-typed-array';

if (process.argv[2] === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'shm-state-'));
  const file = join(folder, 'state.bin');
  try {
    for (let run = 1; run <= 3; run++) spawnSync(process.execPath, [import.meta.filename, file], { stdio: 'inherit' });
    const state = Segment.openFile(file, { access: 'read' });
    console.log('the file has', state.size, 'bytes and counted', state.view(Uint32Array).get(0), 'runs');
    state.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
} else {
  const state = Segment.openFile(process.argv[2], { size: 4096 }); // made complete by the first, found by the others
  const runs = state.view(Uint32Array);
  runs[0] += 1;
  console.log(state.created ? 'made the file:' : 'found the file:', 'run', runs[0]);
  state.flush(); // on the disk from here on: the end of the machine could not undo it either
  process.kill(process.pid, 'SIGKILL');
}
