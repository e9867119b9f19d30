// All cases in one picture: each contender's time over the baseline's, and the figures to reach.
import * as vega from 'vega';
import { compile } from 'vega-lite';

/** @import { CaseSummary } from './summary.mjs' */

const title = 'time relative to the baseline of the case (log scale)';
const y = { field: 'id', type: 'nominal', sort: null, title: null };

/** @param {CaseSummary[]} summaries @returns {Promise<string>} SVG */
export async function plot(summaries) {
  const measured = summaries.filter(({ lines }) => lines.some((line) => line.ratio));
  /** @type {any} */
  const specification = {
    background: 'white',
    padding: 10,
    bounds: 'flush', // one left edge for all panels, whatever their labels need
    spacing: 30,
    vconcat: measured.map((summary, i) => panel(summary, i === measured.length - 1)),
    resolve: { scale: { x: 'shared', color: 'shared' } },
    config: { axisY: { labelLimit: 300, ticks: false, domain: false }, title: { anchor: 'start', frame: 'group', offset: 4 } },
  };
  return new vega.View(vega.parse(compile(specification).spec), { renderer: 'none' }).toSVG();
}

/** @param {CaseSummary} summary @param {boolean} last with the axis for all */
function panel(summary, last) {
  const values = summary.lines
    .filter((line) => line.ratio)
    .map(({ id, contender, ratio, limit }) => ({ id, contender, ...ratio, limit }));
  const scale = { type: 'log', nice: false, padding: 12 };
  const x = { type: 'quantitative', scale, axis: last ? { title } : null };
  const color = {
    field: 'contender',
    type: 'nominal',
    sort: ['ours', 'ours-cpp', 'original', 'c', 'c-naive', 'ordinary'],
    title: null,
    legend: { orient: 'top', symbolOpacity: 1 },
  };
  return {
    title: summary.title,
    width: 520,
    height: { step: 16 },
    data: { values },
    layer: [
      { mark: { type: 'rule', color: '#999' }, encoding: { x: { ...x, datum: 1 } } },
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, color },
      },
      { mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { x: { ...x, field: 'median' }, y, color } },
      { mark: { type: 'tick', color: 'black', thickness: 2, size: 14 }, encoding: { x: { ...x, field: 'limit' }, y } },
    ],
  };
}
