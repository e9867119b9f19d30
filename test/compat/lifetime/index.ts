import type { Case, Cases } from './case.js';
import { operations } from './operations.js';
import { reentry } from './reentry.js';
import { touch } from './touch.js';
import { transfer } from './transfer.js';

export const groups: Readonly<Record<string, Cases>> = { touch, transfer, operations, reentry };

export function caseOf(group: string, name: string): Case {
  const found = groups[group]![name]!;
  return typeof found === 'function' ? { run: found } : found;
}
