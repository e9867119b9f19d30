/** Counts what comes, for one that waits at a time. */
export function counter(): { deliver(more: number): void; received(count: number): Promise<void> } {
  let came = 0;
  let awaited = 0;
  let pending: (() => void) | undefined;
  const settle = () => {
    if (pending === undefined || came < awaited) return;
    came -= awaited;
    pending();
    pending = undefined;
  };
  return {
    deliver(more) {
      came += more;
      settle();
    },
    received(count) {
      return new Promise((resolve) => {
        awaited = count;
        pending = resolve;
        settle();
      });
    },
  };
}

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
