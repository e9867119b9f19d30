// The bytes of a ring, as core/include/shm/layout/ring_body.hpp has them: indices of 32-bit words, and sizes in bytes.
export const producerPosition = 0;
export const consumerPosition = 16;
export const sentGate = 33;
export const freedGate = 49;
export const ringBytes = 256;

export const headerSize = 8;
export const padding = -1;
export const isMessage = 0;
export const isEnd = 1;

export function recordSize(length: number): number {
  return (length + headerSize + 7) & ~7;
}

export function longestMessage(capacity: number): number {
  return capacity / 2 - headerSize;
}
