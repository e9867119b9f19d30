import { constants } from 'node:os';
import { getSystemErrorMap, inspect } from 'node:util';

/** The number or name that a caller uses for a segment. */
export type Key = number | string;

/**
 * What the operating system or this library refused. Match on `code`: a name of `errno` (`'ENOSPC'`, `'EACCES'`, ...)
 * where the system said no, `'ERR_SHM_...'` where a rule of this library did.
 */
export class ShmError extends Error {
  override readonly name = 'ShmError';
  readonly code: string;
  /** Negative, as in the errors of Node.js; only where the system said no. */
  declare readonly errno?: number;
  /** The system call that failed; only where the system said no. */
  declare readonly syscall?: string;
  /** As it was given. */
  declare readonly key?: Key;

  constructor(message: string, details: { code: string; errno?: number; syscall?: string; key?: Key }) {
    super(message);
    this.code = details.code;
    Object.assign(this, details);
  }
}

/** A wrong argument: what it is called, which rule it breaks and what was received. */
export function argumentError(
  kind: 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE', name: string, expected: string, received: unknown,
): Error {
  const ErrorType = kind === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError;
  const shown = inspect(received, { depth: 0, maxStringLength: 64, breakLength: Infinity });
  return Object.assign(new ErrorType(`${name}: expected ${expected}, received ${shown}`), { code: kind });
}

/** What the system answered, in the form of Node's own system errors. `osError` is positive. */
export function systemError(verb: string, key: Key | undefined, osError: number, syscall: string): ShmError {
  const [code, reason] = getSystemErrorMap().get(-osError) ?? [errnoName(osError), `system error ${osError}`];
  return new ShmError(`${subject(verb, key)}: ${reason} (${code}, ${syscall})`, {
    code, errno: -osError, syscall, ...(key !== undefined && { key }),
  });
}

/** What a rule of this library refused. */
export function ruleError(code: `ERR_SHM_${string}`, verb: string, key: Key | undefined, reason: string): ShmError {
  return new ShmError(`${subject(verb, key)}: ${reason} (${code})`, { code, ...(key !== undefined && { key }) });
}

/** For the errors that Node's own map leaves out, such as EIDRM. */
function errnoName(osError: number): string {
  return Object.entries(constants.errno).find(([, value]) => value === osError)?.[0] ?? `E${osError}`;
}

function subject(verb: string, key: Key | undefined): string {
  return key === undefined ? verb : `${verb} ${JSON.stringify(key)}`;
}
