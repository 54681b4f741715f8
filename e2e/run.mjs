// Runs every test file there is (or those named on the command line) and exits with 1 if one failed. On PostgreSQL
// (VECHE_E2E_ENGINE=postgres) those that are run on both.
//
// Files run one after another: several need a browser, and some break the machine under all others. Those that are run on
// PostgreSQL break nothing but their own portal, and two at a time fill two processors.

import { readdirSync } from 'node:fs';
import process from 'node:process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

import { ON_BOTH, ON_POSTGRES } from './lib/engine.mjs';

const TIMEOUT = 20 * 60_000;

const named = process.argv.slice(2);
const all = () => readdirSync(new URL('./test', import.meta.url), { recursive: true }).filter((name) => name.endsWith('.test.mjs'));
const chosen = () => (ON_POSTGRES ? ON_BOTH.map((name) => `${name}.test.mjs`) : all());
const files = (named.length ? named : chosen().map((name) => fileURLToPath(new URL(`./test/${name}`, import.meta.url)))).sort();

let failed = false;
run({ files, concurrency: ON_POSTGRES ? 2 : 1, timeout: TIMEOUT, forceExit: true })
  .on('test:fail', ({ todo }) => { if (todo === undefined || todo === false) failed = true; })
  .once('end', () => { process.exitCode = failed ? 1 : 0; })
  .compose(spec)
  .pipe(process.stdout);
