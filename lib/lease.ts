import type { Codec } from './codecs.js';
import { Guard, type GuardOwner } from './guard.js';
import { type LeasedMessage, native } from './native.js';
import type { SharedObject } from './shared-object.js';

/**
 * A message that is this consumer's until `done()`. `release()`, the end of its block (`using`), and the death of its
 * holder give it to another one.
 */
export class Lease<T> extends Guard {
  /** Whether somebody else has had it before, and may have done half of what it asks for. */
  readonly redelivered: boolean;
  readonly #holding: Holding;
  readonly #bytes: Uint8Array;
  readonly #codec: Codec<T>;

  /** @internal */
  constructor(object: SharedObject, { bytes, position, redelivered }: LeasedMessage, codec: Codec<T>) {
    const holding = new Holding(object);
    super(holding, position);
    this.redelivered = redelivered;
    this.#holding = holding;
    this.#bytes = bytes;
    this.#codec = codec;
  }

  /** The message, decoded at each time. @throws what the codec throws */
  get value(): T {
    return this.#codec.decode(this.#bytes);
  }

  /** Nobody gets it again. @throws ShmError `ERR_SHM_NOT_OWNER`: that was said already, or it was released; `ERR_SHM_CLOSED` */
  done(): void {
    this.#holding.isDone = true;
    this.release();
  }
}

class Holding implements GuardOwner {
  readonly #object: SharedObject;
  isDone = false;

  constructor(object: SharedObject) {
    this.#object = object;
  }

  get name(): string {
    return this.#object.name;
  }

  giveBack(position: number): void {
    const verb = this.isDone ? 'done' : 'release';
    this.#object.check(verb);
    this.#object.checked(verb, native.endLease(this.#object.handle, position, this.isDone));
  }

  forget(position: number): void {
    if (!this.#object.owner.closed) native.endLease(this.#object.handle, position, false);
  }
}
