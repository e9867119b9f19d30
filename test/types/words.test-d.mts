// The types of what waits for words.
import shm, { type AsyncWaitOptions, Segment, type WaitOptions, type WordWaitResult, notify, wait, waitAsync } from 'shm-typed-array';

const s = Segment.create('/name', { size: 4096 });
const words = s.view(Int32Array);
const signal = new AbortController().signal;

const result: 'ok' | 'not-equal' | 'timed-out' = wait(words, 0, 0);
const later: Promise<WordWaitResult> = waitAsync(words, 0, 0, { timeout: 100, signal });
const woken: number = notify(words, 0) + notify(words, 0, 1);
const options: WaitOptions = { timeout: Infinity };
const asyncOptions: AsyncWaitOptions = { ...options, signal };
const sameFunctions: typeof wait = shm.wait;
wait(new Int32Array(s.sharedBuffer), 0, 0, options);
waitAsync(new Int32Array(s.sharedBuffer), 0, 0, asyncOptions);

// @ts-expect-error
wait(words, 0, 0, { signal });
// @ts-expect-error
wait(s.view(Uint32Array), 0, 0);
// @ts-expect-error
wait(s.view(BigInt64Array), 0, 0n);
// @ts-expect-error
wait(words, 0);
// @ts-expect-error
waitAsync(words, 0, 0, { timeout: '1' });
// @ts-expect-error
notify(words, 0, '1');
// @ts-expect-error
wait(Segment.open('/name', { access: 'read' }).view(Int32Array), 0, 0);
