import { LengthMax } from './element-types.js';
import { ruleError } from './errors.js';
import { lastFailure, native } from './native.js';

/** A managed segment of this thread, as its objects see it. */
export class OpenManaged {
  readonly handle: number;
  readonly name: string;
  /** Who this thread is in locks. */
  readonly token: number;
  readonly size: number;
  readonly created: boolean;
  closed = false;
  /** Called before it is closed. */
  readonly onClosing = new Set<() => void>();
  /** Called once it is closed. */
  readonly onClose: (() => void)[] = [];
  #buffer: ArrayBuffer | undefined;

  constructor(handle: number, name: string) {
    const { token, size, created } = native.managedFacts(handle)!;
    this.handle = handle;
    this.name = name;
    this.token = token;
    this.size = size;
    this.created = created;
  }

  /** @throws ShmError `ERR_SHM_CLOSED` */
  check(verb: string): void {
    if (this.closed) throw ruleError('ERR_SHM_CLOSED', verb, this.name, 'the segment is closed');
  }

  close(): void {
    for (const tell of this.onClosing) tell();
    this.closed = true;
    this.#buffer = undefined;
    const closed = native.closeManaged(this.handle);
    for (const tell of this.onClose) tell();
    if (closed === undefined) throw lastFailure().toError('close', this.name);
  }

  /**
   * The words of an object, for as long as it is not closed: then another mapping may be at their addresses, and they are
   * none any more. Undefined where the runtime can't have an array over them.
   */
  words(object: number, count: number): Int32Array | undefined {
    const place = this.#place(object);
    return place && new Int32Array(place.buffer, place.offset, count);
  }

  /** As {@link words}: `length` bytes from `start` on. */
  bytes(object: number, start: number, length: number): Uint8Array | undefined {
    const place = this.#place(object);
    return place && new Uint8Array(place.buffer, place.offset + start, length);
  }

  #place(object: number): { buffer: ArrayBuffer; offset: number } | undefined {
    const offset = native.objectOffset(object);
    if (offset === undefined || this.size > LengthMax) return undefined;
    const buffer = this.#buffer ??= native.managedBuffer(this.handle);
    return buffer && { buffer, offset };
  }
}
