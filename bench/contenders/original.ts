import type { Contender } from '../model.js';
import { javascript } from './javascript.js';

/** @param path - of its index.js, from scripts/install-original.mjs */
export function original(path: string): Contender {
  return javascript('original', 'shm-typed-array 0.1.1, which this package replaces', path);
}
