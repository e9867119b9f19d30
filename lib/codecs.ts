import { Buffer } from 'node:buffer';
import { deserialize, serialize } from 'node:v8';

import { argumentError } from './errors.js';

/** How values become messages: both ends of a structure use the same. */
export interface Codec<T> {
  /** @returns the bytes of the message; they stay as they are until the call that has asked for them has settled */
  encode(value: T): Uint8Array;
  /** @param bytes a private copy */
  decode(bytes: Uint8Array): T;
}

/**
 * `'bytes'`: Uint8Array. `'utf8'`: strings. `'json'`: what JSON can say. `'v8'`: what structured clone can (Map, Date,
 * typed arrays, ...), between runtimes of the same engine that trust each other.
 */
export type CodecName = 'bytes' | 'utf8' | 'json' | 'v8';

const codecs: Readonly<Record<CodecName, Codec<never>>> = {
  bytes: {
    encode(value: unknown) {
      if (value instanceof Uint8Array) return value;
      throw argumentError('ERR_INVALID_ARG_TYPE', 'message', 'a Uint8Array', value);
    },
    decode: (bytes: Uint8Array) => bytes as never,
  },
  utf8: {
    encode(value: unknown) {
      if (typeof value === 'string') return Buffer.from(value);
      throw argumentError('ERR_INVALID_ARG_TYPE', 'message', 'a string', value);
    },
    decode: (bytes: Uint8Array) => text(bytes) as never,
  },
  json: {
    encode(value: unknown) {
      const json = JSON.stringify(value) as string | undefined;
      if (json !== undefined) return Buffer.from(json);
      throw argumentError('ERR_INVALID_ARG_TYPE', 'message', 'a value that JSON can say', value);
    },
    decode: (bytes: Uint8Array) => JSON.parse(text(bytes)) as never,
  },
  v8: {
    encode: (value: unknown) => serialize(value),
    decode: (bytes: Uint8Array) => deserialize(bytes) as never,
  },
};

/** @throws TypeError */
export function checkCodec(codec: unknown): Codec<never> {
  if (codec === undefined) return codecs.bytes;
  if (typeof codec === 'string' && Object.hasOwn(codecs, codec)) return codecs[codec as CodecName];
  const given = codec as Partial<Codec<never>> | null;
  if (typeof given === 'object' && typeof given?.encode === 'function' && typeof given.decode === 'function') {
    return given as Codec<never>;
  }
  throw argumentError('ERR_INVALID_ARG_VALUE', 'options.codec', "'bytes', 'utf8', 'json', 'v8' or { encode, decode }", codec);
}

export function isBytesCodec(codec: unknown): boolean {
  return codec === codecs.bytes;
}

function text({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString();
}
