// `node operator/run.mjs`: from empty Debian machines to three servers behind nginx by what `server/operations` says, its
// blocks of commands run as they stand; then what an operator does in a year, while people answer. A line a step; it
// ends with 1 at the first that does not do what the documents say.
//
// OPERATOR_BASE=FOLDER keeps the empty Debian there; otherwise it is made anew. E2E_BINARY names another build.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { debian, makeOutside, missing, OUTSIDE, removeLeftovers, removeOutside } from './machines.mjs';

const reason = missing();
if (reason) {
  console.error(`not run: ${reason}`);
  process.exit(1);
}
const base = process.env.OPERATOR_BASE ?? mkdtempSync(path.join(tmpdir(), 'veche-debian-'));
// The trial is told, too; what it leaves of its machines then, the next one takes down.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
try {
  removeLeftovers();
  makeOutside();
  debian(base);
  const trial = fileURLToPath(new URL('trial.mjs', import.meta.url));
  const { status } = spawnSync('nsenter', [`--net=/run/netns/${OUTSIDE}`, process.execPath, trial, base], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  removeOutside();
  if (!process.env.OPERATOR_BASE) rmSync(base, { recursive: true, force: true });
}
