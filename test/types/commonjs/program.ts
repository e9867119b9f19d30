// A program compiled the old way: CommonJS modules, resolution of before package exports, not strict.
import * as cluster from 'cluster';
import * as shm from 'shm-typed-array';

let buf: shm.Shm<Buffer>, arr: shm.Shm<Float32Array>;
if ((cluster as any).isMaster) {
  buf = shm.create(4096);
  arr = shm.create(1000000 * 100, 'Float32Array');
  buf[0] = 1;
  arr[0] = 10.0;
  const keys: { buf: number; arr: number } = { buf: buf.key, arr: arr.key };
} else {
  buf = shm.get(1);
  arr = shm.get(2, 'Float32Array');
  shm.detach(2);
  arr = null;
}
const plain: Buffer = shm.create(1, 'Buffer', '/test', '660');
const total: number = shm.getTotalSize() + shm.getTotalCreatedSize() + shm.detachAll();
const done: boolean = shm.destroy('/test');
const type: number = shm.BufferType.Float32Array;
