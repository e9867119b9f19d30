// Starts the processes of the trials, ends them, and removes what they left behind.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Key, Kind, Measured, NotRun } from './model.js';

const hungAfter = 300_000; // ms; nothing here takes a tenth of it
const prefix = `shm-bench-${process.pid}-`;
const started = new Set<number>();
let keys = 0;

/** A key that no other run uses: the start of names, or the first of some thousand numbers. */
export function uniqueKey(kind: Kind): Key {
  return kind === 'posix' ? `/${prefix}${keys++}` : randomInt(0x1000_0000, 0x7fff_0000);
}

/** Runs a command to its end and gives the JSON that it printed; throws what it said on standard error if it failed. */
export async function runTrial(command: string[], signal: AbortSignal): Promise<Measured | NotRun> {
  const child = start(command, signal);
  child.stdin.end();
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  // Not `error`, which comes before the process is gone: what it leaves behind is removed after this.
  const [code, killedBy] = await once(child, 'close');
  signal.throwIfAborted();
  // The package and the original say goodbye on standard output, hence the search.
  const json = output.split('\n').find((line) => line.startsWith('{'));
  if (code === 0 && json !== undefined) return JSON.parse(json);
  const reason = errors.split('\n').find((line) => /^(\w*Error\b|\w+: )/.test(line));
  throw new Error(reason ?? `ended with ${killedBy ?? `code ${code}`}`);
}

/** Starts a command that works until its standard input ends, and waits for its first line. */
export async function startKeeper(command: string[], signal: AbortSignal): Promise<{ stop(): Promise<void> }> {
  const child = start(command, signal);
  child.stderr.pipe(process.stderr);
  const closed = once(child, 'close');
  const [first] = await Promise.race([once(createInterface(child.stdout), 'line'), closed.then(() => [undefined])]);
  if (first === undefined) throw new Error('the process that holds the segments ended');
  return {
    async stop() {
      child.stdin.end();
      await closed;
    },
  };
}

function start([program, ...parameters]: string[], signal: AbortSignal) {
  const child = spawn(program!, parameters, { signal, killSignal: 'SIGKILL', timeout: hungAfter });
  child.on('error', () => {}); // an abort, or no such program: both end in `close`
  if (child.pid !== undefined) started.add(child.pid);
  return child;
}

/** Removes every object and segment that a process of this run created and did not remove: it may have been killed. */
export function removeLeftovers(): void {
  const names = existsSync('/dev/shm') ? readdirSync('/dev/shm').filter((name) => name.startsWith(prefix)) : [];
  for (const name of names) rmSync(`/dev/shm/${name}`, { force: true });
  if (!existsSync('/proc/sysvipc/shm')) return;
  const rows = readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n').slice(1);
  const ids = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([key, , , , creator]) => key !== '0' && started.has(Number(creator)))
    .flatMap(([, id]) => ['-m', id!]);
  if (ids.length > 0) execFileSync('ipcrm', ids);
}
