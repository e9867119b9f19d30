// Does with the segments of its process what the test calls for; with `original` by that package, in place of ours.
import { createRequire } from 'node:module';

import { roleData, serve } from '../../support/role-side.js';

type Shm = typeof import('shm-typed-array').default;
type Key = Parameters<Shm['get']>[0];
type TypeKey = keyof import('shm-typed-array').ShmMap;
type Numbers = { readonly length: number; [index: number]: number | bigint };

const { original } = roleData<{ original?: string } | null>() ?? {};
const shm: Shm = original === undefined
  ? (await import('shm-typed-array')).default
  : createRequire(import.meta.url)(original);

const arrays = new Map<Key, Numbers>();

function keep(array: (Numbers & { key?: number }) | null, key: Key | null): { length: number; key: Key } | null {
  if (array === null) return null;
  const ownKey = key ?? array.key!;
  arrays.set(ownKey, array);
  return { length: array.length, key: ownKey };
}

serve({
  create: (count: number, type: TypeKey, key: Key | null, perm?: string) =>
    keep(shm.create(count, type, key, perm) as Numbers | null, key),
  get: (key: Key, type: TypeKey) => keep(shm.get(key, type) as Numbers | null, key),
  /** BigInts are numbers on the way. */
  read: (key: Key) => Array.from({ length: arrays.get(key)!.length }, (_, i) => Number(arrays.get(key)![i])),
  write: (key: Key, values: number[]) => {
    const array = arrays.get(key)!;
    const convert = array instanceof BigInt64Array || array instanceof BigUint64Array ? BigInt : Number;
    for (const [i, value] of values.entries()) array[i] = convert(value);
  },
  length: (key: Key) => arrays.get(key)!.length,
  detach: (key: Key, force?: boolean) => shm.detach(key, force),
  destroy: (key: Key) => shm.destroy(key),
  detachAll: () => shm.detachAll(),
  totals: () => ({ mapped: shm.getTotalSize(), created: shm.getTotalCreatedSize() }),
});
