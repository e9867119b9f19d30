import { RecordMemory } from './record-memory.js';
import { longestMessage, ringBytes } from './ring-layout.js';
import type { SharedObject } from './shared-object.js';

/** A ring as this thread has it, by the rules of core/src/message/ring_protocol.hpp. */
export class RingMemory extends RecordMemory {
  constructor(object: SharedObject, capacity: number) {
    super('ring', object, ringBytes, capacity);
  }

  get longestMessage(): number {
    return longestMessage(this.capacity);
  }
}
