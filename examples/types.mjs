// One segment under several types: all of them see the same bytes, and one detach ends them all.
import shm from 'shm-typed-array';

const numbers = shm.create(2, 'Float64Array');
const bytes = shm.get(numbers.key); // a Buffer
const words = shm.get(numbers.key, 'BigUint64Array');

numbers[1] = -2;
console.log(bytes.length, 'bytes:', bytes.toString('hex', 8));
console.log(words.length, 'words:', words[1].toString(16));

words[1] &= 0x7fffffffffffffffn; // without the sign
console.log('number:', numbers[1]);

shm.detach(numbers.key);
console.log('after detach:', numbers.length, bytes.length, words.length);
