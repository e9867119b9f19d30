// What the tests of Segment share: tests that clean up, ways to make a segment, and what an error has to be.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { getSystemErrorName } from 'node:util';
import { type CreateOptions, Segment, type SegmentKind, ShmError } from 'shm-typed-array';

import { namePrefix, uniqueKey, uniqueName } from '../support/names.js';
import { skipNow } from '../support/not-run.js';

export type Key = number | string;

interface Closable {
  readonly name: Key | undefined;
  close(): void;
  unlink(): void;
}

/** Closes the segment after the test and removes its name. */
export type Own = <T extends Closable>(segment: T) => T;

/** A test that leaves no segment of those that it calls `own` with, also when it fails. */
export function segmentTest(
  name: string, body: (own: Own, context: TestContext) => void | Promise<void>, options: { skip?: string | false } = {},
): void {
  test(name, async (context) => {
    if (options.skip) return skipNow(context, options.skip);
    const owned: Closable[] = [];
    try {
      await body((segment) => {
        owned.push(segment);
        return segment;
      }, context);
    } finally {
      for (const segment of owned) end(segment);
    }
  });
}

function end(segment: Closable): void {
  segment.close();
  if (segment.name === undefined) return;
  try {
    segment.unlink();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

let files = 0;

/** A path where nothing is, and which the test has to clean up. */
export function uniquePath(): string {
  return join(tmpdir(), `${namePrefix}${process.pid}-${++files}`);
}

/** Runs `body` with a path where nothing is, and removes what it left there. */
export async function withPath(body: (path: string) => void | Promise<void>): Promise<void> {
  const path = uniquePath();
  try {
    await body(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

interface NamedKind {
  readonly kind: SegmentKind;
  readonly newKey: () => Key;
}

/** What is made and found by a name or key. */
export const namedKinds: readonly NamedKind[] = [
  { kind: 'posix', newKey: uniqueName },
  { kind: 'system-v', newKey: uniqueKey },
];

/** Every kind that a call can make. */
export const madeKinds: readonly { kind: SegmentKind; make: (options: CreateOptions) => Segment }[] = [
  { kind: 'posix', make: (options) => Segment.create(uniqueName(), options) },
  { kind: 'system-v', make: (options) => Segment.create(uniqueKey(), options) },
  { kind: 'anonymous', make: (options) => Segment.anonymous(options) },
  {
    kind: 'file',
    make: ({ hugePages, ...options }) => {
      assert.equal(hugePages, undefined, 'no option of a file');
      return Segment.openFile(uniquePath(), options);
    },
  },
];

/** What an error says, as a role sends it. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly key?: Key;
}

export function failureOf(error: unknown): Failure {
  const { name, message, code, errno, syscall, key } = error as Failure;
  return JSON.parse(JSON.stringify({ name, message, code, errno, syscall, key })) as Failure;
}

/** Of the system: in the form of Node's own system errors, with the key as it was given. */
export function checkSystemFailure(failure: Failure, code: string | readonly string[], syscall: string, key?: Key): void {
  const { message, ...rest } = failure;
  assert.ok([code].flat().includes(rest.code), message);
  assert.ok(rest.errno! < 0, message);
  assert.equal(getSystemErrorName(rest.errno!), rest.code);
  assert.deepEqual(rest, {
    name: 'ShmError', code: rest.code, errno: rest.errno, syscall, ...(key !== undefined && { key }),
  }, message);
  const parts = [rest.code, syscall, ...(key === undefined ? [] : [JSON.stringify(key)])];
  for (const part of parts) assert.ok(message.includes(part), message);
}

/** Of a rule of this library. */
export function checkRuleFailure(failure: Failure, code: string, key?: Key): void {
  const { message, ...rest } = failure;
  assert.deepEqual(rest, { name: 'ShmError', code, ...(key !== undefined && { key }) }, message);
  for (const part of [code, ...(key === undefined ? [] : [JSON.stringify(key)])]) assert.ok(message.includes(part), message);
}

export function assertSystemError(call: () => unknown, code: string | readonly string[], syscall: string, key?: Key): void {
  checkSystemFailure(thrownBy(call), code, syscall, key);
}

export function assertRuleError(call: () => unknown, code: string, key?: Key): void {
  checkRuleFailure(thrownBy(call), code, key);
}

function thrownBy(call: () => unknown): Failure {
  let failure: Failure | undefined;
  assert.throws(call, (error) => {
    assert.ok(error instanceof ShmError, String(error));
    assert.ok(error instanceof Error);
    failure = failureOf(error);
    return true;
  });
  return failure!;
}
