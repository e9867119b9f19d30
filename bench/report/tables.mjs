// The results as Markdown, which is also what the terminal shows.
import { markdownTable } from 'markdown-table';
import { significant } from './summary.mjs';

/** @import { CaseSummary, Spread } from './summary.mjs' */
/** @import { Results } from '../model.js' */

/** @param {Results} results */
export function environment({ machine, versions, contenders, trials, notices }) {
  const trialsRow = ['trials', `${trials}, each a fresh process, contenders in turn`];
  const rows = [...Object.entries(machine), ...Object.entries(versions), trialsRow];
  return [
    markdownTable([['', ''], ...rows]),
    markdownTable([['contender', 'is'], ...Object.entries(contenders)]),
    ...notices.map((notice) => `Note: ${notice}`),
  ].join('\n\n');
}

/** The times of a case. @param {CaseSummary} summary */
export function caseTable({ lines, note, baseline, unit }) {
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
  return note ? `${table}\n\n${note}` : table;
}

/** @param {Spread | undefined} spread */
function range(spread) {
  return spread ? `${significant(spread.low)} .. ${significant(spread.high)}` : '';
}

/** The figures to reach, of all cases. @param {CaseSummary[]} summaries */
export function goalTable(summaries) {
  const rows = summaries.flatMap(({ title, goals }) =>
    goals.map(({ text, value, reached }) => [title, text, reached === false ? `**${value}, not reached**` : value]),
  );
  return markdownTable([['case', 'to reach', 'measured'], ...rows]);
}
