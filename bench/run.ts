// Runs cases: one fresh process a trial, contenders in turn (A B C A B C ...), so that a slow minute hits all of them.
import { callsCommand, plainC } from './contenders/c.js';
import { ordinary } from './contenders/ordinary.js';
import { original } from './contenders/original.js';
import { ours } from './contenders/ours.js';
import { lineId } from './model.js';
import type { BenchCase, CaseResult, Contender, Job, Line, LineResult } from './model.js';
import { removeLeftovers, runTrial, startKeeper, uniqueKey } from './processes.js';

export { cases } from './cases/index.js';
export { machine, versions } from './machine.js';

export interface Options {
  readonly cases: readonly BenchCase[];
  readonly trials: number;
  /** Each case as small as it goes, to see that it runs. */
  readonly quick: boolean;
  /** index.js of the original and the compiled bench/c/calls.c, where there are any. */
  readonly originalPath: string | undefined;
  readonly callsPath: string | undefined;
  /** Ends everything that runs. */
  readonly signal: AbortSignal;
  progress(text: string): void;
}

export function contenders({ originalPath, callsPath }: Pick<Options, 'originalPath' | 'callsPath'>): Contender[] {
  return [ours, ...(originalPath ? [original(originalPath)] : []), ...(callsPath ? plainC(callsPath) : []), ordinary];
}

export async function run(options: Options): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const benchCase of options.cases) {
    options.progress(`${benchCase.name} `);
    try {
      results.push(await runCase(benchCase, options));
    } finally {
      removeLeftovers();
      options.progress('\n');
    }
  }
  return results;
}

async function runCase(benchCase: BenchCase, options: Options): Promise<CaseResult> {
  const present = new Map(contenders(options).map((contender) => [contender.name, contender]));
  const lines = benchCase.lines.filter((line) => present.has(line.contender));
  const results = lines.map((line): LineResult => ({ id: lineId(line), contender: line.contender, samples: [] }));
  const newJob = (line?: Line): Job => {
    const size = options.quick ? benchCase.quick : (line?.size ?? benchCase.full);
    return { ...size, verb: benchCase.verb, kind: benchCase.kind, key: uniqueKey(benchCase.kind) };
  };
  const trialOf = async (line: Line, job: Job): Promise<number> => {
    const contender = present.get(line.contender)!;
    return (await runTrial(benchCase.command?.(contender, line) ?? contender.command(benchCase, job), options.signal)).ns;
  };

  const held = benchCase.existing ? newJob() : undefined;
  const keeper = held && options.callsPath ? await hold(options.callsPath, held, options.signal) : undefined;
  try {
    for (let trial = 0; trial < options.trials; trial++) {
      for (const [i, line] of lines.entries()) {
        const result = results[i]!;
        if (result.failure !== undefined) continue;
        try {
          if (held && !keeper) throw new Error('needs a C compiler, for the process that holds the segment');
          result.samples.push(await trialOf(line, held ?? newJob(line)));
        } catch (error) {
          options.signal.throwIfAborted();
          result.failure = (error as Error).message;
          if (!held) removeLeftovers(); // room for the others
        }
      }
      options.progress('.');
    }
  } finally {
    await keeper?.stop();
  }
  const { name, title, unit, baseline, goals } = benchCase;
  return { name, title, unit, baseline, goals, lines: results };
}

function hold(program: string, job: Job, signal: AbortSignal) {
  return startKeeper(callsCommand(program, 'hold', job.kind === 'posix' ? 'sparse' : job.kind, job), signal);
}
