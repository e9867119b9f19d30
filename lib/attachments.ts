import type { Key } from './errors.js';
import { type Attached, native } from './native.js';

/** What this thread has attached, by key; a key has several where it came to mean another segment over time. */
const attachments = new Map<Key, Attached[]>();

export function remember(key: Key, attached: Attached): void {
  const list = attachments.get(key);
  if (list === undefined) attachments.set(key, [attached]);
  else list.push(attached);
}

/** Where the memory of the newest attachment of `key` is still in this thread: it has not been transferred away. */
export function newest(key: Key): Attached | undefined {
  const attached = attachments.get(key)?.at(-1);
  return attached !== undefined && attached[1].byteLength > 0 ? attached : undefined;
}

/** Hands over all attachments of `key`, oldest first, and forgets them. */
export function take(key: Key): readonly Attached[] {
  const list = attachments.get(key);
  if (list === undefined) return [];
  attachments.delete(key);
  return list;
}

/** Ends all attachments. @returns the number of System V segments destroyed with it */
export function closeAll(): number {
  attachments.clear();
  return native.closeAll();
}
