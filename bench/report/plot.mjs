// All cases in one picture: each contender's time over the baseline's, and the figures to reach.
import * as vega from 'vega';
import { compile } from 'vega-lite';

/** @import { CaseSummary } from './summary.mjs' */

/** @param {CaseSummary[]} summaries @returns {Promise<string>} SVG */
export async function plot(summaries) {
  const rows = summaries.flatMap(({ title, lines }) =>
    lines
      .filter((line) => line.ratio)
      .map(({ id, contender, ratio, limit }) => ({ case: title, line: id, contender, ...ratio, limit: limit ?? null })),
  );
  const x = { type: 'quantitative', scale: { type: 'log', nice: false }, title: 'time relative to the baseline of the case (log scale, quartiles)' };
  const color = { field: 'contender', type: 'nominal', sort: null, title: null, legend: { orient: 'top' } };
  /** @type {import('vega-lite').TopLevelSpec} */
  const specification = {
    background: 'white',
    data: { values: rows },
    facet: { row: { field: 'case', sort: null, title: null, header: { labelAngle: 0, labelAlign: 'left', labelOrient: 'top', labelAnchor: 'start', labelFontWeight: 'bold' } } },
    resolve: { scale: { y: 'independent' } },
    spacing: 12,
    spec: {
      width: 520,
      height: { step: 16 },
      encoding: { y: { field: 'line', type: 'nominal', sort: null, title: null } },
      layer: [
        { mark: { type: 'rule', color: '#999' }, encoding: { x: { datum: 1 }, y: null } },
        { mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 }, encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, color } },
        { mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { x: { ...x, field: 'median' }, color } },
        { mark: { type: 'tick', color: 'black', thickness: 2, size: 14 }, encoding: { x: { ...x, field: 'limit' } } },
      ],
    },
    config: { axisY: { labelLimit: 200, ticks: false, domain: false } },
  };
  return new vega.View(vega.parse(compile(specification).spec), { renderer: 'none' }).toSVG();
}
