// A peer makes the object shorter while it is mapped and guarded.
import { truncateSync } from 'node:fs';

import { Segment } from 'shm-typed-array';

const page = 4096;
const size = 64 * page;

interface Seen {
  readonly kept: number;
  readonly lost: number;
  readonly truncated: boolean;
  readonly code: unknown;
}

const survived: Seen = { kept: 7, lost: 0, truncated: true, code: 'ERR_SHM_TRUNCATED' };

export const expectedTruncations: Record<string, Seen> = {
  'reads through a view': survived,
  'writes through a view': survived,
  'reads through a SharedArrayBuffer': survived,
  'reads through a WebAssembly memory': survived,
  'reads through a read-only view': survived,
  'reads and writes of a copy-on-write view': survived,
  'copies by native code': survived,
  'an object of 0 bytes': { ...survived, kept: 0 },
};
if (process.versions['bun'] !== undefined) delete expectedTruncations['reads through a WebAssembly memory'];

export const truncation: Record<string, (name: string) => Seen> = {
  'reads through a view': (name) => cut(name, (s) => s.view(Uint8Array)),
  'writes through a view': (name) => cut(name, (s) => s.view(Uint8Array), (view) => {
    view[size - 2] = 1; // private from now on
    Atomics.add(view, size - page - 1, 5);
  }),
  'reads through a SharedArrayBuffer': (name) => cut(name, (s) => new Uint8Array(s.sharedBuffer, 0, size)),
  'reads through a WebAssembly memory': (name) => cut(name, (s) => new Uint8Array(s.wasmMemory().buffer, 0, size)),
  'reads through a read-only view': (name) => {
    const seen = withTruncated(name, () => {
      const s = Segment.open(name, { access: 'read', guard: true });
      const view = s.view(Uint8Array);
      return { s, at: (index: number) => view.get(index)! };
    });
    return seen;
  },
  'reads and writes of a copy-on-write view': (name) => withTruncated(name, () => {
    const s = Segment.open(name, { access: 'read', raw: 'copy-on-write', guard: true });
    const view = s.view(Uint8Array);
    return {
      s,
      at: (index) => {
        if (index > page) view[index - 1] = 3;
        return view[index]!;
      },
    };
  }),
  'copies by native code': (name) => cut(name, (s) => s.view(Uint8Array), (view) => {
    Buffer.from(view);
    view.slice().fill(1);
    view.copyWithin(page * 3, page * 2);
  }),
  'an object of 0 bytes': (name) => cut(name, (s) => s.view(Uint8Array), undefined, 0),
};

function cut(
  name: string, viewOf: (s: Segment) => Uint8Array, use?: (view: Uint8Array) => void, length = page,
): Seen {
  return withTruncated(name, () => {
    const s = Segment.open(name, { guard: true });
    const view = viewOf(s);
    return {
      s,
      at: (index) => {
        use?.(view);
        return view[index]!;
      },
    };
  }, length);
}

function withTruncated(
  name: string, open: () => { s: Pick<Segment, 'truncated' | 'close' | 'stat'>; at: (index: number) => number }, length = page,
): Seen {
  const maker = Segment.create(name, { size });
  maker.view(Uint8Array).fill(7);
  const { s, at } = open();
  if (at(size - 1) !== 7 || s.truncated) throw new Error('not what it was');
  truncateSync(`/dev/shm${name}`, length);
  const lost = at(size - 1);
  const kept = at(0);
  const { truncated } = s;
  const code = codeOf(() => s.stat());
  s.close();
  s.close();
  maker.close();
  Segment.unlink(name);
  return { kept, lost, truncated, code };
}

export function codeOf(call: () => unknown): unknown {
  try {
    call();
    return 'none';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
