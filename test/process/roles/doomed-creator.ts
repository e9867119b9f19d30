// Creates, fills and destroys objects without end, until it is killed.
import shm from 'shm-typed-array';

import { roleData, send } from '../../support/role-side.js';

const { names, sizes, pattern, start } =
  roleData<{ names: string[]; sizes: number[]; pattern: number; start: number }>();

await send('ready');
for (let i = start; ; i++) {
  const name = names[i % names.length]!;
  const perm = i % 2 === 0 ? undefined : '600';
  const object = shm.create(sizes[i % sizes.length]!, 'Buffer', name, perm);
  object?.fill(pattern); // null: left by a creator that was killed, or another one is at it
  shm.destroy(name);
}
