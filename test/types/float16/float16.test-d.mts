// With a type library that knows Float16Array.
import * as shm from 'shm-typed-array';

const half: shm.Shm<Float16Array> | null = shm.create(1, 'Float16Array');
const got: shm.Shm<Float16Array> | null = shm.get('/name', 'Float16Array');
if (half) {
  half[0] = 0.5;
  const element: number | undefined = half[0];
  const key: number | undefined = half.key;
}

// @ts-expect-error
const notNull: Float16Array = shm.create(1, 'Float16Array');
// @ts-expect-error
const other: Float32Array | null = shm.create(1, 'Float16Array');
