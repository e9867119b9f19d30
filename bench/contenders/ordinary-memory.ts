// As much of the API as the cases use, over memory that is not shared between processes.
export const create = (count: number, typeKey: 'Uint8Array' | 'Float32Array'): Uint8Array | Float32Array =>
  typeKey === 'Uint8Array' ? new Uint8Array(count) : new Float32Array(count);
export const destroy = (): boolean => true;
