/** Turns calls into promises, for one that is awaited at a time. */
export function inbox(): { deliver(): void; next(): Promise<void> } {
  let pending: (() => void) | undefined;
  let delivered = 0;
  return {
    deliver() {
      if (!pending) {
        delivered++;
        return;
      }
      pending();
      pending = undefined;
    },
    next() {
      if (delivered === 0) return new Promise((resolve) => (pending = resolve));
      delivered--;
      return Promise.resolve();
    },
  };
}
