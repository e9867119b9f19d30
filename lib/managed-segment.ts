import { Barrier } from './barrier.js';
import type { Codec } from './codecs.js';
import { Condition } from './condition.js';
import { Event } from './event.js';
import { isThere } from './inventory.js';
import { type ListedObject, type ListedParticipant, listedObject, listedParticipant } from './managed-listing.js';
import {
  type ManagedCreateOptions, type ManagedOpenOptions, type ManagedOpenOrCreateOptions, type ManagedOpening,
  checkManagedName, checkManagedOptions,
} from './managed-options.js';
import { Mutex, MutexCore } from './mutex.js';
import { lastFailure, native } from './native.js';
import {
  type RegisterOptions, type RingOptions, type SemaphoreOptions, checkBarrier, checkEvent, checkRegister, checkRing, checkSemaphore,
} from './object-options.js';
import { ObjectTable } from './object-table.js';
import { OpenManaged } from './open-managed.js';
import { Queue } from './queue.js';
import { QueueMemory } from './queue-memory.js';
import { Register } from './register.js';
import { RegisterCore } from './register-core.js';
import { Ring } from './ring.js';
import { RingMemory } from './ring-memory.js';
import { RwLock } from './rw-lock.js';
import { PlainSemaphore, Semaphore } from './semaphore.js';
import { Topic } from './topic.js';
import { TopicMemory } from './topic-memory.js';

/** What this thread has open: a name opened again is the same segment. */
const everyOpen = new Set<ManagedSegment>();

/** One of them that the name still means, opened once more. */
let again: (name: string) => ManagedSegment | undefined;
/** Closes all, as the end of the thread does. */
export let closeAllManaged: () => void;

/**
 * Shared memory with a table of contents: objects that processes and threads find or make by name. Each thread that has
 * it open is a participant of its own.
 *
 * Made by its static functions. It ends with the last `close()` of those who opened it in this thread.
 *
 * @example
 * const app = ManagedSegment.openOrCreate('/app', { size: 1 << 20 });
 * await app.mutex('turn').run(() => console.log('my turn'));
 * app.close();
 */
export class ManagedSegment {
  readonly #open: OpenManaged;
  readonly #objects: ObjectTable;
  #users = 1;

