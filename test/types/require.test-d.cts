// A CommonJS program, with both ways that TypeScript has to write require().
import shm = require('shm-typed-array');
import * as namespace from 'shm-typed-array';

const buffer: shm.Shm<Buffer> | null = shm.create(1);
const floats: namespace.Shm<Float32Array> | null = namespace.get('/name', 'Float32Array');
const key: number | undefined = buffer?.key;
const left: number = shm.detach(5);
const most: number = shm.LengthMax;
const same: typeof shm.create = namespace.create;

// @ts-expect-error
const notNull: Buffer = shm.create(1);
// @ts-expect-error
shm.create(1, 'NoSuchArray');
// @ts-expect-error
shm.detach();
