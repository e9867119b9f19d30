// Another process that uses the library as it is told.
import * as shm from 'shm-typed-array';

import { serve } from '../../support/role-side.js';
import type { Key, TypeKey } from '../kinds.js';

const held = new Map<Key, Uint8Array>();

function hold(key: Key, view: { buffer: ArrayBufferLike; length: number } | null): number | null {
  if (view === null) return null;
  held.set(key, new Uint8Array(view.buffer));
  return view.length;
}

serve({
  create: (count: number, typeKey: TypeKey, key: Key, perm?: string) => hold(key, shm.create(count, typeKey, key, perm)),
  get: (key: Key, typeKey: TypeKey) => hold(key, shm.get(key, typeKey)),
  fill: (key: Key, byte: number) => held.get(key)!.fill(byte).length,
  read: (key: Key, start: number, end: number) => [...held.get(key)!.subarray(start, end)],
  detach: (key: Key, force?: boolean) => shm.detach(key, force),
  destroy: (key: Key) => shm.destroy(key),
  detachAll: () => shm.detachAll(),
  totals: () => [shm.getTotalSize(), shm.getTotalCreatedSize()],
});
