// Prints the results, and writes them into bench/results and docs.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { plot } from './plot.mjs';
import { plotParts } from './plot-parts.mjs';
import { summarize } from './summary.mjs';
import { caseTable, environment, goalTable, partNames } from './tables.mjs';

/** @import { CaseSummary } from './summary.mjs' */
/** @import { Results } from '../model.js' */

/** @param {Results} results */
export function print(results) {
  console.log(`\n${environment(results)}`);
  const summaries = results.cases.map(summarize);
  for (const summary of summaries) console.log(`\n## ${summary.name}: ${summary.title}\n\n${caseTable(summary)}`);
  if (results.quick) console.log('\nThis brief run shows that the cases work; its figures are worth nothing.');
  else console.log(`\n${goalTable(summaries)}`);
}

/** @param {Results} results @param {string} root @returns {Promise<string[]>} the files written */
export async function write(results, root) {
  const summaries = results.cases.map(summarize);
  const files = {
    'bench/results/results.json': `${JSON.stringify(results, null, 1)}\n`,
    'docs/benchmarks.svg': `${await plot(summaries)}\n`,
    'docs/benchmarks.md': page(results, summaries),
    ...Object.fromEntries(await Promise.all(summaries.filter(hasParts).map(partsFile))),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return Object.keys(files);
}

/** @param {CaseSummary} summary */
function hasParts({ lines }) {
  return partNames(lines).length > 0;
}

/** @param {CaseSummary} summary @returns {Promise<[string, string]>} a file and what is in it */
async function partsFile(summary) {
  return [`docs/${partsName(summary)}`, `${await plotParts(summary)}\n`];
}

/** @param {CaseSummary} summary */
function partsName({ name }) {
  return `benchmarks-${name}.svg`;
}

/** @param {CaseSummary} summary */
function section(summary) {
  const picture = hasParts(summary) ? `\n![The parts of each line's time](${partsName(summary)})\n` : '';
  return `\n## ${summary.title}\n\n\`--case ${summary.name}\`\n\n${caseTable(summary)}\n${picture}`;
}

/** @param {Results} results @param {ReturnType<typeof summarize>[]} summaries */
function page(results, summaries) {
  return `# Benchmarks

\`\`\`sh
${results.command}
\`\`\`

measures this on your machine, and writes this page. Compare ratios within one run, not times of different runs.

![Each contender's time relative to the baseline of the case](benchmarks.svg)

A dot is the median, the bar behind it reaches from quartile to quartile, a black tick is the figure to reach.

## Figures to reach

${goalTable(summaries)}

## Measured on

${results.date}

${environment(results)}

## How to read the figures

* Each trial is a fresh process, and the contenders take turns, to and fro, so that noise of the machine hits all of them. A
  ratio is the median of the ratios trial by trial. Processes with JavaScript are not pinned to a core: V8 and
  this package have threads that help. Of those in C++ each case says where they run.
* The JavaScript contenders are warmed up, turn the event loop between batches, and collect all garbage before the clock stops:
  what they leave to finalizers is part of their time.
* The cases of the functions use \`Uint8Array\`, because version 0.1.1 may detach a wrong segment when a \`Buffer\` is collected.
* A line that the machine or the runtime can't run says why, and counts for nothing.
${summaries.map(section).join('')}`;
}
