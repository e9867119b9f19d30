// What programs for version 0.1.x write compiles as it did.
import type { Shm } from 'shm-typed-array';
import * as shm from 'shm-typed-array';

// count, type, key and permissions
const buffer: shm.Shm<Buffer> | null = shm.create(1);
const words: shm.Shm<Uint32Array> | null = shm.create(1, 'Uint32Array');
const floats: shm.Shm<Float64Array> | null = shm.create(456, 'Float64Array', 1234);
const named: shm.Shm<Float64Array> | null = shm.create(456, 'Float64Array', '/test');
const shared: Shm<Float64Array> | null = shm.create(456, 'Float64Array', '/test', '660');

// each type by its name
const all: [
  Shm<Buffer> | null, Shm<Int8Array> | null, Shm<Uint8Array> | null, Shm<Uint8ClampedArray> | null, Shm<Int16Array> | null,
  Shm<Uint16Array> | null, Shm<Int32Array> | null, Shm<Uint32Array> | null, Shm<Float32Array> | null, Shm<Float64Array> | null,
] = [
  shm.create(1, 'Buffer'), shm.create(1, 'Int8Array'), shm.get(1, 'Uint8Array'), shm.get('/a', 'Uint8ClampedArray'),
  shm.create(1, 'Int16Array'), shm.create(1, 'Uint16Array'), shm.get(1, 'Int32Array'), shm.get('/a', 'Uint32Array'),
  shm.create(1, 'Float32Array'), shm.create(1, 'Float64Array'),
];

// the key is there for System V, so perhaps
if (floats) {
  const key: number | undefined = floats.key;
  floats.key as number;
  floats[0] = 0.5;
  const length: number = floats.length;
}

// without a null check there is nothing to use
// @ts-expect-error
const notNull: Buffer = shm.create(1);
// @ts-expect-error
const notNullEither: Uint32Array = shm.create(1, 'Uint32Array');
// @ts-expect-error
shm.create(1).length;
// @ts-expect-error
const got: Buffer = shm.get(123);
// @ts-expect-error
const gotNamed: Float64Array = shm.get(456, 'Float64Array');

const again = shm.get(123);
const gotFloats: shm.Shm<Float64Array> | null = shm.get(456, 'Float64Array');
const asBuffer: Buffer | null = shm.get('/test');

const left: number = shm.detach(123);
shm.detach(123, true) as number;
shm.detach('/test') as number;
shm.detach('/test', true) as number;
const destroyed: boolean = shm.destroy(123);
shm.destroy('/test') as boolean;
shm.detachAll() as number;
shm.getTotalSize() as number;
shm.getTotalCreatedSize() as number;
shm.LengthMax as number;
const numberOfType: number = shm.BufferType['Buffer']!;
for (const typeKey in shm.BufferType) typeKey.length;

// a type that is chosen at run time
const typeKey = Math.random() < 0.5 ? 'Buffer' : 'Float32Array';
const either: Buffer | Float32Array | null = shm.create(1, typeKey);
function createOf<K extends 'Buffer' | 'Int32Array'>(type: K) {
  return shm.create(10, type);
}
const created: Shm<Int32Array> | null = createOf('Int32Array');

// missing and wrong arguments
// @ts-expect-error
shm.create();
// @ts-expect-error
shm.get();
// @ts-expect-error
shm.detach();
// @ts-expect-error
shm.destroy();
// @ts-expect-error
shm.create('1');
// @ts-expect-error
shm.create(1n);
// @ts-expect-error
shm.create(1, 'NoSuchArray');
// @ts-expect-error
shm.create(1, 9);
// @ts-expect-error
shm.create(1, 'Buffer', true);
// @ts-expect-error
shm.create(1, 'Buffer', 1, 660);
// @ts-expect-error
shm.get(true);
// @ts-expect-error
shm.get(1, 'constructor');
// @ts-expect-error
shm.detach({});
// @ts-expect-error
shm.detachAll(1);
// @ts-expect-error
shm.LengthMax = 5;
// @ts-expect-error
shm.create = () => null;
// @ts-expect-error
shm.noSuchFunction();
// @ts-expect-error
const wrongType: Int8Array | null = shm.create(1, 'Float64Array');
