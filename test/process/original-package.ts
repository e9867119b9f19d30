// Version 0.1.1 of this package, for tests that mix it with ours.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from '../support/paths.js';
import { lacks } from '../support/runtime.js';

/** Where it is, compiled for this runtime, or why there is none. */
export type Original =
  | { readonly path: string; readonly reason?: undefined }
  | { readonly path?: undefined; readonly reason: string };

const { originalPackage } = await import(pathToFileURL(join(root, 'scripts/install-original.mjs')).href) as {
  originalPackage(): Promise<Original>;
};

export const original: Original = lacks.original ? { reason: lacks.original } : await originalPackage();

/** The element types that it has. */
export const originalTypes = [
  'Buffer', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
  'Float32Array', 'Float64Array',
] as const;
