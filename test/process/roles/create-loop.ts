// Creates and destroys one object without end, until it is killed; with `original` by that package.
import { createRequire } from 'node:module';

import { roleData, send } from '../../support/role-side.js';

type Shm = typeof import('shm-typed-array').default;

const { original, name, lengths } = roleData<{ original?: string; name: string; lengths: number[] }>();
const shm: Shm = original === undefined
  ? (await import('shm-typed-array')).default
  : createRequire(import.meta.url)(original);

await send('ready');
for (let i = 0; ; i++) {
  shm.create(lengths[i % lengths.length]!, 'Buffer', name);
  shm.destroy(name);
}
