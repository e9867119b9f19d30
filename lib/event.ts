import { native } from './native.js';
import type { SharedObject } from './shared-object.js';
import { type AsyncWaitOptions, type WaitOptions, timedOut } from './waiting.js';

/** Something that happens once, or again and again. Made by {@link ManagedSegment.event}. */
export class Event {
  readonly #object: SharedObject;

  /** @internal */
  constructor(object: SharedObject) {
    this.#object = object;
  }

  get name(): string {
    return this.#object.name;
  }

  get isSet(): boolean {
    this.#object.check('isSet');
    return this.#object.checked('isSet', native.objectValue(this.#object.handle)) === 1;
  }

  /** Waits until it is set. @throws as {@link Mutex.lock} */
  async wait(options?: AsyncWaitOptions): Promise<void> {
    await this.#object.wait('wait', options);
  }

  /** Waits, and blocks the thread. @throws as {@link wait} */
  waitSync(options?: WaitOptions): void {
    this.#object.waitSync('waitSync', options);
  }

  /** @returns whether it is set; with `reset: 'auto'` it is not any more then */
  tryWait(): boolean {
    return this.#object.try('tryWait').outcome !== timedOut;
  }

  set(): void {
    this.#change('set', true);
  }

  reset(): void {
    this.#change('reset', false);
  }

  #change(verb: string, isSet: boolean): void {
    this.#object.check(verb);
    this.#object.checked(verb, native.setEvent(this.#object.handle, isSet));
  }
}
