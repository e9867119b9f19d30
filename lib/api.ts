export {
  create, createPosix, destroy, detach, detachAll, detachPosix, get, getPosix, getTotalCreatedSize, getTotalSize,
} from './compat.js';
export {
  BufferType, LengthMax,
  SHMBT_BUFFER, SHMBT_INT8, SHMBT_UINT8, SHMBT_UINT8CLAMPED, SHMBT_INT16, SHMBT_UINT16, SHMBT_INT32, SHMBT_UINT32,
  SHMBT_FLOAT32, SHMBT_FLOAT64, SHMBT_BIGINT64, SHMBT_BIGUINT64, SHMBT_FLOAT16,
} from './element-types.js';
export { ShmError } from './errors.js';
export type { Shm, ShmMap } from './element-types.js';
