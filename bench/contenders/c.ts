import type { Contender, Job } from '../model.js';

/** @param program - bench/c, compiled */
export function plainC(program: string): Contender[] {
  return [
    {
      name: 'c',
      description: 'the system calls that this package makes, in plain C, but unmaps at once',
      command: (_, job) => trialInC(program, job.verb, callsOf(job), job),
    },
    {
      name: 'c-naive',
      description: 'shm_open, ftruncate and mmap in plain C: nothing reserved, half-built objects visible',
      command: (_, job) => trialInC(program, job.verb, 'naive', job),
    },
  ];
}

/** Creates the segments of a job, says so on standard output, and destroys them when its standard input ends. */
export function holderInC(program: string, job: Job): string[] {
  return trialInC(program, 'hold', callsOf(job) === 'posix' ? 'naive' : callsOf(job), job); // the memory need not be there
}

function callsOf({ api, kind }: Job): string {
  return api === 'segment' ? `segment-${kind}` : kind;
}

function trialInC(program: string, verb: string, kind: string, job: Job): string[] {
  return [program, verb, kind, ...[job.key, job.bytes, job.segments, job.count, job.rounds, job.warmup].map(String)];
}
