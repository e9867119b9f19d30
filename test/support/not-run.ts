import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

/** Ends a test that this machine can't run: as skipped, and where the variable CI is set as failed. */
export function notRun(test: TestContext, reason: string): void {
  if (process.env['CI']) assert.fail(`not run: ${reason}`);
  skipNow(test, `not run: ${reason}`);
}

/** Ends a test as skipped. Not every runtime reports it as that, and only Node tells the reason, so it is noted too. */
export function skipNow(test: TestContext, reason: string): void {
  const notes = process.env['SHM_TEST_SKIPS'];
  if (notes !== undefined) appendFileSync(notes, `${JSON.stringify({ name: test.name, reason })}\n`);
  test.skip(reason);
}
