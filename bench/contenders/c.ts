import type { Contender, Job } from '../model.js';

/** @param program - bench/c/calls.c, compiled */
export function plainC(program: string): Contender[] {
  return [
    {
      name: 'c',
      description: 'the system calls that this package makes, in plain C',
      command: (_, job) => callsCommand(program, job.verb, job.kind, job),
    },
    {
      name: 'c-naive',
      description: 'shm_open, ftruncate and mmap in plain C: nothing reserved, half-built objects visible',
      command: (_, job) => callsCommand(program, job.verb, 'naive', job),
    },
  ];
}

export function callsCommand(program: string, verb: string, kind: string, job: Job): string[] {
  return [program, verb, kind, ...[job.key, job.bytes, job.segments, job.count, job.rounds, job.warmup].map(String)];
}
