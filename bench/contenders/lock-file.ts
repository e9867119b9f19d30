import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contender } from '../model.js';
import { javascript } from './javascript.js';

/** @param folder - bench/ itself: what it imports is not found from the compiled files */
export function lockFile(folder: string): Contender {
  const module = pathToFileURL(join(folder, 'contenders', 'lock-file-memory.mjs')).href;
  return javascript('proper-lockfile', 'lock files of the package proper-lockfile, its functions without promises, in /dev/shm', module);
}
