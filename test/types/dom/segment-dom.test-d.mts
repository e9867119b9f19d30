// With the type library of browsers, which knows WebAssembly.
import { Segment } from 'shm-typed-array';

const memory: WebAssembly.Memory = Segment.anonymous({ size: 1 }).wasmMemory();
const imports: WebAssembly.Imports = { env: { memory } };
const buffer: ArrayBufferLike = memory.buffer;
const decoded: string = Segment.open('/name').readString(0, 1, new TextDecoder());
