// docs/runtimes.md, from what `npm run test:runtimes` has found out.

export function page(results, folders) {
  const titles = results.map(({ title, version }) => `${title} ${version}`);
  return [
    '# Runtimes', '',
    `The same built addon and the same tests (${folders.map((folder) => `\`${folder}\``).join(', ')}) on each supported line`,
    'of Node.js, on Bun and on Deno, Linux x64. Written by `npm run test:runtimes`.', '',
    ...table(['', 'passed', 'failed', 'skipped'], results.map(({ passed, failed, skipped }, index) =>
      [titles[index], passed, failed, skipped])), '',
    '## Features', '',
    'Each is tried out in the runtime.', '',
    ...table(['', ...titles], Object.keys(results[0].features).map((feature) =>
      [feature, ...results.map(({ features }) => answer(features[feature]))])), '',
    '## What is skipped', '',
    ...results.flatMap(({ reasons, lacks }, index) => [
      `**${titles[index]}**`, '', ...lines([...lacks, ...[...reasons].sort()]), '',
    ]),
    '## Running on Bun and Deno', '',
    '* Bun needs no option.',
    '* Deno: `deno run -A`, or at least `--allow-ffi --allow-read --allow-env`, and a `node_modules` folder.', '',
  ].join('\n');
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function answer(value) {
  return value === true ? 'yes' : value === false ? 'no' : value;
}

function lines(sentences) {
  return sentences.length === 0 ? ['* nothing'] : sentences.map((sentence) => `* ${sentence}`);
}
