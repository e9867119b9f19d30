// What each unit of the core may include. A unit is a header of core/include/shm or core/src with the source file of
// its name, or a folder there (layout, sync, message, map, os).
const words = [
  'error', 'result', 'function_ref', 'segment_name', 'segment_options', 'segment_status', 'system_v_key',
  'layout',
];

export const coreOrder = {
  managed_segment: [
    'message', 'map', 'sync', 'deadline', 'segment', 'mapping', 'ledger', 'participant', 'process_id', 'crc32c', 'os', ...words,
  ],
  message: ['sync', 'deadline', 'participant', 'os', ...words],
  map: ['sync', 'deadline', 'participant', ...words],
  sync: ['deadline', 'participant', 'os', ...words],
  inventory: ['segment', 'os', ...words],
  retired_addresses: ['segment', 'os', ...words],
  segment: ['totals', 'ledger', 'participant', 'mapping', 'os', ...words],
  mapping: ['fault_guard', 'os', ...words],
  ledger: ['totals', 'os', ...words],
  fault_guard: ['os', ...words],
  totals: ['os', ...words],
  participant: ['process_id', 'os', ...words],
  process_id: ['os', ...words],
  os: words,
  segment_name: ['result', 'error', 'layout'],
  segment_options: [],
  segment_status: [],
  system_v_key: [],
  function_ref: [],
  deadline: ['os', ...words],
  result: ['error', 'layout'],
  error: ['layout'],
  crc32c: [],
  layout: [],
};

/** The unit that a file of the core belongs to; undefined for tests, benchmarks and what is outside the core. */
export function coreUnit(file) {
  return /^core\/(?:include\/shm|src)\/([^/.]+)/.exec(file)?.[1];
}
