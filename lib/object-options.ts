import { type Codec, type CodecName, checkCodec } from './codecs.js';
import { argumentError } from './errors.js';
import { checkCount, readOptions } from './managed-options.js';
import { choice, flag } from './segment-options.js';

export interface SemaphoreOptions {
  /** Leased: how many at a time, 1 to 4096. Plain: the most that can be free, 1 to 2147483647. */
  permits: number;
  /** A number that goes up and down, whose permits nobody owns. Default: false. */
  plain?: boolean;
  /** With `plain`: permits in the beginning. Default: `permits`. */
  initial?: number;
}

const mostLeased = 4096;
const mostPlain = 2 ** 31 - 1;
const mostParties = 4096;

export function checkSemaphore(options: unknown): { permits: number; plain: boolean; initial: number } {
  const given = readOptions(options, ['permits', 'plain', 'initial']);
  const plain = flag(given, 'plain', false);
  const permits = checkCount('options.permits', given['permits'], undefined, plain ? mostPlain : mostLeased);
  if (!plain && given['initial'] !== undefined) {
    throw argumentError('ERR_INVALID_ARG_VALUE', 'options.initial', 'plain: true beside it', given['initial']);
  }
  return { permits, plain, initial: checkCount('options.initial', given['initial'], permits, permits, 0) };
}

export function checkEvent(options: unknown): 'manual' | 'auto' {
  return choice(readOptions(options === undefined ? {} : options, ['reset']), 'reset', ['manual', 'auto']);
}

export interface RingOptions<T> {
  /** Bytes: a power of two, 4 KiB to 1 GiB. A message can have half of it, but for 8 bytes; 16 in a queue; in a topic a quarter of it, but for 8 bytes. */
  capacity: number;
  /** How values become bytes. Default: `'bytes'`. */
  codec?: CodecName | Codec<T>;
}

const leastRing = 2 ** 12;
const mostRing = 2 ** 30;

/** Of rings, queues and topics. */
export function checkRing(options: unknown): { capacity: number; codec: Codec<never> } {
  const given = readOptions(options, ['capacity', 'codec']);
  const capacity = checkCount('options.capacity', given['capacity'], undefined, mostRing, leastRing);
  if ((capacity & (capacity - 1)) !== 0) {
    throw argumentError('ERR_OUT_OF_RANGE', 'options.capacity', 'a power of two', capacity);
  }
  return { capacity, codec: checkCodec(given['codec']) };
}

/** @returns microseconds for which to poll */
export function checkConsumer(options: unknown = {}): number {
  return checkCount('options.busyPoll', readOptions(options, ['busyPoll'])['busyPoll'], 0, 1e9, 0);
}

export function checkSubscriber(options: unknown = {}): { isFromEarliest: boolean; busyPoll: number } {
  const given = readOptions(options, ['from', 'busyPoll']);
  return {
    isFromEarliest: choice(given, 'from', ['latest', 'earliest']) === 'earliest',
    busyPoll: checkCount('options.busyPoll', given['busyPoll'], 0, 1e9, 0),
  };
}

export interface RegisterOptions<T> {
  /** Bytes of the longest value, 1 to 1048576. */
  size: number;
  /** How values become bytes. Default: `'bytes'`. */
  codec?: CodecName | Codec<T>;
}

const mostRegister = 2 ** 20;

export function checkRegister(options: unknown): { size: number; codec: Codec<never> } {
  const given = readOptions(options, ['size', 'codec']);
  return { size: checkCount('options.size', given['size'], undefined, mostRegister), codec: checkCodec(given['codec']) };
}

export function checkBarrier(options: unknown): number {
  return checkCount('options.parties', readOptions(options, ['parties'])['parties'], undefined, mostParties);
}
