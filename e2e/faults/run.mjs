// `node faults/run.mjs [--short] [NAME…]`: runs every fault, or those named, and prints a line each. Exit status 1 if
// anything acknowledged was lost, anybody counted twice, anything was mixed up, or a fault did not really happen.

import process from 'node:process';

import { closeConnections } from '../lib/http.mjs';
import { HEAD, lineOf, missing, run, scenarios } from './faults.mjs';

const args = process.argv.slice(2);
const short = args.includes('--short');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name.startsWith(name)));
if (unknown.length) {
  console.error(`no fault ${unknown.join(', ')}; there are ${scenarios.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

let failed = false;
console.log(HEAD);
for (const scenario of scenarios) {
  if (names.length && !names.some((name) => scenario.name.startsWith(name))) continue;
  const reason = missing(scenario);
  if (reason) {
    console.log(`${scenario.fault} | not run: ${reason}`);
    failed = true;
    continue;
  }
  try {
    const result = await run(scenario, { short });
    console.log(lineOf(result));
    console.error(`  ${scenario.name}: ${result.seconds} s; nobody waited longer than ${(result.slowest / 1000).toFixed(1)} s${result.note ? `; ${result.note}` : ''}`);
    for (const problem of result.problems.slice(0, 20)) console.error(`  ${problem}`);
    failed ||= result.problems.length > 0;
  } catch (error) {
    console.log(`${scenario.fault} | failed`);
    console.error(error);
    failed = true;
  }
}
closeConnections();
process.exit(failed ? 1 : 0);
