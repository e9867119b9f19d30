// Other processes and threads that do with segments what a test asks for.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { type Role, type RoleOptions, withRole } from '../support/roles.js';
import { terminate } from '../support/runtime.js';
import type { Outcome } from './segment-calls.js';

/** Runs `body` beside another process. */
export function withPeer(body: (peer: Role) => Promise<void>, options: RoleOptions = {}): Promise<void> {
  return withRole(new URL('./roles/peer.js', import.meta.url), options, async (peer) => {
    await peer.expect('ready');
    await body(peer);
  });
}

/** For {@link withPeer}: a process of another user. */
export function asUser(user: number, groups: readonly number[] = []): RoleOptions & { through: string[] } {
  const set = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join()}`;
  return { data: { user, groups }, through: process.setgroups === undefined ? ['setpriv', set] : [] };
}

/** Has the peer make a segment, which must succeed. @returns its number there */
export async function idOf(peer: { call(name: string, ...args: unknown[]): Promise<unknown> }, ...args: unknown[]): Promise<number> {
  const { made, error } = (await peer.call('make', ...args)) as Outcome;
  if (error !== undefined) throw Object.assign(new Error(error.message), error);
  return made.id;
}

/** A thread of this process that does the same. */
export class Thread {
  readonly #worker = new Worker(new URL('./roles/thread.js', import.meta.url));
  readonly #exit = once(this.#worker, 'exit');
  #isOver = false;

  static async start(): Promise<Thread> {
    const thread = new Thread();
    void thread.#exit.then(() => thread.#isOver = true);
    await once(thread.#worker, 'message');
    return thread;
  }

  /** Messages may hold SharedArrayBuffers. */
  async call<T = unknown>(call: string, ...args: readonly unknown[]): Promise<T> {
    this.#worker.postMessage({ call, args });
    const { result, error } = await this.next<T>();
    if (error !== undefined) throw error;
    return result;
  }

  /** What it says without being asked. */
  async next<T = unknown>(): Promise<{ readonly result: T; readonly error?: Error }> {
    return ((await once(this.#worker, 'message')) as [{ result: T }])[0];
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    this.#worker.postMessage({ call: 'end' });
    await this.#exit;
  }

  async terminate(): Promise<void> {
    await terminate(this.#worker, () => this.#isOver);
  }
}
