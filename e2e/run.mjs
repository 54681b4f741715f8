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

const nameOf = (file) => path.basename(file, '.test.mjs');
const fileOf = (name) => fileURLToPath(new URL(`./test/${name}.test.mjs`, import.meta.url));
const all = () => readdirSync(new URL('./test', import.meta.url)).filter((name) => name.endsWith('.test.mjs')).map(nameOf);

const named = process.argv.slice(2);
const length = (file) => (LONG.includes(nameOf(file)) ? Infinity : statSync(file).size);
const files = (named.length ? named : (ON_POSTGRES ? ON_BOTH : all()).map(fileOf))
  .map((file) => ({ file, length: length(file) }))
  .sort((one, other) => (one.length === other.length ? 0 : other.length - one.length))
  .map(({ file }) => file);

let failed = false;
run({ files, concurrency: 2, timeout: TIMEOUT, forceExit: true })
  .on('test:fail', ({ todo }) => { if (todo === undefined || todo === false) failed = true; })
  .once('end', () => { process.exitCode = failed ? 1 : 0; })
  .compose(spec)
  .pipe(process.stdout);
