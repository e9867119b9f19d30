import { checkObjectName } from './managed-options.js';
import { type ObjectKind, lastFailure, native } from './native.js';
import type { OpenManaged } from './open-managed.js';
import { SharedObject } from './shared-object.js';

/** The objects of a managed segment that this thread uses, each once: the order of its calls is kept there. */
export class ObjectTable {
  readonly #owner: OpenManaged;
  readonly #objects = new Map<number, unknown>();

  constructor(owner: OpenManaged) {
    this.#owner = owner;
  }

  /** @param make what is kept for one that is new here, always of the same class for a kind */
  find<T>(kind: ObjectKind, name: unknown, make: (object: SharedObject) => T, first = 0, second = 0): T {
    const checked = checkObjectName(name);
    const verb = kind === 'leasedSemaphore' ? 'semaphore' : kind; // what the user calls
    this.#owner.check(verb);
    const handle = native.findObject(this.#owner.handle, native.objectKinds[kind], checked, first, second);
    if (handle === undefined) throw lastFailure().toError(verb, checked);
    const known = this.#objects.get(handle);
    if (known !== undefined) return known as T;
    const object = make(new SharedObject(this.#owner, handle, checked));
    this.#objects.set(handle, object);
    return object;
  }
}
