// The types of Segment, without the type library of browsers; dom/ checks the same with it.
import shm, {
  type CreateOptions, type MemoryOptions, type OpenFileOptions, type OpenOptions, type OpenOrCreateOptions, type ReadonlyBytes,
  type ReadonlyDataView, type ReadonlySegment, type ReadonlyView, Segment, type SegmentKind, type SegmentStatus,
} from 'shm-typed-array';
import { TextDecoder as UtilTextDecoder } from 'node:util';

// Made
const created: Segment = Segment.create('/name', { size: 1 });
const byKey: Segment = Segment.create(5, { size: 1, mode: 0o600, reserve: false, hugePages: 'try', populate: true, lock: true, guard: true });
const generated: Segment = Segment.create(null, { size: 1 });
const either: Segment = Segment.openOrCreate('/name', { size: 1, owner: 'group' });
const unnamed: Segment = Segment.anonymous({ size: 1 });
const received: Segment = Segment.fromFd(3);
const file: Segment = Segment.openFile(new URL('file:///state'), { size: 1, mode: 0o600, reserve: true });
const sameClass: typeof Segment = shm.Segment;

// @ts-expect-error
Segment.create('/name');
// @ts-expect-error
Segment.create('/name', {});
// @ts-expect-error
Segment.create(undefined, { size: 1 });
// @ts-expect-error
Segment.create(5n, { size: 1 });
// @ts-expect-error
Segment.create('/name', { size: '1' });
// @ts-expect-error
Segment.create('/name', { size: 1, mode: '600' });
// @ts-expect-error
Segment.create('/name', { size: 1, sizes: 1 });
// @ts-expect-error
Segment.create('/name', { size: 1, access: 'read' });
// @ts-expect-error
Segment.create('/name', { size: 1, hugePages: true });
// @ts-expect-error
Segment.create('/name', { size: 1, owner: 'any' });
// @ts-expect-error
Segment.openOrCreate(null, { size: 1 });
// @ts-expect-error
Segment.anonymous();
// @ts-expect-error
Segment.fromFd('3');
// @ts-expect-error
Segment.openFile(5);
// @ts-expect-error
new Segment();

// Opened: for reading only it is another type, unless the memory is a private copy
const opened: Segment = Segment.open('/name');
const byOwner: Segment = Segment.open(5, { owner: 'any', size: 4, populate: true, lock: false, guard: true });
const writable: Segment = Segment.open('/name', { access: 'read-write' });
const readonly: ReadonlySegment = Segment.open('/name', { access: 'read' });
const readonlyFd: ReadonlySegment = Segment.fromFd(3, { access: 'read', owner: 'any' });
const readonlyFile: ReadonlySegment = Segment.openFile('state', { access: 'read', size: 5 });
const copy: Segment = Segment.open('/name', { access: 'read', raw: 'copy-on-write' });
const copyFd: Segment = Segment.fromFd(3, { access: 'read', raw: 'copy-on-write' });
const copyFile: Segment = Segment.openFile('state', { access: 'read', raw: 'copy-on-write' });
declare const options: OpenOptions;
const unknownAccess: Segment = Segment.open('/name', options);

// @ts-expect-error
const notReadonly: Segment = Segment.open('/name', { access: 'read' });
// @ts-expect-error
Segment.open('/name', { access: 'write' });
// @ts-expect-error
Segment.open('/name', { raw: 'copy' });
// @ts-expect-error
Segment.open('/name', { owner: 'others' });
// @ts-expect-error
Segment.open('/name', { mode: 0o600 });
// @ts-expect-error
Segment.open(null);
// @ts-expect-error
readonly.buffer;
// @ts-expect-error
readonly.sharedBuffer;
// @ts-expect-error
readonly.wasmMemory();

// Views
const floats: Float32Array = opened.view(Float32Array);
const bigs: BigInt64Array = opened.view(BigInt64Array, 8, 2);
const bytes: Buffer = opened.bytes(0, 5);
const dataView: DataView = opened.dataView(0, 5);
const text: string = opened.readString(0, 5, 'latin1');
const decoded: string = opened.readString(0, 5, new TextDecoder());
const decodedByUtil: string = opened.readString(0, 5, new UtilTextDecoder());
const buffer: ArrayBuffer = opened.buffer;
const shared: SharedArrayBuffer = opened.sharedBuffer;
const big: bigint | undefined = bigs[0];
// @ts-expect-error
const wrong: Float64Array = opened.view(Float32Array);
// @ts-expect-error
opened.view(DataView);
// @ts-expect-error
opened.view('Float32Array');
// @ts-expect-error
opened.view(Array);
// @ts-expect-error
opened.readString(0, 5, 'utf-7');
// @ts-expect-error
opened.readString(0, 5, { encode: () => '' });

const readonlyFloats: ReadonlyView<Float32Array> = readonly.view(Float32Array, 4);
const readonlyBigs: ReadonlyView<BigUint64Array> = readonly.view(BigUint64Array);
const readonlyBytes: ReadonlyBytes = readonly.bytes();
const readonlyDataView: ReadonlyDataView = readonly.dataView();
const readonlyText: string = readonly.readString();
const element: number | undefined = readonlyFloats.get(0);
const readonlyBig: bigint | undefined = readonlyBigs.get(0);
const access: 'read' = readonly.access;
// @ts-expect-error
readonlyFloats[0] = 1;
const refused: () => never = () => readonlyFloats.set(0, 1);
// @ts-expect-error
readonlyFloats.buffer;
// @ts-expect-error
readonlyBytes.writeUInt8(1);
// @ts-expect-error
readonlyDataView.setInt8(0, 1);

// WebAssembly.Memory where the type library has it, else what there is to it
const memory = opened.wasmMemory({ initial: 1, maximum: 2 });
const memoryBuffer: ArrayBufferLike = memory.buffer;
const pagesBefore: number = memory.grow(1);
// @ts-expect-error
opened.wasmMemory({ initial: '1' });
// @ts-expect-error
memory.noSuchMember;

// What is known of it
const kind: SegmentKind = opened.kind;
const name: string | number | undefined = opened.name;
const size: number = readonly.size;
const fd: number | undefined = readonly.fd;
const flags: boolean[] = [opened.closed, opened.created, opened.truncated];
const status: SegmentStatus = readonly.stat();
const { lastAttach, creatorPid, holders, changed, inUse }: {
  lastAttach?: Date; creatorPid?: number; holders: readonly number[]; changed: Date; inUse: boolean | undefined;
} = status;
const listed: SegmentStatus[] = Segment.list();
const exists: boolean = Segment.exists('/name');
const nothing: void[] = [Segment.unlink(5), opened.unlink(), opened.close(), opened.flush(), opened[Symbol.dispose]()];
// @ts-expect-error
opened.size = 5;
// @ts-expect-error
opened.kind = 'posix';
// @ts-expect-error
status.size = 5;
// @ts-expect-error
status.holders.push(1);
// @ts-expect-error
Segment.exists(null);
// @ts-expect-error
Segment.unlink();

// A function that reads takes both
function sum(segment: Pick<ReadonlySegment, 'readString' | 'size'>): number {
  return segment.size;
}
sum(opened);
sum(readonly);

const bags: [CreateOptions, OpenOrCreateOptions, OpenFileOptions, MemoryOptions] = [{ size: 1 }, { size: 1 }, {}, {}];
