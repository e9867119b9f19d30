import type { Buffer } from 'node:buffer';
import { constants } from 'node:os';
import { unlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Aliases, type WasmMemory } from './aliases.js';
import { LengthMax } from './element-types.js';
import { type Key, argumentError, ruleError, systemError } from './errors.js';
import type { TypedArray } from './private-array.js';
import { holdersOf, isThere, listSegments } from './inventory.js';
import { lastFailure, native } from './native.js';
import {
  type CreateOptions, type OpenFileOptions, type OpenOptions, type OpenOrCreateOptions, type Opening, checkOptions,
  createNames, openFileNames, openNames, openOrCreateNames,
} from './segment-options.js';
import { type SegmentKind, type SegmentStatus, segmentStatus } from './segment-status.js';
import type { ReadonlyBytes } from './readonly-bytes.js';
import type { ReadonlyDataView } from './readonly-data-view.js';
import type { ReadonlyView } from './readonly-view.js';
import { type TypedArrayConstructor, type Views, readonlyViews, writableViews } from './segment-views.js';
import { sharedMemory } from './shared-memory.js';
import { checkKey, checkName, freshKeys } from './validate.js';

/** The mapping of a segment that nobody closed ends with its last view. */
const forgotten = new FinalizationRegistry<number>((handle) => native.drop(handle));

/**
 * A piece of shared memory of this thread: its bytes are the same for every process that has it open. What is in them
 * is the users' alone; any language can open it.
 *
 * Made by its static functions. `close()` ends it; every view made of it has length 0 then.
 */
export class Segment {
  readonly kind: SegmentKind;
  /** A POSIX name or the path of a file; a number is a System V key. Undefined for what has none. */
  readonly name: Key | undefined;
  readonly access: 'read' | 'read-write';
  /** Whether this call made the segment, and did not find it. */
  readonly created: boolean;
  readonly #handle: number;
  readonly #isCopy: boolean;
  readonly #isGuarded: boolean;
  #memory: ArrayBuffer | undefined;
  #views: Views | undefined;
  #aliases: Aliases | undefined;
  #closed = false;
  #truncated = false;

