// Starts the other processes of a test. Steps are ordered by messages; a process that does not answer is ended by a
// watchdog, which fails the test with the name of the role and what it printed.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { addOwnProcess } from './leftovers.js';

const defaultWatchdog = 60_000;

export interface RoleOptions {
  /** What roleData() answers in the role. */
  data?: unknown;
  /** Options of node, such as --expose-gc. */
  nodeOptions?: readonly string[];
  /** A command that starts the one given to it as further arguments: `['prlimit', '--nofile=40']`. */
  through?: readonly string[];
  /** Added to the environment; undefined takes a variable out. */
  env?: Record<string, string | undefined>;
  /** Milliseconds until a process is given up. */
  watchdog?: number;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const living = new Set<Role>();
process.on('exit', () => {
  for (const role of living) role.kill();
});

/** Another process of the test. */
export class Role {
  readonly name: string;
  readonly pid: number;
  /** Settles when the process has ended; fails if that was the watchdog's doing. */
  readonly ended: Promise<Ending>;
  stdout = '';
  stderr = '';

  readonly #child: ChildProcess;
  readonly #messages: unknown[] = [];
  readonly #waiting: { resolve: (message: unknown) => void; reject: (error: Error) => void }[] = [];
  #end: Ending | Error | undefined;

  constructor(name: string, child: ChildProcess, watchdog: number) {
    assert.ok(child.pid !== undefined, `${name}: can't be started`);
    this.name = name;
    this.pid = child.pid;
    this.#child = child;
    addOwnProcess(this.pid);
    living.add(this);

    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    let isHung = false;
    const timer = setTimeout(() => {
      isHung = true;
      this.kill();
    }, watchdog);
    this.ended = whenOver(child).then(() => {
      clearTimeout(timer);
      living.delete(this);
      const { stdout, stderr } = this;
      const { exitCode: code, signalCode: signal } = child;
      this.#end = isHung ? this.#failure(`hung for ${watchdog} ms`) : { code, signal, stdout, stderr };
      const early = isHung ? (this.#end as Error) : this.#failure(`ended early, by ${signal ?? `exit code ${code}`}`);
      for (const { reject } of this.#waiting.splice(0)) reject(early);
      if (this.#end instanceof Error) throw this.#end;
      return this.#end;
    });
    this.ended.catch(() => {}); // whoever awaits it, or a message, sees the failure
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** What the process says next; fails when it ends instead. */
  receive<T = unknown>(): Promise<T> {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift() as T);
    if (this.#end instanceof Error) return Promise.reject(this.#end);
    if (this.#end !== undefined) return Promise.reject(this.#failure('has ended'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve: resolve as (message: unknown) => void, reject }));
  }

  /** Waits for one particular message. */
  async expect(message: unknown): Promise<void> {
    assert.deepEqual(await this.receive(), message, `${this.name} says something else`);
  }

  send(message: unknown): void {
    const text = JSON.stringify(message);
    if (this.#child.connected) this.#child.send(text);
    else this.#child.stdin!.write(`${text}\n`);
  }

  /** Calls one of the functions that the role serves; what it throws is thrown here. */
  async call<T = unknown>(name: string, ...args: readonly unknown[]): Promise<T> {
    this.send({ call: name, args });
    const { result, error } = await this.receive<{ result: T; error?: { message: string } }>();
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return result;
  }

  /** Ends the process, and all it started, at once. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Lets a role that waits for messages exit in the ordinary way. */
  async stop(): Promise<Ending> {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.stdin?.end();
    return this.succeeds();
  }

  /** Waits for the end, which must be exit code 0. */
  async succeeds(): Promise<Ending> {
    const end = await this.ended;
    if (end.code !== 0) throw this.#failure(`ended with ${end.signal ?? `exit code ${end.code}`}`);
    return end;
  }

  /** Takes a message that came over the channel. */
  deliver(message: unknown): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting.resolve(message);
  }

  #failure(what: string): Error {
    return new Error(`role ${this.name} (pid ${this.pid}) ${what}\n--- stdout\n${this.stdout}--- stderr\n${this.stderr}`);
  }
}

/** Runs a role script, by its URL, in the runtime under test. It talks through support/role-side.ts. */
export function startRole(script: URL, options: RoleOptions = {}): Role {
  const path = fileURLToPath(script);
  const command = [...(options.nodeOptions ?? []), path, JSON.stringify(options.data ?? null)];
  const name = basename(path, '.js');
  const child = start([...(options.through ?? []), process.execPath, ...command], options, ['ignore', 'pipe', 'pipe', 'ipc']);
  const role = new Role(name, child, options.watchdog ?? defaultWatchdog);
  child.on('message', (text) => role.deliver(JSON.parse(text as string)));
  return role;
}

/** Runs a role script to its end, which must be exit code 0. */
export function runRole(script: URL, options: RoleOptions = {}): Promise<Ending> {
  return startRole(script, options).succeeds();
}

/** Runs `body` beside a role, which then stops; or is killed at once if `body` fails. */
export async function withRole(script: URL, options: RoleOptions, body: (role: Role) => Promise<void>): Promise<void> {
  const role = startRole(script, options);
  try {
    await body(role);
  } catch (error) {
    role.kill();
    throw error;
  }
  await role.stop();
}

/** Runs a program of another language. Its messages are the lines of JSON that it reads and writes. */
export function startProgram(command: readonly string[], options: Omit<RoleOptions, 'data' | 'nodeOptions'> = {}): Role {
  const child = start([...(options.through ?? []), ...command], options, ['pipe', 'pipe', 'pipe']);
  const role = new Role(basename(command[0]!), child, options.watchdog ?? defaultWatchdog);
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (/^[[{"\d]|^(true|false|null)$/.test(line)) role.deliver(JSON.parse(line));
  });
  return role;
}

/** Waits for the end of the process and of all it says. Its 'close' event never comes once we have disconnected. */
async function whenOver(child: ChildProcess): Promise<void> {
  const outputs = [child.stdout, child.stderr].filter((stream) => stream !== null);
  await Promise.all([once(child, 'exit'), ...outputs.map((stream) => once(stream, 'close'))]);
  if (child.connected) await once(child, 'disconnect');
}

function start(command: readonly string[], options: RoleOptions, stdio: ('pipe' | 'ignore' | 'ipc')[]): ChildProcess {
  const [file, ...args] = hasSetpriv ? ['setpriv', '--pdeathsig', 'KILL', ...command] : command;
  const env = { ...process.env, ...options.env };
  delete env['NODE_TEST_CONTEXT']; // a role's own output is no test report
  return spawn(file!, args, { stdio, detached: true, env });
}

// The kernel then ends the children of a test that was killed. Where it is missing, only tests that exit do it.
const hasSetpriv = ['/usr/bin/setpriv', '/bin/setpriv'].some((path) => existsSync(path));
