// From samples to medians, spreads, ratios and the figures to reach.
// The files of this folder are plain JavaScript that runs where it lies: the libraries of bench/ resolve from here only, and
// the tests, which are compiled together with the rest of bench/, need none of them.
import { median, quantile } from 'simple-statistics';

/** @import { CaseResult, Goal, LineResult } from '../model.js' */

/**
 * @typedef {{ median: number, low: number, high: number }} Spread quartiles around the median
 * @typedef {{ median: number, least: number, most: number }} Range
 * @typedef {{ id: string, contender: string, failure?: string, notRun?: string, time?: Spread, ratio?: Spread,
 *   limit?: number | undefined, parts?: Record<string, Spread>,
 *   figures?: Record<string, Range>, huge?: number }} LineSummary of which `limit` is the ratio to reach
 * @typedef {{ text: string, value: string, reached?: boolean }} GoalSummary `reached` is absent where it was not measured
 * @typedef {Pick<CaseResult, 'name' | 'title' | 'note' | 'unit' | 'baseline'> & { lines: LineSummary[], goals: GoalSummary[] }}
 *   CaseSummary
 */

const nanoseconds = { ns: 1, µs: 1e3, ms: 1e6 };

/** @param {CaseResult} result @returns {CaseSummary} */
export function summarize({ name, title, note, unit, baseline, lines, goals }) {
  const measured = lines.filter((line) => line.failure === undefined && line.notRun === undefined);
  const find = (/** @type {string | undefined} */ id) => measured.find((line) => line.id === id);
  const base = find(baseline);
  /** The strictest of the line's goals, as a ratio to the baseline. @param {LineResult} line @param {LineResult} base */
  const limit = (line, base) => {
    const limits = goals.filter((goal) => goal.line === line.id).flatMap(({ versus, atMost }) => {
      if (versus === undefined) return (atMost * nanoseconds[unit]) / median(base.samples);
      const other = find(versus);
      return other ? atMost * median(ratios(other, base)) : [];
    });
    return limits.length > 0 ? Math.min(...limits) : undefined;
  };
  return {
    name,
    title,
    ...(note && { note }),
    unit,
    baseline,
    lines: lines.map((line) => ({
      id: line.id,
      contender: line.contender,
      ...(line.failure !== undefined && { failure: line.failure }),
      ...(line.notRun !== undefined && { notRun: line.notRun }),
      ...(find(line.id) && { time: inUnit(line.samples, unit) }),
      ...(find(line.id) && line.parts && { parts: mapValues(line.parts, (samples) => inUnit(samples, unit)) }),
      ...(find(line.id) && line.figures && { figures: mapValues(line.figures, range) }),
      ...(find(line.id) && line.huge && { huge: median(line.huge) }),
      ...(find(line.id) && base && { ratio: spread(ratios(line, base)), limit: limit(line, base) }),
    })),
    goals: goals.map((goal) => judge(goal, find(goal.line), find(goal.versus), unit)),
  };
}

/** Trial by trial, because two neighbours in time met the same noise. @param {LineResult} line @param {LineResult} base */
function ratios(line, base) {
  return line.samples.map((sample, trial) => sample / (base.samples[trial] ?? NaN));
}

/** @param {readonly number[]} samples @param {CaseResult['unit']} unit */
function inUnit(samples, unit) {
  return spread(samples.map((sample) => sample / nanoseconds[unit]));
}

/** @template T, U @param {Readonly<Record<string, T>>} record @param {(value: T) => U} change @returns {Record<string, U>} */
function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** @param {number[]} values @returns {Spread} */
function spread(values) {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** @param {number[]} values @returns {Range} */
function range(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/**
 * @param {Goal} goal
 * @param {LineResult | undefined} line
 * @param {LineResult | undefined} versus
 * @param {CaseResult['unit']} unit
 * @returns {GoalSummary}
 */
function judge(goal, line, versus, unit) {
  const text = `${goal.line} ≤ ${significant(goal.atMost)} ${goal.versus === undefined ? unit : `× ${goal.versus}`}`;
  if (!line || (goal.versus !== undefined && !versus)) return { text, value: 'not measured' };
  const value = median(versus ? ratios(line, versus) : line.samples.map((sample) => sample / nanoseconds[unit]));
  return { text, value: significant(value), reached: value <= goal.atMost };
}

/** Three digits. @param {number} value */
export function significant(value) {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
