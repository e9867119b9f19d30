// Programs compile, and the lines in them that should not compile don't, whatever the settings of their compiler.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

import { root } from '../support/paths.js';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

// The project test/types itself is a step of `npm test`.
const projects: Record<string, string> = {
  float16: 'with Float16Array in the type library, strict',
  dom: 'Segment with the type library of browsers, strict',
  commonjs: 'with the module resolution of before package exports, not strict',
};

const skip = 'LD_PRELOAD' in process.env && 'what is preloaded, a sanitizer, is for the addon, and the compiler loads none';

for (const [project, what] of Object.entries(projects)) {
  test(what, { skip }, () => {
    const args = [compiler, '-p', join(root, 'test/types', project)];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });
}
