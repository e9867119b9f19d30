// Nothing that a program does with views of a segment, before, during or after detach, ends its process.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { skipNow } from '../support/not-run.js';
import { type Role, startRole, withRole } from '../support/roles.js';
import { type Key, kinds } from './kinds.js';
import { caseOf, groups } from './lifetime/index.js';

expectNothingLeft();

const script = new URL('./roles/lifetime.js', import.meta.url);
const options = { nodeOptions: ['--expose-gc'] };

for (const group of ['touch', 'transfer', 'operations']) {
  describe(group, () => {
    for (const name of Object.keys(groups[group]!)) {
      const { missing = false, size } = caseOf(group, name);
      test(name, { skip: missing }, () => withSegments(size, (keys) => withRole(script, options, async (role) => {
        await role.call('run', group, name, keys);
      })));
    }
  });
}

describe('reentry', () => {
  let role: Role;
  before(() => role = startRole(script, options));
  after(() => role.stop());

  for (const name of Object.keys(groups['reentry']!)) {
    test(name, (context) => withSegments(undefined, async (keys) => {
      try {
        await role.call('run', 'reentry', name, keys);
      } catch (error) {
        if (!role.hasEnded) throw error;
        const { signal } = await role.ended;
        role = startRole(script, options);
        if (signal === null || !(await isFatalAnyway('reentry', name))) throw error;
        skipNow(context, `It crashes with any Buffer, shared or not, that is detached in a call: ${name}.`);
      }
    }));
  }
});

async function isFatalAnyway(group: string, name: string): Promise<boolean> {
  const role = startRole(script, options);
  const crash = role.call('runPlain', group, name).then(() => role.stop(), () => role.ended);
  return (await crash).signal !== null;
}

/** They are attached here too, so that one of System V outlives a detach in the role. */
async function withSegments(size = 64, body: (keys: readonly Key[]) => Promise<void>): Promise<void> {
  const keys = kinds.map(({ newKey }) => newKey());
  for (const key of keys) assert.ok(shm.create(size, 'Buffer', key));
  try {
    await body(keys);
  } finally {
    for (const key of keys) shm.destroy(key);
  }
}
