// With a type library that does not know Float16Array nothing else changes, and there is nothing of that type.
import * as shm from 'shm-typed-array';

const nothing: null = shm.create(1, 'Float16Array');
const noneToGet: null = shm.get('/name', 'Float16Array');
const buffer: shm.Shm<Buffer> | null = shm.create(1);
const floats: shm.Shm<Float32Array> | null = shm.create(1, 'Float32Array');

// @ts-expect-error
const half: Float16Array | null = null;
