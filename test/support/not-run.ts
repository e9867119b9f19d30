import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

/** Ends a test that this machine can't run: as skipped, and where the variable CI is set as failed. */
export function notRun(test: TestContext, reason: string): void {
  if (process.env['CI']) assert.fail(`not run: ${reason}`);
  test.skip(`not run: ${reason}`);
}
