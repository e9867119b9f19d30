// Where things are.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = dirname(fileURLToPath(import.meta.resolve('shm-typed-array/package.json')));

/** What CMake has built beside the addon under test. */
export const builtFolder = dirname(process.env['SHM_TYPED_ARRAY_ADDON'] ?? join(root, 'build/release/shm.node'));
