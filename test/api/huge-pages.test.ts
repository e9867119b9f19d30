// Huge pages: 'try' works everywhere, 'require' has them or fails.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type CreateOptions, Segment, ShmError } from 'shm-typed-array';

import { assertNothingNew, expectNothingLeft, snapshot } from '../support/leftovers.js';
import { uniqueKey, uniqueName } from '../support/names.js';
import { inOwnNamespaces } from '../support/namespaces.js';
import { notRun } from '../support/not-run.js';
import { startRole } from '../support/roles.js';
import { segmentTest } from './segments.js';

expectNothingLeft();

const hugePage = 2 ** 21;
const makers: Record<string, (options: CreateOptions) => Segment> = {
  'posix': (options) => Segment.create(uniqueName(), options),
  'system-v': (options) => Segment.create(uniqueKey(), options),
  'generated key': (options) => Segment.create(null, options),
  'openOrCreate': (options) => Segment.openOrCreate(uniqueName(), options),
  'anonymous': (options) => Segment.anonymous(options),
};

for (const [what, make] of Object.entries(makers)) {
  describe(what, () => {
    for (const size of [1, 4096, hugePage - 1, hugePage, hugePage + 1, 3 * hugePage]) {
      segmentTest(`try: ${size} bytes, with huge pages or without`, (own) => {
        for (const more of [{}, { reserve: false }, { populate: true }]) {
          const s = own(make({ size, hugePages: 'try', ...more }));
          assert.equal(s.size, size);
          assert.equal(s.bytes()[0], 0);
          assert.equal(s.bytes()[size - 1], 0);
          s.bytes()[size - 1] = 1;
          assert.equal(s.bytes()[size - 1], 1);
        }
      });
    }

    segmentTest('require: there are huge pages, or it is an error and nothing is made', (own) => {
      const before = snapshot();
      let made;
      try {
        made = own(make({ size: 2 * hugePage, hugePages: 'require' }));
      } catch (error) {
        assert.ok(error instanceof ShmError);
        assert.match(error.code, /^(ENOMEM|ENOSPC|EINVAL|EPERM|ENODEV|ERR_SHM_UNSUPPORTED)$/, error.message);
        if (error.code !== 'ERR_SHM_UNSUPPORTED') assert.ok(error.errno! < 0 && error.syscall !== undefined);
        assertNothingNew(before);
        return;
      }
      made.bytes().fill(1);
      const pages = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-)/m)
        .filter((mapping) => /^\S+ rw-s \S+ \S+ \d+ +\/(dev\/shm|memfd|SYSV|anon_hugepage)/.test(mapping));
      assert.ok(pages.some((mapping) => /^(ShmemPmdMapped|Shared_Hugetlb|Private_Hugetlb): +[1-9]/m.test(mapping)), pages.join(''));
    });
  });
}

segmentTest('what a process asks for when it opens does not hold back', (own) => {
  const name = uniqueName();
  own(Segment.create(name, { size: hugePage, hugePages: 'try' })).bytes()[0] = 1;
  assert.equal(own(Segment.openOrCreate(name, { size: hugePage, hugePages: 'require' })).bytes()[0], 1);
});

for (const mounted of ['always', 'within_size', 'advise']) {
  test(`on a tmpfs that has them (huge=${mounted}) a POSIX segment has them where they are required`, async (context) => {
    const sys = '/sys/kernel/mm/transparent_hugepage/shmem_enabled';
    const through = inOwnNamespaces(`mount -t tmpfs -o huge=${mounted} tmpfs /dev/shm`);
    if (through === undefined) return notRun(context, 'may not mount a file system in a namespace of its own');
    if (!readdirSync('/sys/kernel/mm').includes('transparent_hugepage')) return notRun(context, 'a kernel without huge pages');
    if (readFileSync(sys, 'utf8').includes('[deny]')) return notRun(context, `${sys} says deny`);
    const role = startRole(new URL('./roles/huge-pages.js', import.meta.url), { through });
    const seen = await role.receive<{ error?: string; kibibytes?: number; last?: number }>();
    await role.succeeds();
    if (/ERR_SHM_UNSUPPORTED/.test(seen.error ?? '')) return notRun(context, `this kernel has none: ${seen.error}`);
    assert.deepEqual(seen, { kibibytes: 4096, last: 3 });
  });
}
