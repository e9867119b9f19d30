import type { BenchCase } from '../model.js';
import { asyncWake } from './async-wake.js';
import { createDestroy } from './create-destroy.js';
import { fill } from './fill.js';
import { getDetach } from './get-detach.js';
import { handOver } from './hand-over.js';
import { load } from './load.js';
import { lockCrowd } from './lock-crowd.js';
import { lockUncontended } from './lock-uncontended.js';
import { manySegments } from './many.js';
import { messages } from './messages.js';
import { segmentCreate } from './segment-create.js';
import { segmentFirstFill } from './segment-first-fill.js';
import { segmentInventory } from './segment-inventory.js';
import { segmentOpenClose } from './segment-open-close.js';
import { segmentSum } from './segment-sum.js';
import { segmentText } from './segment-text.js';
import { sum } from './sum.js';
import { tryLock } from './try-lock.js';

export const cases: readonly BenchCase[] = [
  ...createDestroy, ...getDetach, ...fill, sum, load, manySegments,
  ...segmentOpenClose, ...segmentCreate, ...segmentSum, segmentFirstFill, ...segmentText, segmentInventory,
  lockUncontended, tryLock, ...handOver, asyncWake, lockCrowd, ...messages,
];
