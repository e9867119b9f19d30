// Reads text that another process is changing, in every way that a Segment has.
import { inspect } from 'node:util';

import { Segment } from 'shm-typed-array';

import { leave, roleData, send } from '../../support/role-side.js';

const { name, milliseconds } = roleData<{ name: string; milliseconds: number }>();
const writable = Segment.open(name);
const readable = Segment.open(name, { access: 'read' });
const bytes = writable.bytes();
const readonly = readable.bytes();
const decoder = new TextDecoder();
const whole = new Set(['a'.repeat(bytes.length), '€'.repeat(bytes.length / 3)]);

const ways: (() => string)[] = [
  () => bytes.toString(),
  () => bytes.toString('utf8', 1),
  () => bytes.subarray(2).toString('latin1'),
  () => bytes.toString('utf16le'),
  () => bytes.toString('base64'),
  () => `${bytes}`,
  () => inspect(bytes),
  () => JSON.stringify(bytes.subarray(0, 100)),
  () => writable.readString(),
  () => writable.readString(1, 1000, 'latin1'),
  () => writable.readString(0, undefined, decoder),
  () => readonly.toString(),
  () => readonly.toString('utf8', 1),
  () => readable.readString(),
  () => readable.readString(0, undefined, decoder),
  () => inspect(readonly),
];

let read = 0;
let mixed = 0;
const end = Date.now() + milliseconds;
while (Date.now() < end) {
  for (const way of ways) {
    const text = way();
    read++;
    if (!whole.has(text)) mixed++;
  }
}
send({ read, mixed });
leave();
