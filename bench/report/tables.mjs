// The results as Markdown, which is also what the terminal shows.
import { markdownTable } from 'markdown-table';
import { significant } from './summary.mjs';

/** @import { CaseSummary, LineSummary, Spread } from './summary.mjs' */
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

/** The times of a case, and what they consist of. @param {CaseSummary} summary */
export function caseTable({ lines, note, baseline, unit }) {
  const of = partNames(lines);
  const figures = figureNames(lines);
  const tables = [
    timeTable(lines, baseline, unit),
    ...(of.length > 0 ? [partTable(lines, of, unit)] : []),
    ...(figures.length > 0 ? [figureTable(lines, figures)] : []),
  ];
  return [...tables, ...(note ? [note] : [])].join('\n\n');
}

/** @param {LineSummary[]} lines @param {string} baseline @param {string} unit */
function timeTable(lines, baseline, unit) {
  return markdownTable(
    [
      ['', `median, ${unit}`, 'quartiles', `× ${baseline}`, 'quartiles'],
      ...lines.map(({ id, time, ratio, failure, notRun }) => [
        id,
        time ? significant(time.median) : notRun !== undefined ? `not run: ${notRun}` : `failed: ${failure}`,
        range(time),
        ratio ? significant(ratio.median) : '',
        range(ratio),
      ]),
    ],
    { align: ['l', 'r', 'r', 'r', 'r'] },
  );
}

/** The names of what the operations consist of. @param {LineSummary[]} lines */
export function partNames(lines) {
  return Object.keys(lines.find(({ parts }) => parts)?.parts ?? {});
}

/** @param {LineSummary[]} lines @param {string[]} names @param {string} unit */
function partTable(lines, names, unit) {
  const rows = lines.flatMap(({ id, parts, huge }) => {
    if (!parts) return [];
    const times = names.flatMap((name) => [significant(parts[name]?.median ?? NaN), range(parts[name])]);
    return [[id, ...times, huge === undefined ? '' : `${Math.round(100 * huge)} %`]];
  });
  const header = ['', ...names.flatMap((name) => [`${name}, ${unit}`, 'quartiles']), 'in huge pages'];
  return markdownTable([header, ...rows], { align: ['l', ...names.flatMap(() => ['r', 'r']), 'r'] });
}

/** What else was measured. @param {LineSummary[]} lines */
function figureNames(lines) {
  return [...new Set(lines.flatMap(({ figures }) => Object.keys(figures ?? {})))];
}

/** Of all trials, because here the worst one counts. @param {LineSummary[]} lines @param {string[]} names */
function figureTable(lines, names) {
  const rows = lines.flatMap(({ id, figures }) => {
    if (!figures) return [];
    return [[id, ...names.flatMap((name) => {
      const figure = figures[name];
      return figure ? [significant(figure.median), `${significant(figure.least)} .. ${significant(figure.most)}`] : ['', ''];
    })]];
  });
  const header = ['', ...names.flatMap((name) => [name, 'all trials'])];
  return markdownTable([header, ...rows], { align: ['l', ...names.flatMap(() => ['r', 'r'])] });
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
