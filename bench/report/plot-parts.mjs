// A case whose operations consist of parts: their times, one after the other.
import * as vega from 'vega';
import { compile } from 'vega-lite';
import { partNames } from './tables.mjs';

/** @import { CaseSummary } from './summary.mjs' */

/** @param {CaseSummary} summary @returns {Promise<string>} SVG */
export async function plotParts({ title, lines, unit }) {
  const names = partNames(lines);
  const values = lines.flatMap(({ id, parts }) =>
    names.flatMap((part, place) => (parts?.[part] ? [{ id, part, place, time: parts[part].median }] : [])),
  );
  /** @type {any} */
  const specification = {
    background: 'white',
    padding: 10,
    title: { text: title, anchor: 'start', frame: 'group' },
    width: 520,
    height: { step: 20 },
    data: { values },
    mark: 'bar',
    encoding: {
      y: { field: 'id', type: 'nominal', sort: null, title: null },
      x: { field: 'time', type: 'quantitative', title: `median, ${unit}` },
      color: { field: 'part', type: 'nominal', sort: names, title: null, legend: { orient: 'top' } },
      order: { field: 'place', type: 'quantitative' },
    },
    config: { axisY: { labelLimit: 300, ticks: false, domain: false } },
  };
  return new vega.View(vega.parse(compile(specification).spec), { renderer: 'none' }).toSVG();
}
