// The results as Markdown, which is also what the terminal shows.
import { markdownTable } from 'markdown-table';
import { significant } from './summary.mjs';

/** @import { CaseSummary, Spread } from './summary.mjs' */
/** @import { Results } from '../model.js' */

/** @param {Results} results */
export function environment({ machine, versions, contenders, trials, notices }) {
  const rows = [...Object.entries(machine), ...Object.entries(versions), ['trials', `${trials}, each a fresh process, contenders in turn`]];
  return [
    markdownTable([['', ''], ...rows]),
    markdownTable([['contender', 'is'], ...Object.entries(contenders)]),
    ...notices.map((notice) => `Note: ${notice}`),
  ].join('\n\n');
}

/** One table of times for a case, and one line for each figure to reach. @param {CaseSummary} summary */
export function caseTable({ lines, goals, baseline, unit }) {
  const table = markdownTable(
    [
      ['', `median, ${unit}`, 'quartiles', `× ${baseline}`, 'quartiles'],
      ...lines.map(({ id, time, ratio, failure }) => [
        id,
        time ? significant(time.median) : `failed: ${failure}`,
        range(time),
        ratio ? significant(ratio.median) : '',
        range(ratio),
      ]),
    ],
    { align: ['l', 'r', 'r', 'r', 'r'] },
  );
  return [table, ...goals.map(goalLine)].join('\n\n');
}

/** @param {Spread | undefined} spread */
function range(spread) {
  return spread ? `${significant(spread.low)} .. ${significant(spread.high)}` : '';
}

/** @param {CaseSummary['goals'][number]} goal */
function goalLine({ text, value, reached }) {
  return `To reach: ${text}. Measured: ${value}${reached === undefined ? '' : reached ? ', reached' : ', **not reached**'}.`;
}
