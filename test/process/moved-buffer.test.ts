// ArrayBuffer.prototype.transfer() moves memory out of this library's sight; whoever has it may keep using it, also
// past the end of the thread that attached it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { startRole } from '../support/roles.js';
import { lacks } from '../support/runtime.js';

const size = 100_000;
const kinds = { 'System V': uniqueKey, 'POSIX': uniqueName } as const;
const endings = {
  natural: 'the worker ends',
  exit: 'the worker calls process.exit()',
  terminate: 'the worker is terminated',
  detach: 'the worker detaches and ends',
} as const;

expectNothingLeft();

for (const [kind, uniqueOne] of Object.entries(kinds)) {
  for (const [ending, title] of Object.entries(endings)) {
    for (const others of [false, true]) {
      const more = others ? ', having more attachments' : '';
      test(`${kind}: the main thread uses what a worker moved to it while ${title}${more}`, { skip: lacks.transfer }, async () => {
        const key = uniqueOne();
        const role = startRole(new URL('./roles/moved-buffer.js', import.meta.url), {
          data: { ending, key, others }, nodeOptions: ['--expose-gc'],
        });
        assert.deepEqual(await role.receive(), {
          isShared: true,
          isLive: true,
          isSeparate: true,
          copy: 8,
          mapped: size + (kind === 'POSIX' ? 8 : 0),
          destroyed: true,
        });
        assert.equal((await role.succeeds()).stderr, '');
      });
    }
  }
}
