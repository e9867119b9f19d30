// Decodes, in every way that a Buffer has, bytes that a peer changes all the time.
import { inspect } from 'node:util';
import * as shm from 'shm-typed-array';

import { leave, roleData, send } from '../../support/role-side.js';

const { name, milliseconds } = roleData<{ name: string; milliseconds: number }>();
const shared = shm.get(name)!;
const encodings = ['utf8', 'utf16le', 'latin1', 'ascii', 'hex', 'base64', 'base64url'] as const;
const slices = Object.getOwnPropertyNames(Buffer.prototype).filter((method) => method.endsWith('Slice'));
type Slices = Record<string, (start?: number, end?: number) => string>;

const ways: ((buffer: Buffer) => string)[] = [
  (buffer) => buffer.toString(),
  (buffer) => buffer.toLocaleString(),
  (buffer) => `${buffer}`,
  (buffer) => inspect(buffer),
  ...encodings.map((encoding) => (buffer: Buffer) => buffer.toString(encoding)),
  ...encodings.map((encoding) => (buffer: Buffer) => buffer.toString(encoding, 1, buffer.length - 1)),
  ...slices.map((method) => (buffer: Buffer) => (buffer as unknown as Slices)[method]!()),
  ...slices.map((method) => (buffer: Buffer) => (buffer as unknown as Slices)[method]!(1, buffer.length - 1)),
];
const buffers = [shared, shared.subarray(3), shared.slice(1, -1), shm.get(name)!];

let decoded = 0;
let different = 0;
for (const end = performance.now() + milliseconds; performance.now() < end;) {
  for (const buffer of buffers) {
    for (const way of ways) {
      const text = way(buffer);
      ++decoded;
      if (text.includes('\uFFFD') || (text.includes('€') && text.includes('a'))) ++different;
    }
  }
}
shm.detach(name);
send({ decoded, different });
leave();
