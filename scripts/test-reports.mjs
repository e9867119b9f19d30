// Reads the reports that Node.js, Bun and Deno write of their tests, in what they make of JUnit's XML.

/**
 * Counts tests. `notes` has a line of JSON for each test that ended itself as skipped, which Deno reports as passed.
 * The reasons are those of the notes; what a whole runtime lacks is told by test/support/runtime.ts.
 */
export function countTests(report, notes) {
  const noted = notes.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { body } of withoutSuites(testCases(report))) ++counts[outcomeOf(body)];
  const missed = Math.max(0, noted.length - reportedByThemselves(report, noted));
  counts.passed -= missed;
  counts.skipped += missed;
  return { ...counts, reasons: new Set(noted.map(({ reason }) => reason)) };
}

function outcomeOf(body) {
  if (/<(failure|error)\b/.test(body)) return 'failed';
  return /<skipped\b/.test(body) ? 'skipped' : 'passed';
}

function testCases(report) {
  const pattern = /<testcase\b[^>]*?\bname="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g;
  return [...report.matchAll(pattern)].map(([, name, body = '']) => ({ name: unescaped(name), body }));
}

/** Deno lists a suite as a test, beside its tests, which are called `suite > test`. */
function withoutSuites(cases) {
  return cases.filter(({ name }) => !cases.some((other) => other.name.startsWith(`${name} > `)));
}

/** How many of the noted tests the report itself has as skipped. */
function reportedByThemselves(report, noted) {
  const names = testCases(report).filter(({ body }) => outcomeOf(body) === 'skipped').map(({ name }) => name);
  return noted.filter((note) => {
    const at = names.findIndex((name) => name === note.name || name.endsWith(` > ${note.name}`));
    if (at !== -1) names.splice(at, 1);
    return at !== -1;
  }).length;
}

function unescaped(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'")
    .replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
