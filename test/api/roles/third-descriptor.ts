// A child that was given shared memory as its descriptor 3.
import { closeSync } from 'node:fs';
import { Segment } from 'shm-typed-array';

const s = Segment.fromFd(3);
closeSync(3);
const text = () => s.readString().replace(/\0+$/, '');
const found = text();
s.bytes().fill(0).write('from the child');
console.log(found);
process.stdin.resume().on('end', () => console.log(text()));
