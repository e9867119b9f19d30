// Temporary folders, and programs run in them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';

/** A new folder, removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shm-package-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, each by its path in the folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, in five minutes at most. It knows nothing of the npm and the addon of this test. */
export function tryRun(program: string, args: readonly string[], { cwd, env }: RunOptions = {}): Outcome {
  const ours = /^npm_|^NODE_TEST_CONTEXT$|^SHM_TYPED_ARRAY_/i;
  const inherited = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd, env: { ...Object.fromEntries(inherited), ...env }, encoding: 'utf8', timeout: 300_000, killSignal: 'SIGKILL',
    maxBuffer: 64 * 2 ** 20,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** The same for a program that has to succeed. @returns what it printed */
export function run(program: string, args: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr } = tryRun(program, args, options);
  if (status !== 0) assert.fail(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
