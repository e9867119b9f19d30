// A WebAssembly module works on the memory that another process fills: nothing is copied into it.
// wasm-sum.wat is assembled here, by the npm package `wabt`; an application would ship the assembled module.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Segment } from 'shm-typed-array';

const count = 1_000_001;

if (process.argv[2] === undefined) {
  const numbers = Segment.create(`/example-wasm-${process.pid}`, { size: count * Float64Array.BYTES_PER_ELEMENT });
  try {
    const memory = numbers.wasmMemory(); // its first bytes are those of the segment
    const { sumFloat64 } = (await WebAssembly.instantiate(await assemble(), { env: { memory } })).instance.exports;
    console.log('[wasm]  ', memory.buffer.byteLength / 65_536, 'pages of 64 KiB for', numbers.size, 'bytes');

    const [code] = await once(fork(import.meta.filename, [numbers.name]), 'exit');
    if (code !== 0) throw new Error(`the filler ended with ${code}`);
    console.log('[wasm]   the sum is', sumFloat64(0, count));
  } finally {
    numbers.unlink();
    numbers.close();
  }
} else {
  const numbers = Segment.open(process.argv[2]).view(Float64Array);
  for (let i = 0; i < numbers.length; i++) numbers[i] = i;
  console.log('[filler] wrote', numbers.length, 'numbers');
}

async function assemble() {
  const { default: load } = await import('wabt');
  const source = readFileSync(new URL('wasm-sum.wat', import.meta.url), 'utf8');
  const module = (await load()).parseWat('wasm-sum.wat', source, { simd: true, threads: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return buffer;
}
