// `npm test`: sets up, then runs every check as a named step, goes on after a failure, and ends with a table.
//   npm test -- --list                       names the steps
//   npm test -- --only core --only compat    runs some of them
// What an optional tool is missing for is skipped, and where the variable CI is set failed.
import { parseArgs } from 'node:util';
import { runMark } from './leftovers.mjs';
import { setUp } from './setup.mjs';
import { steps } from './test-steps.mjs';
import { missingTools, run, seconds } from './tools.mjs';

const watchdog = 20 * 60_000; // a step that hangs

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' } } });
const unknown = values.only?.filter((name) => !steps.some((step) => step.name === name)) ?? [];
if (unknown.length > 0 || values.list) {
  if (unknown.length > 0) console.error(`There is no step ${unknown.join(', ')}.`);
  for (const { name, about } of steps) console.log(`${name.padEnd(12)} ${about}`);
  process.exit(unknown.length > 0 ? 1 : 0);
}

await setUp({ dev: true, tests: true });
const results = [];
for (const step of steps) {
  if (values.only === undefined || values.only.includes(step.name)) results.push(await perform(step));
}
printTable();
process.exitCode = count('failed') === 0 ? 0 : 1;

async function perform(step) {
  const start = performance.now();
  process.stdout.write(`${step.name} ... `);
  const { outcome, output, line } = await attempt(step);
  const time = outcome === 'skipped' ? '' : seconds(start);
  console.log(`${outcome}${time && `, ${time}`}`);
  if (output !== undefined) console.log(`\n${output.trimEnd()}\n`);
  return { name: step.name, outcome, time, line };
}

async function attempt({ needs = [], commands, check, summary }) {
  const missing = missingTools(needs);
  if (missing.length > 0) return notRun(`needs ${missing.join(', ')}`);
  const answer = check === undefined ? await runAll(commands()) : check();
  if (typeof answer === 'string') return notRun(answer);
  if (answer.ok) return { outcome: 'passed', line: summary(answer.output) };
  return { outcome: 'failed', output: answer.output, line: 'see above' };
}

async function runAll(commands) {
  if (typeof commands === 'string') return commands;
  let answer = { ok: true, output: '' };
  for (const { argv: [program, ...args], env } of commands) {
    answer = await run(program, args, { env: { ...process.env, ...runMark, ...env }, timeout: watchdog });
    if (!answer.ok) break;
  }
  return answer;
}

function notRun(reason) {
  return { outcome: process.env.CI ? 'failed' : 'skipped', line: `not run: ${reason}` };
}

function printTable() {
  console.log();
  for (const { name, outcome, time, line } of results) {
    console.log(`${name.padEnd(12)} ${outcome.padEnd(8)} ${time.padStart(8)}  ${line ?? ''}`);
  }
  console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
}

function count(outcome) {
  return results.filter((result) => result.outcome === outcome).length;
}
