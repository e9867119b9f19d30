// scripts/check-layering.mjs accepts a small clean tree, and notices each rule being broken in it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { root } from '../support/paths.js';

type Tree = Record<string, string>;

const script = join(root, 'scripts/check-layering.mjs');

const clean: Tree = {
  'core/include/shm/error.hpp': '#include <cstdint>\n',
  'core/include/shm/segment.hpp': '#include <shm/error.hpp>\n#include <span>\n// #include <sys/mman.h>\n',
  'core/include/shm/layout/compat_header.hpp': '#include <cstddef>\n',
  'core/include/shm/message/ring.hpp': '#include <shm/layout/compat_header.hpp>\n',
  'core/src/segment.cpp': '#include <shm/segment.hpp>\n\n#include "os/os.hpp"\n',
  'core/src/os/os.hpp': '#include <shm/error.hpp>\n',
  'core/src/os/linux/object.cpp': '#include <sys/mman.h>\n#ifdef __linux__\n#endif\n#include "../os.hpp"\n',
  'core/test/unit/segment_test.cpp': '#include <gtest/gtest.h>\n#include <unistd.h>\n#include <shm/segment.hpp>\n',
  'binding/addon.cpp': '#include <node_api.h>\n#include <shm/segment.hpp>\n#include "call.hpp"\n',
  'binding/call.hpp': '#include <node_api.h>\n',
  'lib/native.ts': "import { createRequire } from 'node:module';\nexport const file = '../build/release/shm.node';\n",
  'lib/compat.ts': "import { load } from './native.js';\n/* '../test/x.js' */ export const url = 'https://a/b';\n",
  'lib/api.ts': "export { load, type Loaded } from './native.js';\nexport * from './compat.js';\n",
  'lib/index.ts': "import * as api from './api.js';\nexport * from './api.js';\nexport { api as default };\n",
  'cli/main.ts': "import { parseArgs } from 'node:util';\nimport '../lib/index.js';\nimport './output.js';\n",
  'cli/output.ts': '',
  'examples/one.mjs': "import shm from 'shm-typed-array';\n",
  'test/api/one.test.ts': "import shm from 'shm-typed-array';\nimport { name } from '../support/names.js';\n",
  'scripts/build-addon.mjs': "import { run } from './tools.mjs';\nimport { join } from 'node:path';\n",
};

/** What is wrong, the change that makes it so, and what is reported of the first file of the change. */
const broken: [what: string, change: Tree, report: string][] = [
  ['the core includes a host', { 'core/src/segment.cpp': '#include <node_api.h>\n' }, '1 L1'],
  ['the core includes the binding', { 'core/test/a.cpp': '\n#include "../../binding/call.hpp"\n' }, '2 L1'],
  ['a public header needs the system', { 'core/include/shm/error.hpp': '#include <errno.h>\n' }, '1 L2'],
  ['a public header needs a source', { 'core/include/shm/error.hpp': '#include "../../src/os/os.hpp"\n' }, '1 L2'],
  ['a system header outside os', { 'core/src/segment.cpp': '#include <sys/mman.h>\n' }, '1 L3'],
  ['a system header in the binding', { 'binding/addon.cpp': '#include <unistd.h>\n' }, '1 L3'],
  ['a platform asked for outside os', { 'core/src/segment.cpp': '\n#if defined(__APPLE__)\n#endif\n' }, '2 L3'],
  ['upwards in the core', { 'core/src/os/os.hpp': '#include <shm/segment.hpp>\n' }, '1 L4'],
  ['upwards by a relative path', { 'core/src/os/os.hpp': '#include "../segment.hpp"\n' }, '1 L4'],
  ['a unit without a place', { 'core/include/shm/new_unit.hpp': '#include <shm/error.hpp>\n' }, '1 L4'],
  ['a cycle in C++', { 'binding/b.hpp': '#include "call.hpp"\n', 'binding/call.hpp': '#include "b.hpp"\n' }, '1 L4'],
  ['a cycle in TypeScript', { 'lib/b.ts': "import './a.js';\n", 'lib/a.ts': "import './b.js';\n" }, '1 L4'],
  ['a structure that knows segments', { 'core/include/shm/map/map.hpp': '#include <shm/segment.hpp>\n' }, '1 L5'],
  ['a host outside the binding', { 'bench/c/calls.cpp': '#include <node_api.h>\n' }, '1 L6'],
  ["the binding in the core's sources", { 'binding/addon.cpp': '#include "../core/src/os/os.hpp"\n' }, '1 L6'],
  ['a second loader', { 'lib/compat.ts': "\nimport { createRequire } from 'node:module';\n" }, '2 L7'],
  ['a second file that names the addon', { 'lib/compat.ts': "const file = './shm.node';\n" }, '1 L7'],
  ['code in a table of contents', { 'lib/api.ts': "export * from './compat.js';\nexport const one = 1;\n" }, '2 L7'],
  ['the command reaches into lib', { 'cli/main.ts': "import { load } from '../lib/native.js';\n" }, '1 L8'],
  ['an example without the name', { 'examples/one.mjs': "import shm from '../dist/index.js';\n" }, '1 L9'],
  ['a test without the name', { 'test/api/one.test.ts': "await import('../../lib/index.js');\n" }, '1 L9'],
  ['lib imports the command', { 'lib/compat.ts': "export { table } from '../cli/output.js';\n" }, '1 direction'],
  ['lib imports a script', { 'lib/compat.ts': "require('../scripts/tools.mjs');\n" }, '1 direction'],
  ['the binding includes a test', { 'binding/addon.cpp': '#include "../core/test/support.hpp"\n' }, '1 direction'],
  ['a shipped script needs another', { 'scripts/build-addon.mjs': "import './setup.mjs';\n" }, '1 direction'],
];

test('a clean tree keeps to the layers', () => {
  assert.deepEqual(check(clean), { status: 0, findings: [] });
});

for (const [what, change, report] of broken) {
  test(`is noticed: ${what}`, () => {
    const { status, findings } = check({ ...clean, ...change });
    assert.equal(status, 1);
    const expected = `${Object.keys(change)[0]}:${report} `;
    assert.ok(findings.some((finding) => finding.startsWith(expected)), `no ${expected}in\n${findings.join('\n')}`);
  });
}

function check(tree: Tree): { status: number | null; findings: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'layering-'));
  try {
    for (const [file, content] of Object.entries(tree)) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--root', folder], { encoding: 'utf8' });
    return { status, findings: status === 0 ? [] : `${stdout}${stderr}`.trimEnd().split('\n') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
