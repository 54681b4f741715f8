// Runs every test file there is (or those named on the command line) and exits with 1 if one failed. On PostgreSQL
// (VECHE_E2E_ENGINE=postgres) those that are run on both.
//
// Each has portals, providers, databases and a browser of its own and breaks nothing else: two at a time fill two processors.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

import { ON_BOTH, ON_POSTGRES } from './lib/engine.mjs';

const TIMEOUT = 20 * 60_000;

/** A long one that comes last keeps a processor waiting. Of the others, a large file takes longer than a small one. */
const LONG = ['faults', 'pages'];

const TESTS = fileURLToPath(new URL('./test', import.meta.url));

const named = process.argv.slice(2);
const all = () => readdirSync(TESTS, { recursive: true }).filter((name) => name.endsWith('.test.mjs'));
const chosen = () => (ON_POSTGRES ? ON_BOTH.map((name) => `${name}.test.mjs`) : all());
const length = (file) => (LONG.includes(path.basename(file, '.test.mjs')) ? Number.MAX_SAFE_INTEGER : statSync(file).size);
const files = (named.length ? named : chosen().map((name) => path.join(TESTS, name))).sort((one, other) => length(other) - length(one));

let failed = false;
run({ files, concurrency: 2, timeout: TIMEOUT, forceExit: true })
  .on('test:fail', ({ todo }) => { if (todo === undefined || todo === false) failed = true; })
  .once('end', () => { process.exitCode = failed ? 1 : 0; })
  .compose(spec)
  .pipe(process.stdout);
