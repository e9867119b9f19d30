// One trial of a JavaScript contender in a process of its own: trial.js MODULE CASE JOB
import { setImmediate as turn } from 'node:timers/promises';
import { cases } from './cases/index.js';
import type { Job, Memory } from './model.js';

const [module, name, jobText] = process.argv.slice(2) as [string, string, string];
const job: Job = JSON.parse(jobText);
const memory: Memory = await import(module);
const trial = cases.find((benchCase) => benchCase.name === name)!.begin!(memory, job);

await run(job.warmup);
const start = process.hrtime.bigint();
await run(job.rounds);
const elapsed = process.hrtime.bigint() - start;
trial.end?.();
console.log(JSON.stringify({ ns: Number(elapsed) / (job.rounds * job.count) }));

/** Ends with a collection, inside the measured time: what a contender leaves to its finalizers is its work too. */
async function run(rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    await trial.round();
    await turn();
  }
  if (job.leaveGarbage) return;
  globalThis.gc!();
  await turn();
  await turn();
}
