import { fileURLToPath } from 'node:url';
import type { Contender } from '../model.js';

const trial = fileURLToPath(new URL('../trial.js', import.meta.url));

/** A module with the API of shm-typed-array; each trial is a fresh Node. */
export function javascript(name: string, description: string, module: string): Contender {
  return {
    name,
    description,
    module,
    command: (benchCase, job) => [process.execPath, '--expose-gc', trial, module, benchCase.name, JSON.stringify(job)],
  };
}
