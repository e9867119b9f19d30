// One trial of a JavaScript contender in a process of its own: trial.js MODULE CASE JOB
import { setImmediate as turn } from 'node:timers/promises';
import { cases } from './cases/index.js';
import { Impossible } from './model.js';
import type { Job, Measured, Memory, Trial } from './model.js';

const [module, name, jobText] = process.argv.slice(2) as [string, string, string];
const job: Job = JSON.parse(jobText);
const memory: Memory = await import(module);
try {
  console.log(JSON.stringify(await measure(cases.find((benchCase) => benchCase.name === name)!.begin!(memory, job, module))));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Impossible) && code !== 'ERR_SHM_UNSUPPORTED') throw error;
  console.log(JSON.stringify({ notRun: message }));
}

async function measure(trial: Trial): Promise<Measured> {
  await run(trial, job.warmup);
  const start = process.hrtime.bigint();
  await run(trial, job.rounds);
  const elapsed = process.hrtime.bigint() - start;
  trial.end?.();
  return { ns: Number(elapsed) / (job.rounds * job.count), ...trial.report?.() };
}

/** Ends with a collection, inside the measured time: what a contender leaves to its finalizers is its work too. */
async function run(trial: Trial, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    await trial.round();
    await turn();
  }
  if (job.leaveGarbage) return;
  globalThis.gc!();
  await turn();
  await turn();
}
