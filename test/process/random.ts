// Random numbers that a failed run can be repeated with.

/** The seed of this run; to repeat one, set SHM_TEST_SEED to what it has printed. */
export const seed = Number(process.env['SHM_TEST_SEED'] ?? Date.now() % 2 ** 32) >>> 0;

/** A function that answers integers from 0 to below its argument (mulberry32). */
export function randomIntegers(start = seed): (limit: number) => number {
  let state = start;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
