import type { Key } from './errors.js';
import { native } from './native.js';
import { sharedMemory } from './shared-memory.js';

/** A mapping of this thread and the one ArrayBuffer over its payload. */
export interface Attachment {
  readonly handle: number;
  readonly memory: ArrayBuffer;
}

/** What this thread has attached, by key; a key has several where it came to mean another segment over time. */
const attachments = new Map<Key, Attachment[]>();

/**
 * Makes views of what the addon has just opened possible, and notes it.
 *
 * @param isNew whether it was created, and goes again where this fails
 * @returns undefined where it failed, as it does in a worker that is being terminated
 */
export function add(key: Key, handle: number, isNew: boolean): Attachment | undefined {
  const memory = native.buffer(handle);
  if (memory === undefined) {
    native.close(handle, isNew);
    return undefined;
  }
  const attachment = { handle, memory: sharedMemory(memory) };
  const list = attachments.get(key);
  if (list === undefined) attachments.set(key, [attachment]);
  else list.push(attachment);
  return attachment;
}

/** The newest attachment of `key`, unless its memory was transferred away from this thread. */
export function newest(key: Key): Attachment | undefined {
  const attachment = attachments.get(key)?.at(-1);
  return attachment !== undefined && attachment.memory.byteLength > 0 ? attachment : undefined;
}

/**
 * Ends all attachments of `key`, oldest first.
 *
 * @param endsLifetime whether a System V segment is destroyed when this was its last attachment
 * @returns what the addon answered for each: the number of attachments left, or undefined where it failed
 */
export function close(key: Key, endsLifetime: boolean): readonly (number | undefined)[] {
  const list = attachments.get(key) ?? [];
  attachments.delete(key);
  // Another instance of this library in this thread may have closed some, by its closeAll().
  return list.filter(({ handle }) => native.isOpen(handle)).map(({ handle }) => native.close(handle, endsLifetime));
}

/** Ends all attachments of this thread. @returns the number of System V segments destroyed with it */
export function closeAll(): number {
  attachments.clear();
  return native.closeAll();
}
