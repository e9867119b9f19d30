import { isMainThread } from 'node:worker_threads';

import { closeAll } from './attachments.js';
import { closeAllManaged } from './managed-segment.js';

/**
 * Detaches everything when the process, or the worker thread, exits. Correctness does not rest on it: the kernel ends
 * mappings by itself, and what it leaves then is System V segments without attachments, and names of managed segments
 * that nobody has open.
 */
process.on('exit', () => {
  closeAllManaged();
  const destroyed = closeAll();
  if (destroyed > 0 && isMainThread && !process.env['SHM_TYPED_ARRAY_QUIET']) {
    console.info('shm segments destroyed:', destroyed);
  }
});
