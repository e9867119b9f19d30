// Makes a segment of huge pages on the /dev/shm that it was given, and says how many KiB of it are mapped by them.
import { readFileSync } from 'node:fs';
import { Segment } from 'shm-typed-array';

import { leave, send } from '../../support/role-side.js';

try {
  const s = Segment.create('/huge', { size: 2 ** 22, hugePages: 'require' });
  s.bytes().fill(3);
  const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-)/m);
  const own = mappings.filter((mapping) => mapping.includes('/dev/shm/') && mapping.includes('rw-s'));
  const kibibytes = own.map((mapping) => Number(/^ShmemPmdMapped: +(\d+)/m.exec(mapping)?.[1] ?? 0)).reduce((a, b) => a + b, 0);
  const last = Segment.open('/huge').bytes()[2 ** 22 - 1];
  Segment.unlink('/huge');
  void send({ kibibytes, last });
} catch (error) {
  void send({ error: String(error) });
}
leave();
