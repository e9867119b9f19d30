// What a process or a thread does with the objects of a managed segment when a test asks for it.
import { type LockGuard, ManagedSegment, Segment } from 'shm-typed-array';

type Anything = Record<string, (...args: unknown[]) => unknown>;
interface Held { release(): void; markConsistent?(): void; readonly ownerDied?: boolean }

/** An object of a managed segment, by what makes it: `['semaphore', 'pool', { permits: 2 }]`. */
export type What = readonly [kind: string, name: string, options?: unknown];
/** What a call came to. */
export interface Came {
  readonly guard?: number;
  readonly ownerDied?: boolean;
  readonly value?: unknown;
  readonly code?: string;
}

let app: ManagedSegment;
const held = new Map<number, Held>();
const kept: unknown[] = [];

function object([kind, name, options]: What): Anything {
  return (app as unknown as Anything)[kind]!(name, ...(options === undefined ? [] : [options])) as Anything;
}

export const lockCalls = {
  open(name: string, options?: { size: number }) {
    app = options === undefined ? ManagedSegment.open(name) : ManagedSegment.openOrCreate(name, options as never);
    return app.created;
  },
  /** Calls a method, whose guard stays here: `release` takes its number. An error is its code. */
  async use(what: What, method: string, ...args: unknown[]): Promise<Came> {
    try {
      const answer = await object(what)[method]!(...args);
      if (typeof (answer as Held | null)?.release !== 'function') return answer === undefined ? {} : { value: answer };
      const guard = answer as Held;
      held.set(held.size + 1, guard);
      return { guard: held.size, ...(guard.ownerDied !== undefined && { ownerDied: guard.ownerDied }) };
    } catch (error) {
      return { code: (error as NodeJS.ErrnoException).code! };
    }
  },
  /** Begins a call and answers at once; settled() tells more. */
  begin(what: What, method: string, ...args: unknown[]): number {
    return kept.push(lockCalls.use(what, method, ...args)) - 1;
  },
  settled: (number: number) => kept[number],
  /** Waits with a condition, for the guard of this number. */
  async wait(what: What, guard: number, options?: object): Promise<Came> {
    try {
      const same = await object(what)['wait']!(held.get(guard), options) === held.get(guard);
      return { value: same, ownerDied: held.get(guard)!.ownerDied! };
    } catch (error) {
      return { code: (error as NodeJS.ErrnoException).code! };
    }
  },
  /** Waits synchronously for a condition while a call of the same thread queues for the mutex. */
  async waitSyncWithQueue(lock: What, condition: What): Promise<string[]> {
    const mutex = object(lock) as unknown as { lock(): Promise<LockGuard>; lockSync(): LockGuard };
    const order: string[] = [];
    const guard = mutex.lockSync();
    const queued = mutex.lock().then((next) => {
      order.push('queued');
      next.release();
    });
    object(condition)['waitSync']!(guard);
    order.push('had it');
    guard.release();
    await queued;
    return order;
  },
  get: (what: What, property: string) => (object(what) as never)[property],
  release: (guard: number) => held.get(guard)!.release(),
  markConsistent: (guard: number) => held.get(guard)!.markConsistent!(),
  /** Adds to an unprotected number so often, each time under the lock, in every way to lock. */
  async count(what: What, data: string, rounds: number) {
    const memory = Segment.open(data);
    const numbers = memory.view(Int32Array);
    const lock = object(what) as unknown as { lock(): Promise<LockGuard>; lockSync(): LockGuard; tryLock(): LockGuard | null };
    for (let i = 0; i < rounds; i++) {
      const guard = i % 3 === 0 ? await lock.lock() : i % 3 === 1 ? lock.lockSync() : (lock.tryLock() ?? lock.lockSync());
      numbers[0] = numbers[0]! + 1;
      guard.release();
    }
    memory.close();
  },
  close: () => app.close(),
  isClosed: () => app.closed,
  participants: () => app.participants().map(({ since, ...rest }) => ({ ...rest, since: since?.getTime() })),
  /** Loses every guard, and looks for garbage until `rounds` event loops are over. */
  async forget(rounds: number) {
    held.clear();
    kept.length = 0;
    for (let i = 0; i < rounds; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      (globalThis as { gc?: () => void }).gc!();
    }
  },
  exit: (code: number) => void setImmediate(() => process.exit(code)),
};
