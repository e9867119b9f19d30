import type { Contender } from '../model.js';
import { javascript } from './javascript.js';

export const ours: Contender = javascript('ours', 'this package', 'shm-typed-array');
