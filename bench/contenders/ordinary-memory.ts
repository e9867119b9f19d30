// As much of the API as the case `sum` uses, over memory that is not shared.
export const create = (count: number): Float32Array => new Float32Array(count);
export const destroy = (): boolean => true;
