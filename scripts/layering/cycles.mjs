/** The files that reach themselves again along their references, each cycle once. */
export function findCycles(sources) {
  const byPath = new Map(sources.map((source) => [source.file, source]));
  const finished = new Set();
  const cycles = [];
  const visit = (source, path) => {
    if (finished.has(source)) return;
    for (const { target, line } of source.references) {
      const next = byPath.get(target) ?? byPath.get(target?.replace(/\.([cm]?)js$/, '.$1ts'));
      if (next === undefined) continue;
      const start = [...path, source].indexOf(next);
      if (start < 0) {
        visit(next, [...path, source]);
      } else {
        const names = [...path.slice(start), source, next].map(({ file }) => file);
        cycles.push({ file: source.file, line, rule: 'L4', reason: `closes a cycle: ${names.join(' -> ')}` });
      }
    }
    finished.add(source);
  };
  for (const source of sources) visit(source, []);
  return cycles;
}
