import type { BenchCase } from '../model.js';
import { createDestroy } from './create-destroy.js';
import { fill } from './fill.js';
import { getDetach } from './get-detach.js';
import { load } from './load.js';
import { manySegments } from './many.js';
import { sum } from './sum.js';

export const cases: readonly BenchCase[] = [...createDestroy, ...getDetach, ...fill, sum, load, manySegments];
