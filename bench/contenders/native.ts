import type { Contender } from '../model.js';

const descriptions = {
  'ours-cpp': 'this package, in C++',
  pthread: 'pthread_mutex_t, shared between processes',
  futex: 'a store and the system calls of futex, in C++',
  atomics: 'stores and loads that spin, in C++',
};

/** @param program - core/bench, compiled */
export function native(program: string): Contender[] {
  return Object.entries(descriptions).map(([name, description]) => ({
    name,
    description,
    command: (_, { verb, variant = '-', count, rounds, warmup }) =>
      [program, verb, name, variant, ...[count * rounds, count * warmup].map(String)],
  }));
}
