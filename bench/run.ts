// Runs cases: one fresh process a trial, contenders in turn, so that a slow minute hits all of them, and to and fro
// (A B C C B A ...), so that none always runs after the same other one.
import { holderInC, plainC } from './contenders/c.js';
import { lockFile } from './contenders/lock-file.js';
import { native } from './contenders/native.js';
import { ordinary } from './contenders/ordinary.js';
import { original } from './contenders/original.js';
import { ours } from './contenders/ours.js';
import { processSend, unixSocket } from './contenders/waking.js';
import { lineId } from './model.js';
import type { BenchCase, CaseResult, Contender, Job, Line, LineResult, Measured, NotRun } from './model.js';
import { withSharedMemory } from './own-shared-memory.js';
import { removeLeftovers, runTrial, startKeeper, uniqueKey } from './processes.js';

export { cases } from './cases/index.js';
export { machine, versions } from './machine.js';

export interface Options {
  readonly cases: readonly BenchCase[];
  readonly trials: number;
  /** Each case as small as it goes, to see that it runs. */
  readonly quick: boolean;
  /** index.js of the original and the compiled bench/c, where there are any. */
  readonly originalPath: string | undefined;
  readonly programInC: string | undefined;
  /** core/bench, compiled. */
  readonly lockBench: string;
  /** The folder bench/ itself, where its modules are found. */
  readonly folder: string;
  /** Ends everything that runs. */
  readonly signal: AbortSignal;
  progress(text: string): void;
}

export type Present = Pick<Options, 'originalPath' | 'programInC' | 'lockBench' | 'folder'>;

export function contenders({ originalPath, programInC, lockBench, folder }: Present): Contender[] {
  return [
    ours,
    ...(originalPath ? [original(originalPath)] : []),
    ...(programInC ? plainC(programInC) : []),
    ordinary,
    ...native(lockBench),
    lockFile(folder),
    unixSocket,
    processSend,
  ];
}

export async function run(options: Options): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const benchCase of options.cases) {
    if (benchCase.existing && !options.programInC) continue;
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
  const newJob = ({ size, variant }: Omit<Line, 'contender'>, key = uniqueKey(benchCase.kind)): Job => {
    const { verb, api = 'compat', kind, quick, full } = benchCase;
    return { ...(options.quick ? quick : (size ?? full)), verb, api, kind, key, ...(variant !== undefined && { variant }) };
  };
  const trialOf = (line: Line, job: Job): Promise<Measured | NotRun> => {
    const contender = present.get(line.contender)!;
    const command = benchCase.command?.(contender, line) ?? contender.command(benchCase, job);
    return runTrial(line.huge ? withSharedMemory(line.huge, job.bytes, command) : command, options.signal);
  };
  const failAll = (error: Error): undefined => {
    options.signal.throwIfAborted();
    for (const result of results) result.failure = error.message;
  };

  const held = benchCase.existing ? newJob({}) : undefined;
  const keeper = held && (await startKeeper(holderInC(options.programInC!, held), options.signal).catch(failAll));
  try {
    for (let trial = 0; trial < options.trials; trial++) {
      const turns = [...lines.entries()];
      if (trial % 2 === 1) turns.reverse();
      for (const [i, line] of turns) {
        const result = results[i]!;
        if (result.failure !== undefined || result.notRun !== undefined) continue;
        try {
          keep(await trialOf(line, newJob(line, held?.key)), result);
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
  const { name, title, note, unit, baseline, goals } = benchCase;
  return { name, title, ...(note && { note }), unit, baseline, goals, lines: results };
}

function keep(measured: Measured | NotRun, result: LineResult): void {
  if ('notRun' in measured) {
    result.notRun = measured.notRun;
    return;
  }
  result.samples.push(measured.ns);
  if (measured.huge !== undefined) (result.huge ??= []).push(measured.huge);
  for (const [name, figure] of Object.entries(measured.figures ?? {})) ((result.figures ??= {})[name] ??= []).push(figure);
  for (const [part, ns] of Object.entries(measured.parts ?? {})) ((result.parts ??= {})[part] ??= []).push(ns);
}
