// Permissions: exact when given, else 660 as the umask allows.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as shm from 'shm-typed-array';

import { expectNothingLeft } from '../support/leftovers.js';
import { systemVSegments } from '../support/names.js';
import { afterFile } from '../support/runtime.js';
import { type Key, kinds } from './kinds.js';

expectNothingLeft();

const umaskBefore = process.umask();
afterFile(() => process.umask(umaskBefore));

const umasks = [0o000, 0o022, 0o077, 0o777];
const perms = ['0', '000', '7', '07', '400', '600', '640', '644', '660', '666', '770', '777', '0660', '00600'];

// To attach to what it created, a creator needs its own permission to read and write; root needs none.
const permsOfOwner = perms.filter((perm) => (Number.parseInt(perm, 8) & 0o600) === 0o600);

for (const { kind, newKey } of kinds) {
  describe(kind, () => {
    const usable = kind === 'System V' && process.getuid!() !== 0 ? permsOfOwner : perms;
    for (const umask of umasks) {
      test(`perm is exact under umask ${octal(umask)}`, () => {
        for (const perm of usable) {
          const key = newKey();
          process.umask(umask);
          const made = shm.create(8, 'Buffer', key, perm)!;
          assert.equal(permOf(key), octal(Number.parseInt(perm, 8)), `perm ${perm}`);
          made[7] = 1;
          assert.equal(shm.destroy(key), true);
        }
      });

      test(`the default under umask ${octal(umask)}`, () => {
        for (const perm of [[], [undefined]] as [perm?: string][]) {
          const key = newKey();
          process.umask(umask);
          shm.create(8, 'Buffer', key, ...perm);
          // The kernel knows no umask for System V.
          assert.equal(permOf(key), octal(kind === 'POSIX' ? 0o660 & ~umask : 0o660));
          shm.destroy(key);
        }
      });
    }

    test('a segment that exists keeps its permissions', () => {
      const key = newKey();
      shm.create(8, 'Buffer', key, '640');
      assert.equal(shm.create(8, 'Buffer', key, '777'), null);
      assert.equal(permOf(key), octal(0o640));
      shm.get(key);
      assert.equal(permOf(key), octal(0o640));
      shm.destroy(key);
    });
  });
}

function octal(mode: number): string {
  return mode.toString(8).padStart(3, '0');
}

function permOf(key: Key): string {
  if (typeof key === 'string') return octal(statSync(`/dev/shm${key}`).mode & 0o7777);
  return systemVSegments().find((segment) => segment.key === key)!.perm.padStart(3, '0');
}
