/** Private: what is stored here orders the accesses around it. */
const fence = new Int32Array(1);

/**
 * What was read before is read before the next Atomics.load(). A load does not wait for plain loads before it; a store
 * does, and the next atomic load waits for the store.
 */
export function readFence(): void {
  Atomics.store(fence, 0, 0);
}
