// Every fault, and how to run one.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { missing as missingForCluster } from '../cluster/cluster.mjs';
import { isBuilt } from '../lib/portal.mjs';
import { hasPostgres } from '../lib/postgres.mjs';
import { faketimeLibrary } from './faketime.mjs';

/** In the order in which they are run. */
const ORDER = ['kill-server', 'kill-postgres', 'promote', 'partition', 'full-disk', 'database', 'clock', 'schedulers', 'torn-wal', 'restore'];

const folder = new URL('scenarios/', import.meta.url);
const files = readdirSync(folder).map((file) => file.replace(/\.mjs$/, ''));

/**
 * @type {{name: string, fault: string, times: {short: number, full: number}, needs?: string[], run: (options: {times: number}) => Promise<object>}[]}
 */
export const scenarios = [];
for (const file of ORDER.filter((name) => files.includes(name))) scenarios.push(...(await import(new URL(`${file}.mjs`, folder))).scenarios);

const onPath = (program) => ['/usr/sbin', '/sbin', ...process.env.PATH.split(':')].some((one) => existsSync(path.join(one, program)));

/** What is not here of what scenarios need; each says what it asks for. */
const NEEDS = {
  postgres: () => (hasPostgres() ? undefined : 'PostgreSQL is not installed'),
  root: () => (process.getuid() === 0 ? undefined : 'it needs root'),
  cluster: missingForCluster,
  faketime: () => (faketimeLibrary() ? undefined : 'libfaketime is not installed (Debian: faketime)'),
};

/** Why a scenario cannot be run here, or nothing. */
export function missing({ needs = [] }) {
  if (!isBuilt()) return 'the portal is not built';
  if (!onPath('sqlite3')) return 'there is no sqlite3 on this machine';
  return needs.map((name) => NEEDS[name]()).find(Boolean);
}

/**
 * Runs a scenario and judges it.
 * @returns {Promise<object>} its figures; `problems`: in words, what must not be
 */
export async function run(scenario, { short }) {
  const asked = scenario.times[short ? 'short' : 'full'];
  const began = performance.now();
  const tally = await scenario.run({ times: asked, short });
  const problems = [...tally.wrong];
  if (tally.times < asked) problems.push(`it happened ${tally.times} times, not ${asked}`);
  if (!tally.acknowledged) problems.push('nothing was acknowledged');
  if (!tally.cutOff && !scenario.silent) problems.push('nobody noticed');
  // What breaks may keep its reason to itself; where nothing does, everybody is told.
  if (tally.swallowed && scenario.silent) problems.push(`${tally.swallowed} forms were swallowed without a word`);
  return { fault: scenario.fault, ...tally, problems, seconds: Math.round((performance.now() - began) / 1000) };
}

export const HEAD = 'fault | times | requests | acknowledged | cut off | lost | twice | mixed up';

export const lineOf = ({ fault, times, requests, acknowledged, cutOff, lost, twice, mixed }) =>
  [fault, times, requests, acknowledged, cutOff, lost, twice, mixed].join(' | ');
