import type { Contender } from '../model.js';
import { javascript } from './javascript.js';

const module = new URL('./ordinary-memory.js', import.meta.url).href;

export const ordinary: Contender = javascript('ordinary', 'ordinary memory, not shared between processes', module);
