// Tests of managed segments beside other processes and threads that have them open.
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type ManagedCreateOptions, ManagedSegment } from 'shm-typed-array';

import { uniqueName } from '../support/names.js';
import { skipNow } from '../support/not-run.js';
import { type Role, type RoleOptions, startRole } from '../support/roles.js';
import { terminate } from '../support/runtime.js';
import type { Came, What } from './lock-calls.js';

const script = new URL('./roles/locks.js', import.meta.url);

/** Somebody else who has the segment open. */
export interface Peer {
  call<T = unknown>(name: string, ...args: readonly unknown[]): Promise<T>;
  /** lockCalls.use() */
  use(what: What, method: string, ...args: readonly unknown[]): Promise<Came>;
  /** Ends it where it is, as by a crash, and waits until it has ended. */
  die(): Promise<void>;
  /** Lets it end in the ordinary way. */
  end(): Promise<void>;
}

export const peerKinds = ['process', 'thread'] as const;
export type PeerKind = (typeof peerKinds)[number];

/** A process, which can do more than a thread. */
export class ProcessPeer implements Peer {
  readonly role: Role;

  constructor(options: RoleOptions = {}, from = script) {
    this.role = startRole(from, options);
  }

  call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    return this.role.call<T>(name, ...args);
  }

  use(what: What, method: string, ...args: readonly unknown[]): Promise<Came> {
    return this.call('use', what, method, ...args);
  }

  async die(): Promise<void> {
    this.role.kill();
    await this.role.ended;
  }

  async end(): Promise<void> {
    if (!this.role.hasEnded) await this.role.stop();
  }
}

export class ThreadPeer implements Peer {
  readonly #worker: Worker;
  readonly #exit: Promise<unknown>;
  readonly ready: Promise<unknown>;
  readonly #calls = new Map<number, (message: { result: unknown; error?: Error }) => void>();
  #ids = 0;
  #isOver = false;

  constructor(from = script) {
    this.#worker = new Worker(from);
    this.#exit = once(this.#worker, 'exit');
    this.ready = once(this.#worker, 'message');
    void this.#exit.then(() => this.#isOver = true);
    this.#worker.on('message', (message) => this.#calls.get(message.id)?.(message));
  }

  async call<T>(call: string, ...args: readonly unknown[]): Promise<T> {
    const id = ++this.#ids;
    const answered = new Promise<{ result: unknown; error?: Error }>((resolve) => this.#calls.set(id, resolve));
    this.#worker.postMessage({ id, call, args });
    const { result, error } = await answered;
    if (error !== undefined) throw error;
    return result as T;
  }

  use(what: What, method: string, ...args: readonly unknown[]): Promise<Came> {
    return this.call('use', what, method, ...args);
  }

  async die(): Promise<void> {
    await terminate(this.#worker, () => this.#isOver);
  }

  async end(): Promise<void> {
    if (!this.#isOver) this.#worker.postMessage({ call: 'end' });
    await this.#exit;
  }
}

/** What a test of managed segments works with. */
export interface Stage {
  readonly app: ManagedSegment;
  readonly name: string;
  readonly context: TestContext;
  /** Starts somebody who has the segment open. */
  start(kind: PeerKind): Promise<Peer>;
  startProcess(options?: RoleOptions): Promise<ProcessPeer>;
}

/** `role`: the script of the others. */
type Options = Partial<ManagedCreateOptions> & { skip?: string | false; role?: URL };

/** A test with a managed segment, which leaves nothing of it. */
export function managedTest(title: string, body: (stage: Stage) => void | Promise<void>, { skip, role, ...options }: Options = {}): void {
  test(title, async (context) => {
    if (skip) return skipNow(context, skip);
    const name = uniqueName();
    const app = ManagedSegment.create(name, { size: 1 << 17, ...options });
    const peers: Peer[] = [];
    const opened = async <P extends Peer>(peer: P): Promise<P> => {
      peers.push(peer);
      await peer.call('open', name);
      return peer;
    };
    const startProcess = async (roleOptions?: RoleOptions) => {
      const peer = new ProcessPeer(roleOptions, role);
      await peer.role.expect('ready');
      return opened(peer);
    };
    const startThread = async () => {
      const peer = new ThreadPeer(role);
      await peer.ready;
      return opened(peer);
    };
    try {
      await body({ app, name, context, start: (kind) => (kind === 'process' ? startProcess() : startThread()), startProcess });
      for (const peer of peers) await peer.end();
    } catch (error) {
      for (const peer of peers) await peer.die().catch(() => {});
      throw error;
    } finally {
      app.close();
      if (ManagedSegment.exists(name)) ManagedSegment.unlink(name);
    }
  });
}
