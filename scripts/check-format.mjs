// Checks that clang-format would change nothing in our C++ and C, or with --fix lets it.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { sourceFiles } from './source-files.mjs';
import { requireTools, root } from './tools.mjs';

const { values } = parseArgs({ options: { fix: { type: 'boolean' } } });
requireTools(['clang-format']);

const files = sourceFiles(root, ['core', 'binding', 'bench', 'examples', 'test'], /\.(hpp|cpp|h|c)$/);
const mode = values.fix ? ['-i'] : ['--dry-run', '--Werror'];
const { status } = spawnSync('clang-format', ['--style=file', ...mode, ...files], { cwd: root, stdio: 'inherit' });
if (status === 0) console.log(`${files.length} files ${values.fix ? 'formatted' : 'are formatted'}`);
process.exitCode = status === 0 ? 0 : 1;
