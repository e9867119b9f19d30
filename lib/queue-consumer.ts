import type { Codec } from './codecs.js';
import { argumentError } from './errors.js';
import { Lease } from './lease.js';
import type { QueueMemory } from './queue-memory.js';
import { Receiver } from './receiver.js';
import { Side } from './side.js';
import type { AsyncWaitOptions, WaitOptions } from './waiting.js';

/** With a lease the message is another consumer's if this one dies before `done()`. */
export interface LeaseOption {
  lease: true;
}

interface NoLease {
  lease?: false;
}

/** Who receives from a queue. Made by {@link Queue.consumer}. */
export class QueueConsumer<T> extends Receiver<T> {
  readonly #side: Side;
  readonly #memory: QueueMemory;
  readonly #codec: Codec<T>;

  /** @internal */
  constructor(memory: QueueMemory, codec: Codec<T>, busyPoll: number) {
    const side = new Side(memory.object, true, false);
    super(side, memory, codec, busyPoll);
    this.#side = side;
    this.#memory = memory;
    this.#codec = codec;
  }

  /** @throws as {@link Receiver.tryReceive} */
  override tryReceive(options: LeaseOption): Lease<T> | undefined;
  override tryReceive(options?: NoLease): T | undefined;
  override tryReceive(options?: LeaseOption | NoLease): T | Lease<T> | undefined {
    if (!isLease(options)) return super.tryReceive();
    return this.#side.isFree('tryReceive') ? this.#lease() : undefined;
  }

  /** @throws as {@link Receiver.receive} */
  override receive(options: AsyncWaitOptions & LeaseOption): Promise<Lease<T>>;
  override receive(options?: AsyncWaitOptions & NoLease): Promise<T>;
  override async receive(options?: AsyncWaitOptions & (LeaseOption | NoLease)): Promise<T | Lease<T>> {
    if (!isLease(options)) return await super.receive(options) as T; // a queue has no end
    const attempt = (): Lease<T> | undefined => {
      this.pollBusily();
      return this.#lease();
    };
    return this.#side.inTurn(attempt, () => 0, options, 'receive');
  }

  /** @throws as {@link Receiver.receiveSync} */
  override receiveSync(options: WaitOptions & LeaseOption): Lease<T>;
  override receiveSync(options?: WaitOptions & NoLease): T;
  override receiveSync(options?: WaitOptions & (LeaseOption | NoLease)): T | Lease<T> {
    if (!isLease(options)) return super.receiveSync(options) as T;
    return this.#side.sync(() => this.#lease(), () => 0, options, 'receiveSync');
  }

  #lease(): Lease<T> | undefined {
    const message = this.#memory.lease();
    return message && new Lease(this.#memory.object, message, this.#codec);
  }
}

function isLease<Options extends LeaseOption | NoLease>(options: Options | undefined): options is Options & LeaseOption {
  const lease: unknown = options?.lease;
  if (lease === undefined || typeof lease === 'boolean') return lease === true;
  throw argumentError('ERR_INVALID_ARG_TYPE', 'options.lease', 'a boolean', lease);
}
