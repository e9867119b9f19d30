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
   * The first bytes of an object, and the same as words, for as long as it is not closed: then another mapping may be at
   * their addresses, and they are none any more. Undefined where the runtime can't have arrays over them.
   */
  memory(object: number, length: number): ObjectMemory | undefined {
    const offset = native.objectOffset(object);
    if (offset === undefined || this.size > LengthMax) return undefined;
    const buffer = this.#buffer ??= native.managedBuffer(this.handle);
    return buffer && { words: new Int32Array(buffer, offset, length / 4), bytes: new Uint8Array(buffer, offset, length) };
  }
}

export interface ObjectMemory {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
}
