/**
 * What the ArrayBuffers over shared memory inherit from: `transfer()` refuses. It would silently take the memory away
 * from every view of it. Who calls ArrayBuffer.prototype.transfer instead gets the memory, and at detach() zeros.
 */
const sharedMemoryPrototype: object = Object.create(ArrayBuffer.prototype, {
  transfer: { value: refuseTransfer, writable: true, configurable: true },
  transferToFixedLength: { value: refuseTransfer, writable: true, configurable: true },
});

function refuseTransfer(): never {
  throw Object.assign(new TypeError('shared memory cannot be transferred; use its key in the other thread'), {
    code: 'ERR_INVALID_STATE',
  });
}

/** Whether it is memory of a segment that this thread may write to. */
export function isSharedMemory(memory: ArrayBuffer): boolean {
  return Object.getPrototypeOf(memory) === sharedMemoryPrototype;
}

/** Makes an ArrayBuffer of the addon known as shared memory. @returns the same */
export function sharedMemory(memory: ArrayBuffer): ArrayBuffer {
  return Object.setPrototypeOf(memory, sharedMemoryPrototype) as ArrayBuffer;
}