  /** @internal */
  constructor(made: typeof internal, kind: SegmentKind, name: Key | undefined, handle: number, opening: Opening, created: boolean) {
    if (made !== internal) {
      throw Object.assign(new TypeError('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
    }
    this.kind = kind;
    this.name = name;
    this.access = opening.isReadOnly ? 'read' : 'read-write';
    this.created = created;
    this.#handle = handle;
    this.#isCopy = opening.isCopy;
    this.#isGuarded = opening.isGuarded;
    forgotten.register(this, handle, this);
  }

  /**
   * Creates a segment, complete and filled with zeros before anybody can see it.
   *
   * @param key POSIX name; a number is a System V key, `null` a System V segment under a free key
   * @throws TypeError, RangeError (arguments); ShmError `EEXIST` if the key is taken, `ENOSPC`, `ENOMEM`, `EACCES`, ...
   *
   * @example
   * const frames = Segment.create('/frames', { size: 64 << 20 });
   * const pixels = frames.bytes();
   */
  static create(key: Key | null, options: CreateOptions): Segment {
    const opening = checkOptions(options, createNames, true);
    if (key !== null) return make('create', native.create, key, opening, () => true);
    for (const fresh of freshKeys()) {
      const segment = makeUnless('isExists', 'create', native.create, fresh, opening, () => true);
      if (segment !== undefined) return segment;
    }
    throw new Error('unreachable: there are more keys than segments');
  }

  /**
   * Opens a segment, whoever made it, whole.
   *
   * @throws TypeError, RangeError (arguments); ShmError `ENOENT` if there is none, `EACCES`, ..., `ERR_SHM_UNTRUSTED` (the
   * object is not regular, or of another owner or size than the options say), `ERR_SHM_NOT_READY` (0 bytes)
   *
   * @example
   * const frames = Segment.open('/frames', { access: 'read' });
   * const brightness = frames.view(Float32Array).get(0);
   */
  static open(key: Key, options: OpenOptions & { access: 'read'; raw?: undefined }): ReadonlySegment;
  static open(key: Key, options?: OpenOptions): Segment;
  static open(key: Key, options?: OpenOptions): unknown {
    return make('open', native.open, key, checkOptions(options, openNames, false), () => false);
  }

  /**
   * Opens the segment or creates it: of any number of processes that do this at once exactly one creates, which
   * {@link Segment.created} tells, and all get the same complete segment.
   *
   * @throws as {@link Segment.open} and {@link Segment.create}; `ERR_SHM_UNTRUSTED` if what exists has another size
   *
   * @example
   * const state = Segment.openOrCreate('/state', { size: 4096 });
   * if (state.created) state.view(Int32Array)[0] = 100;
   */
  static openOrCreate(key: Key, options: OpenOrCreateOptions): Segment {
    const opening = checkOptions(options, openOrCreateNames, true);
    return make('openOrCreate', native.openOrCreate, key, opening, native.wasCreated);
  }

  /**
   * Memory without a name, which nobody can truncate and which ends with its last user. A child gets it by its `fd` in
   * `stdio`, another process by opening `/proc/<pid>/fd/<fd>`; both then call {@link Segment.fromFd}.
   *
   * @example
   * const scratch = Segment.anonymous({ size: 1 << 20 });
   * spawn(process.execPath, ['child.mjs'], { stdio: ['inherit', 'inherit', 'inherit', scratch.fd] });
   */
  static anonymous(options: CreateOptions): Segment {
    const opening = checkOptions(options, createNames, true);
    return new Segment(internal, 'anonymous', undefined, opened('anonymous', native.anonymous, 0, undefined, opening), opening, true);
  }

  /**
   * Maps what is behind a descriptor. The segment has a descriptor of its own: the given one may be closed.
   *
   * @throws as {@link Segment.open}; ShmError `EBADF`, `EACCES` (opened for reading only; use `access: 'read'`)
   */
  static fromFd(fd: number, options: OpenOptions & { access: 'read'; raw?: undefined }): ReadonlySegment;
  static fromFd(fd: number, options?: OpenOptions): Segment;
  static fromFd(fd: number, options?: OpenOptions): unknown {
    const opening = checkOptions(options, openNames, false);
    if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fffffff) {
      const kind = typeof fd === 'number' ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_TYPE';
      throw argumentError(kind, 'fd', 'a file descriptor', fd);
    }
    return new Segment(internal, 'descriptor', undefined, opened('fromFd', native.fromDescriptor, fd, undefined, opening), opening, false);
  }

  /**
   * Maps a file, which survives a reboot; with a `size` it is created if there is none, as by
   * {@link Segment.openOrCreate}. What is in it is on the disk after {@link Segment.flush}.
   */
  static openFile(path: string | URL, options: OpenFileOptions & { access: 'read'; raw?: undefined }): ReadonlySegment;
  static openFile(path: string | URL, options?: OpenFileOptions): Segment;
  static openFile(path: string | URL, options?: OpenFileOptions): unknown {
    const file = path instanceof URL ? fileURLToPath(path) : path;
    if (typeof file !== 'string') throw argumentError('ERR_INVALID_ARG_TYPE', 'path', 'a string or a file URL', path);
    const opening = checkOptions(options, openFileNames, false);
    const handle = opened('openFile', native.openFile, file, file, opening);
    return new Segment(internal, 'file', file, handle, opening, native.wasCreated(handle));
  }

  /**
   * Removes the name, or the System V segment once nobody is attached; who has it open keeps it.
   *
   * @throws ShmError `ENOENT`, `EACCES`, `EPERM`
   */
  static unlink(key: Key): void {
    if (native.unlink(checkAnyKey(key)) === undefined) throw lastFailure().toError('unlink', key);
  }

  /** Whether there is a segment of this name or key. */
  static exists(key: Key): boolean {
    return isThere(checkAnyKey(key), key);
  }

  /** All segments of the machine that this process can see, POSIX and System V, with who has them mapped. */
  static list(): SegmentStatus[] {
    return listSegments();
  }

  /** Bytes; 0 when closed. */
  get size(): number {
    return this.#closed ? 0 : native.size(this.#handle);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Whether somebody made the object shorter, so that a part of the bytes is gone: what was there reads as zeros. Seen
   * only with the option `guard`.
   */
  get truncated(): boolean {
    if (this.#isGuarded && !this.#truncated && !this.#closed) this.#truncated = native.isTruncated(this.#handle);
    return this.#truncated;
  }

  /** The descriptor, which belongs to the segment and is closed with it; undefined for System V and when closed. */
  get fd(): number | undefined {
    const fd = this.#closed ? -1 : native.descriptor(this.#handle);
    return fd < 0 ? undefined : fd;
  }

  /**
   * The ArrayBuffer from which all views are cut; the same one each time.
   *
   * @throws ShmError `ERR_SHM_READ_ONLY`, `ERR_SHM_CLOSED`, `ERR_SHM_TRUNCATED`
   */
  get buffer(): ArrayBuffer {
    if (this.#isReadOnly) throw ruleError('ERR_SHM_READ_ONLY', 'buffer', this.name, 'use view(), bytes() or dataView()');
    return this.#mapped('buffer');
  }

  /**
   * A SharedArrayBuffer over the same bytes: for `postMessage()` without a copy, and `Atomics.wait()` between threads.
   * It cannot be taken away: after `close()` it reads as zeros. Where it is longer than the segment (a multiple of 64
   * KiB, on Node.js before 22.23.3 and 24.16 and on Deno), the rest is not shared.
   *
   * @throws ShmError `ERR_SHM_UNSUPPORTED` where the runtime has no way to make one, `ERR_SHM_READ_ONLY`, ...
   */
  get sharedBuffer(): SharedArrayBuffer {
    return this.#aliased('sharedBuffer').sharedBuffer;
  }

  /**
   * A WebAssembly.Memory, a shared one, whose first pages are the segment.
   *
   * @param options pages of 64 KiB; `initial` is at least the segment, and that by default; `maximum` is `initial`
   * @throws ShmError `ERR_SHM_UNSUPPORTED` (Bun), `ERR_SHM_READ_ONLY`, ...
   */
  wasmMemory(options?: { initial?: number; maximum?: number }): WasmMemory {
    return this.#aliased('wasmMemory').wasmMemory(options);
  }

  /**
   * Elements of the segment.
   *
   * @param type constructor of a typed array: `Float32Array`
   * @param byteOffset where it begins, a multiple of the element size; default: 0
   * @param length elements; default: as many as there is room for
   */
  view<T extends TypedArray>(type: TypedArrayConstructor<T>, byteOffset?: number, length?: number): T {
    return this.#viewsFor('view').view(type, byteOffset, length) as T;
  }

  /** A Buffer over the segment, which copies before it decodes text, so that peers may write meanwhile. */
  bytes(byteOffset?: number, byteLength?: number): Buffer {
    return this.#viewsFor('bytes').bytes(byteOffset, byteLength) as Buffer;
  }

  dataView(byteOffset?: number, byteLength?: number): DataView {
    return this.#viewsFor('dataView').dataView(byteOffset, byteLength) as DataView;
  }

  /**
   * Text of the segment, decoded from a copy of its bytes, so that peers may write meanwhile.
   *
   * @param encoding an encoding of Buffer, or a TextDecoder; default: `'utf8'`
   */
  readString(byteOffset?: number, byteLength?: number, encoding: BufferEncoding | TextReader = 'utf8'): string {
    const copy = this.#viewsFor('readString').copy(byteOffset, byteLength);
    return typeof encoding === 'string' ? copy.toString(encoding) : encoding.decode(copy);
  }

  /** What the system says of the segment now, and who has it mapped; looks into every process, which takes milliseconds. */
  stat(): SegmentStatus {
    this.#check('stat');
    const status = native.status(this.#handle);
    if (status === undefined) throw lastFailure().toError('stat', this.name);
    return segmentStatus(this.kind, this.name, status, holdersOf(status));
  }

  /** Writes changed pages of a file to the disk and waits for it: they survive a crash of the system then. */
  flush(): void {
    this.#check('flush');
    if (native.flush(this.#handle) === undefined) throw lastFailure().toError('flush', this.name);
  }

  /**
   * Removes the name, as {@link Segment.unlink}; this segment stays usable. While it is open, a name that means another
   * segment by now is `ENOENT`.
   */
  unlink(): void {
    const { kind, name } = this;
    if (name === undefined) throw ruleError('ERR_SHM_UNSUPPORTED', 'unlink', undefined, 'the segment has no name');
    if (kind === 'file') return unlinkFile(name as string);
    const isOthers = !this.#closed && native.isAt(this.#handle, name) === false;
    if (isOthers) throw systemError('unlink', name, constants.errno.ENOENT, 'unlink');
    Segment.unlink(name);
  }

  /** Ends the mapping and all views of this thread. The segment lives on. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#truncated = this.truncated;
    this.#closed = true;
    forgotten.unregister(this);
    const closed = native.close(this.#handle, false);
    this.#memory = this.#views = this.#aliases = undefined;
    if (closed === undefined) throw lastFailure().toError('close', this.name);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #isReadOnly(): boolean {
    return this.access === 'read' && !this.#isCopy;
  }

  #check(verb: string): void {
    if (this.#closed) throw ruleError('ERR_SHM_CLOSED', verb, this.name, 'the segment is closed');
    if (this.truncated) {
      throw ruleError('ERR_SHM_TRUNCATED', verb, this.name, 'somebody made the object shorter; what was there is gone');
    }
  }

  #mapped(verb: string): ArrayBuffer {
    this.#check(verb);
    if (this.#memory === undefined) {
      const memory = native.buffer(this.#handle);
      if (memory === undefined) throw lastFailure().toError(verb, this.name);
      this.#memory = this.#isReadOnly ? memory : sharedMemory(memory);
    }
    return this.#memory;
  }

  #viewsFor(verb: string): Views {
    const memory = this.#mapped(verb);
    this.#views ??= this.#isReadOnly ? readonlyViews(memory) : writableViews(memory);
    return this.#views;
  }

  #aliased(verb: string): Aliases {
    this.#check(verb);
    if (this.access === 'read') throw ruleError('ERR_SHM_READ_ONLY', verb, this.name, 'it would be writable');
    this.#aliases ??= new Aliases(this.#handle, this.size, this.name, this.#isGuarded ? this : undefined);
    return this.#aliases;
  }
}

/** A TextDecoder, be it Node's or of the type library of browsers. */
interface TextReader {
  decode(bytes: Uint8Array): string;
}

/** A {@link Segment} that was opened with `access: 'read'`: the same, but for views that cannot write. */
export interface ReadonlySegment
  extends Omit<Segment, 'view' | 'bytes' | 'dataView' | 'buffer' | 'sharedBuffer' | 'wasmMemory'> {
  readonly access: 'read';
  view<T extends TypedArray>(type: TypedArrayConstructor<T>, byteOffset?: number, length?: number): ReadonlyView<T>;
  bytes(byteOffset?: number, byteLength?: number): ReadonlyBytes;
  dataView(byteOffset?: number, byteLength?: number): ReadonlyDataView;
}

const internal = Symbol('made by the static functions');

type Open<K> = (key: K, size: number, mode: number, largest: number, flags: number) => number | undefined;

function opened<K>(verb: string, open: Open<K>, key: K, name: Key | undefined, { size, mode, flags }: Opening): number {
  const handle = open(key, size, mode, LengthMax, flags);
  if (handle === undefined) throw lastFailure().toError(verb, name);
  return handle;
}

function make(verb: string, open: Open<Key>, given: Key, opening: Opening, wasCreated: (handle: number) => boolean): Segment {
  const key = checkAnyKey(given);
  const handle = opened(verb, open, key, given, opening);
  return new Segment(internal, kindOf(key), key, handle, opening, wasCreated(handle));
}

/** Undefined for the failure that the caller expects. */
function makeUnless(
  expected: 'isExists', verb: string, open: Open<Key>, key: Key, opening: Opening, wasCreated: (handle: number) => boolean,
): Segment | undefined {
  const handle = open(key, opening.size, opening.mode, LengthMax, opening.flags);
  if (handle !== undefined) return new Segment(internal, kindOf(key), key, handle, opening, wasCreated(handle));
  const failure = lastFailure();
  if (failure[expected]) return undefined;
  throw failure.toError(verb, undefined);
}

function unlinkFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    throw systemError('unlink', path, Math.abs((error as NodeJS.ErrnoException).errno!), 'unlink');
  }
}

function checkAnyKey(key: unknown): Key {
  return typeof key === 'string' ? checkName(key) : checkKey(key);
}

function kindOf(key: Key): SegmentKind {
  return typeof key === 'string' ? 'posix' : 'system-v';
}
