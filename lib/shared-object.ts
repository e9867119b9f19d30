import { ruleError } from './errors.js';
import { lastFailure, native } from './native.js';
import type { ObjectMemory, OpenManaged } from './open-managed.js';
import {
  type AsyncWaitOptions, type Settled, type WaitOptions, checkTimeout, decoded, waitAsync, waitSync,
} from './waiting.js';

/** An object of a managed segment as this thread has it; what the classes of objects do their calls by. */
export class SharedObject {
  readonly owner: OpenManaged;
  readonly handle: number;
  readonly name: string;

  constructor(owner: OpenManaged, handle: number, name: string) {
    this.owner = owner;
    this.handle = handle;
    this.name = name;
  }

  /** @throws ShmError `ERR_SHM_CLOSED` */
  check(verb: string): void {
    if (this.owner.closed) throw this.closedError(verb);
  }

  closedError(verb: string): Error {
    return ruleError('ERR_SHM_CLOSED', verb, this.name, 'the segment is closed');
  }

  /** What a call of the addon has answered, which is undefined if it has failed. */
  checked<T>(verb: string, answer: T | undefined): T {
    if (answer === undefined) throw lastFailure().toError(verb, this.name);
    return answer;
  }

  /** @throws ShmError `ERR_SHM_UNSUPPORTED` */
  memory(verb: string, length: number): ObjectMemory {
    const memory = this.owner.memory(this.handle, length);
    if (memory !== undefined) return memory;
    throw ruleError('ERR_SHM_UNSUPPORTED', verb, this.name, 'this runtime has no arrays over shared memory');
  }

  /** @param manner as of native.startObject() */
  async wait(verb: string, options: AsyncWaitOptions | undefined, manner = 0): Promise<Settled> {
    checkTimeout(options);
    this.check(verb);
    const start = (id: number, timeout: number) => native.startObject(this.handle, manner, timeout, id);
    const settled = await waitAsync(start, options, verb, this.name);
    this.check(verb); // it may have been closed between the end of the wait and now
    return settled;
  }

  waitSync(verb: string, options: WaitOptions | undefined, manner = 0): Settled {
    checkTimeout(options);
    this.check(verb);
    return waitSync((timeout) => native.beginObject(this.handle, manner, timeout), options, verb, this.name);
  }

  try(verb: string, manner = 0): Settled {
    this.check(verb);
    return decoded(this.checked(verb, native.tryObject(this.handle, manner)));
  }
}
