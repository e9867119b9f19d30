import type { TypedArray } from './private-array.js';
import type { ReadonlyBytes } from './readonly-bytes.js';
import type { ReadonlyDataView } from './readonly-data-view.js';
import type { ReadonlyView } from './readonly-view.js';
import type { Segment } from './segment.js';
import type { TypedArrayConstructor } from './segment-views.js';

/** A {@link Segment} that was opened with `access: 'read'`: the same, but for views that cannot write. */
export interface ReadonlySegment
  extends Omit<Segment, 'view' | 'bytes' | 'dataView' | 'buffer' | 'sharedBuffer' | 'wasmMemory'> {
  readonly access: 'read';
  view<T extends TypedArray>(type: TypedArrayConstructor<T>, byteOffset?: number, length?: number): ReadonlyView<T>;
  bytes(byteOffset?: number, byteLength?: number): ReadonlyBytes;
  dataView(byteOffset?: number, byteLength?: number): ReadonlyDataView;
}
