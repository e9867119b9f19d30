// Which files are ours: everything in the source folders but what was built or installed there.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const notOurs = new Set(['node_modules', 'build', 'dist', 'prebuilds', 'results']);

/** The files below `folders` whose names match, as sorted paths relative to `root`. Folders may be missing. */
export function sourceFiles(root, folders, pattern) {
  return folders.flatMap((folder) => walk(root, folder)).filter((file) => pattern.test(file)).sort();
}

function walk(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return notOurs.has(entry.name) ? [] : walk(root, path);
  });
}