  /** @internal */
  constructor(made: typeof internal, opened: OpenManaged) {
    if (made !== internal) {
      throw Object.assign(new TypeError('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
    }
    this.#open = opened;
    this.#objects = new ObjectTable(opened);
    everyOpen.add(this);
  }

  /**
   * Makes a segment that is complete before its name appears.
   *
   * @throws TypeError, RangeError (arguments); ShmError `EEXIST`, `ENOSPC`, `EACCES`, ...
   */
  static create(name: string, options: ManagedCreateOptions): ManagedSegment {
    const checked = checkManagedName(name);
    return make('create', native.createManaged, checked, checkManagedOptions(options, 'create'));
  }

  /**
   * Opens one.
   *
   * @throws ShmError `ENOENT`, `EACCES`, ...; `ERR_SHM_LAYOUT` (no managed segment, or of another version),
   * `ERR_SHM_UNTRUSTED`, `ERR_SHM_NO_SLOT`, `ERR_SHM_CORRUPT`, `ERR_SHM_NOT_READY`
   */
  static open(name: string, options?: ManagedOpenOptions): ManagedSegment {
    const checked = checkManagedName(name);
    const opening = checkManagedOptions(options, 'open');
    return again(checked) ?? make('open', native.openManaged, checked, opening);
  }

  /**
   * Opens the segment or makes it: of any number of processes that do this at once one makes it, which
   * {@link ManagedSegment.created} tells. What is there keeps its size and limits.
   *
   * @throws as {@link ManagedSegment.create} and {@link ManagedSegment.open}
   */
  static openOrCreate(name: string, options: ManagedOpenOrCreateOptions): ManagedSegment {
    const checked = checkManagedName(name);
    const opening = checkManagedOptions(options, 'openOrCreate');
    return again(checked) ?? make('openOrCreate', native.openOrCreateManaged, checked, opening);
  }

  /** Removes the name. Who has it open goes on. @throws ShmError `ENOENT`, `EACCES`, `EPERM` */
  static unlink(name: string): void {
    const checked = checkManagedName(name);
    if (native.unlinkManaged(checked) === undefined) throw lastFailure().toError('unlink', name);
  }

  /** Whether there is an object of this name. */
  static exists(name: string): boolean {
    return isThere(checkManagedName(name), name);
  }

  get name(): string {
    return this.#open.name;
  }

  /** Bytes, all included; 0 when closed. */
  get size(): number {
    return this.#open.closed ? 0 : this.#open.size;
  }

  /** Whether this call made the segment, and did not find it. */
  get created(): boolean {
    return this.#open.created;
  }

  get closed(): boolean {
    return this.#open.closed;
  }

  /** The objects in it. */
  list(): ListedObject[] {
    this.#open.check('list');
    const objects = native.managedObjects(this.#open.handle);
    if (objects === undefined) throw lastFailure().toError('list', this.name);
    return objects.map(listedObject);
  }

  /** Who has it open; those who have died are here until somebody takes their place. */
  participants(): ListedParticipant[] {
    this.#open.check('participants');
    const participants = native.managedParticipants(this.#open.handle);
    if (participants === undefined) throw lastFailure().toError('participants', this.name);
    return participants.map(listedParticipant);
  }

  // Of each function below: the object of this name, made if there is none; the same one for the same name.
  // Throws TypeError, RangeError (arguments); ShmError ERR_SHM_TYPE_MISMATCH, ERR_SHM_FULL, ERR_SHM_CLOSED, ...

  /** One thread at a time, of all threads of all processes. */
  mutex(name: string): Mutex {
    return this.#objects.find('mutex', name, (object) => new Mutex(new MutexCore(object)));
  }

  /** Many readers, or one writer. */
  rwLock(name: string): RwLock {
    return this.#objects.find('rwLock', name, (object) => new RwLock(object));
  }

  /** At most so many at a time; with `plain: true` a number that goes up and down. */
  semaphore(name: string, options: SemaphoreOptions & { plain: true }): PlainSemaphore;
  semaphore(name: string, options: { permits: number; plain?: false }): Semaphore;
  semaphore(name: string, options: SemaphoreOptions): Semaphore | PlainSemaphore {
    const { permits, plain, initial } = checkSemaphore(options);
    return plain
      ? this.#objects.find('semaphore', name, (object) => new PlainSemaphore(object), permits, initial)
      : this.#objects.find('leasedSemaphore', name, (object) => new Semaphore(object), permits);
  }

  /** Something that happens. `reset: 'auto'` lets one waiter pass each time. */
  event(name: string, options?: { reset?: 'manual' | 'auto' }): Event {
    return this.#objects.find('event', name, (object) => new Event(object), checkEvent(options) === 'auto' ? 1 : 0);
  }

  /** A change of what a mutex protects. */
  condition(name: string): Condition {
    return this.#objects.find('condition', name, (object) => new Condition(object));
  }

  /** Lets so many pass when all of them have arrived. */
  barrier(name: string, options: { parties: number }): Barrier {
    return this.#objects.find('barrier', name, (object) => new Barrier(object), checkBarrier(options));
  }

  /** Messages from one producer to one consumer. */
  ring(name: string, options: RingOptions<Uint8Array> & { codec?: 'bytes' }): Ring;
  ring(name: string, options: RingOptions<string> & { codec: 'utf8' }): Ring<string>;
  ring<T = unknown>(name: string, options: RingOptions<T> & { codec: 'json' | 'v8' | Codec<T> }): Ring<T>;
  ring<T>(name: string, options: RingOptions<T>): Ring<T> {
    const { capacity, codec } = checkRing(options);
    const memory = this.#objects.find('ring', name, (object) => new RingMemory(object, capacity), capacity);
    return new Ring<T>(memory, codec as Codec<unknown> as Codec<T>);
  }

  /** Messages from many to many, each to one of them. */
  queue(name: string, options: RingOptions<Uint8Array> & { codec?: 'bytes' }): Queue;
  queue(name: string, options: RingOptions<string> & { codec: 'utf8' }): Queue<string>;
  queue<T = unknown>(name: string, options: RingOptions<T> & { codec: 'json' | 'v8' | Codec<T> }): Queue<T>;
  queue<T>(name: string, options: RingOptions<T>): Queue<T> {
    const { capacity, codec } = checkRing(options);
    const memory = this.#objects.find('queue', name, (object) => new QueueMemory(object, capacity), capacity);
    return new Queue<T>(memory, codec as Codec<unknown> as Codec<T>);
  }

  /** Messages from anybody to all who listen. */
  topic(name: string, options: RingOptions<Uint8Array> & { codec?: 'bytes' }): Topic;
  topic(name: string, options: RingOptions<string> & { codec: 'utf8' }): Topic<string>;
  topic<T = unknown>(name: string, options: RingOptions<T> & { codec: 'json' | 'v8' | Codec<T> }): Topic<T>;
  topic<T>(name: string, options: RingOptions<T>): Topic<T> {
    const { capacity, codec } = checkRing(options);
    const memory = this.#objects.find('topic', name, (object) => new TopicMemory(object, capacity), capacity);
    return new Topic<T>(memory, codec as Codec<unknown> as Codec<T>);
  }

  /** The latest value of something. */
  register(name: string, options: RegisterOptions<Uint8Array> & { codec?: 'bytes' }): Register;
  register(name: string, options: RegisterOptions<string> & { codec: 'utf8' }): Register<string>;
  register<T = unknown>(name: string, options: RegisterOptions<T> & { codec: 'json' | 'v8' | Codec<T> }): Register<T>;
  register<T>(name: string, options: RegisterOptions<T>): Register<T> {
    const { size, codec } = checkRegister(options);
    const core = this.#objects.find('register', name, (object) => new RegisterCore(object, size), size);
    return new Register<T>(core, codec as Codec<unknown> as Codec<T>);
  }

  /**
   * Ends it in this thread, if nobody else in this thread has opened it: waits are rejected with `ERR_SHM_CLOSED`, and
   * locks that are held are left as by a death. Closing more often does nothing.
   */
  close(): void {
    if (this.#open.closed || --this.#users > 0) return;
    everyOpen.delete(this);
    this.#open.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  static {
    again = (name) => {
      for (const segment of everyOpen) {
        if (segment.name !== name || !native.isManagedAt(segment.#open.handle, name)) continue;
        segment.#users++;
        return segment;
      }
      return undefined;
    };
    closeAllManaged = () => {
      for (const segment of everyOpen) {
        segment.#users = 1;
        segment.close();
      }
    };
  }
}

const internal = Symbol('made by the static functions');

function make(verb: string, open: typeof native.openManaged, name: string, opening: ManagedOpening): ManagedSegment {
  const { size, mode, participants, objects, flags } = opening;
  const handle = open(name, size, mode, participants, objects, flags);
  if (handle === undefined) throw lastFailure().toError(verb, name);
  return new ManagedSegment(internal, new OpenManaged(handle, name));
}
