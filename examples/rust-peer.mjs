// Node and Rust on one array: this program fills it, examples/rust/sum_peer.rs adds it up.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Segment } from 'shm-typed-array';

if (spawnSync('rustc', ['--version']).status === 0) share();
else console.log('rustc is not on this machine: nothing to show');

function share() {
  const folder = mkdtempSync(join(tmpdir(), 'shm-rust-'));
  const source = fileURLToPath(new URL('rust/sum_peer.rs', import.meta.url));
  const segment = Segment.create(`/example-rust-${process.pid}`, { size: 1_000_000 * Float64Array.BYTES_PER_ELEMENT });
  try {
    execFileSync('rustc', ['--edition', '2021', '-O', '-o', join(folder, 'sum_peer'), source], { stdio: 'inherit' });
    const numbers = segment.view(Float64Array);
    for (let i = 0; i < numbers.length; i++) numbers[i] = i;
    execFileSync(join(folder, 'sum_peer'), [segment.name], { stdio: 'inherit' });
    console.log('[Node] the sum is', numbers[0]);
  } finally {
    segment.unlink();
    segment.close();
    rmSync(folder, { recursive: true });
  }
}
