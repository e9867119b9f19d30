// Two processes that wake each other.
import type { Connect, Connection, Memory, Side } from './model.js';

export const connectionOf = (memory: Memory, ...parameters: Parameters<Connect>): Promise<Connection> =>
  (memory.connect ?? byEvents(memory))(...parameters);

/** Each side waits for the event that has its name. */
function byEvents({ ManagedSegment }: Memory): Connect {
  return async (key, side) => {
    const segment = ManagedSegment.openOrCreate(key, { size: 1 << 16 });
    const event = (name: Side) => segment.event(name, { reset: 'auto' });
    const own = event(side);
    const other = event(side === 'trial' ? 'peer' : 'trial');
    return { wake: () => other.set(), woken: () => own.wait(), close: () => segment.close() };
  };
}
