export {
  create, createPosix, destroy, detach, detachAll, detachPosix, get, getPosix, getTotalCreatedSize, getTotalSize,
} from './compat.js';
export {
  BufferType, LengthMax,
  SHMBT_BUFFER, SHMBT_INT8, SHMBT_UINT8, SHMBT_UINT8CLAMPED, SHMBT_INT16, SHMBT_UINT16, SHMBT_INT32, SHMBT_UINT32,
  SHMBT_FLOAT32, SHMBT_FLOAT64, SHMBT_BIGINT64, SHMBT_BIGUINT64, SHMBT_FLOAT16,
} from './element-types.js';
export { ShmError } from './errors.js';
export { ManagedSegment } from './managed-segment.js';
export { ReadonlyBytes } from './readonly-bytes.js';
export { ReadonlyDataView } from './readonly-data-view.js';
export { ReadonlyView } from './readonly-view.js';
export { type ReadonlySegment, Segment } from './segment.js';
export { notify, wait, waitAsync } from './words.js';
export type { Shm, ShmMap } from './element-types.js';
export type {
  CreateOptions, MemoryOptions, OpenFileOptions, OpenOptions, OpenOrCreateOptions,
} from './segment-options.js';
export type { SegmentKind, SegmentStatus } from './segment-status.js';
export type { Barrier, BarrierPassage } from './barrier.js';
export type { Codec, CodecName } from './codecs.js';
export type { Condition } from './condition.js';
export type { Consumer } from './consumer.js';
export type { Event } from './event.js';
export type { Lease } from './lease.js';
export type { LockGuard } from './lock-guard.js';
export type { ListedObject, ListedParticipant } from './managed-listing.js';
export type { ManagedCreateOptions, ManagedOpenOptions, ManagedOpenOrCreateOptions } from './managed-options.js';
export type { Mutex } from './mutex.js';
export type { RegisterOptions, RingOptions, SemaphoreOptions } from './object-options.js';
export type { Producer } from './producer.js';
export type { Queue } from './queue.js';
export type { LeaseOption, QueueConsumer } from './queue-consumer.js';
export type { Receiver } from './receiver.js';
export type { Register } from './register.js';
export type { Ring } from './ring.js';
export type { ReadGuard, RwLock } from './rw-lock.js';
export type { Sender } from './sender.js';
export type { Permit, PlainSemaphore, Semaphore } from './semaphore.js';
export type { Subscriber } from './subscriber.js';
export type { SubscribeOptions, Topic } from './topic.js';
export type { AsyncWaitOptions, WaitOptions } from './waiting.js';
export type { WordWaitResult } from './words.js';
