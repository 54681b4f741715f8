// Sizes and times against their budgets: one line a figure, `name | measured | reference | ratio | goal | ok` or `short`, as
// the load's benchmark prints; a budget has no reference, so two of the columns are empty. Exits with 1 if one is short.
//
//   npm run bench                 what a person's browser loads, how fast the portal starts, how much memory it holds
//   npm run bench -- --rebuild    also how long a build takes after a page was changed

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { launch, visitor } from './lib/browser.mjs';
import { Client, closeConnections } from './lib/http.mjs';
import { startPortal } from './lib/portal.mjs';
import * as steps from './lib/steps.mjs';
import { startProvider } from './provider/provider.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KB = 1000;
const STARTS = 5;

let short = false;

/** Prints a line; both numbers are in the unit. */
function report(name, measured, budget, unit, digits = 0) {
  const ok = measured <= budget;
  short ||= !ok;
  process.stdout.write(`${name} | ${measured.toFixed(digits)} ${unit} | | | at most ${budget} ${unit} | ${ok ? 'ok' : 'short'}\n`);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** What a browser fetches for a page, in bytes over the wire without heads, by address. */
async function fetchedFor(portal, address, language) {
  const browser = await launch();
  try {
    const { page } = await visitor(browser, { origin: portal.origin, language });
    const sizes = [];
    page.on('requestfinished', (request) => sizes.push(request.sizes().then((size) => [request.url(), size.responseBodySize])));
    await page.goto(address, { waitUntil: 'networkidle' });
    await page.evaluate(() => document.fonts.ready);
    return await Promise.all(sizes);
  } finally {
    await browser.close();
  }
}

async function pageWeight(portal, address, language) {
  const fetched = await fetchedFor(portal, address, language);
  const isWasm = ([href]) => href.endsWith('.wasm');
  const sum = (entries) => entries.reduce((total, [, bytes]) => total + bytes, 0);
  if (process.argv.includes('--verbose')) {
    for (const [href, bytes] of fetched) process.stderr.write(`  ${bytes} ${new URL(href).pathname}\n`);
  }
  return { page: sum(fetched.filter((entry) => !isWasm(entry))), wasm: sum(fetched.filter(isWasm)) };
}

/**
 * Milliseconds until the largest part of a page is there (Largest Contentful Paint), on a first visit with a phone: a slow
 * 4G network as Lighthouse simulates it, and a processor of a quarter of this one's speed.
 */
async function largestPaint(portal, address) {
  const browser = await launch();
  try {
    const { page } = await visitor(browser, { origin: portal.origin, phone: true });
    const session = await page.context().newCDPSession(page);
    const bytesPerSecond = 1.6e6 / 8;
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false, latency: 150, downloadThroughput: bytesPerSecond, uploadThroughput: bytesPerSecond / 2, connectionType: 'cellular4g',
    });
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.goto(address, { waitUntil: 'load' });
    await page.evaluate(() => document.fonts.ready);
    return await page.evaluate(() => new Promise((resolve) => {
      let last = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) last = entry.startTime; })
        .observe({ type: 'largest-contentful-paint', buffered: true });
      setTimeout(() => resolve(last), 500);
    }));
  } finally {
    await browser.close();
  }
}

async function run(command, args, env = {}) {
  const started = performance.now();
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${said.slice(-2000)}`);
  return (performance.now() - started) / 1000;
}

async function rebuild() {
  const page = path.join(ROOT, 'app/pages/citizen/src/home/start.rs');
  const build = async () => await run('cargo', ['build', '--quiet', '--package', 'veche']);
  const client = async () => await run('trunk', ['build', '--offline']);
  await build();
  await client();
  utimesSync(page, new Date(), new Date());
  report('rebuild of the server after a change in a page', await build(), 20, 's', 1);
  report('rebuild of the client after a change in a page', await client(), 20, 's', 1);
}

/** A poll that is open, with people who could answer it. */
async function openPoll(portal) {
  const office = await steps.openOffice(portal, {
    administrator: 'boss', department: 'Bench', staff: { initiator: 'writer', reviewer: 'second' },
  });
  const poll = await steps.writePoll(office.initiator, office.department, {
    title: ['A poll', 'Опрос'], purpose: ['To see what a page weighs', 'Узнать, сколько весит страница'],
    questions: [{
      kind: 'single_choice', ...steps.both('title', ['One or other?', 'Одно или другое?']), ...steps.options(['One', 'Одно'], ['Other', 'Другое']),
    }],
  });
  await steps.openPoll(office, poll);
  return poll;
}

const provider = await startProvider({
  variant: 'A', people: ['boss', 'writer', 'second'].map((sub) => ({ sub, givenName: sub, familyName: 'Staff' })),
});
const portal = await startPortal({ name: 'bench', provider, settings: { administrators: ['boss'] } });
try {
  const poll = await openPoll(portal);
  for (const language of ['en', 'ru']) {
    const { page, wasm } = await pageWeight(portal, `/polls/${poll}`, language);
    report(`first poll page without wasm, ${language}`, page / KB, 60, 'KB', 1);
    if (wasm === 0) throw new Error('the page loads no wasm: is the client built?');
    if (language === 'en') report('wasm', wasm / KB, 120, 'KB', 1);
  }

  const paints = [];
  for (let i = 0; i < STARTS; i += 1) paints.push(await largestPaint(portal, `/polls/${poll}`));
  if (Math.min(...paints) === 0) throw new Error('the browser painted nothing');
  report(`largest paint of a poll on a slow 4G phone, median of ${STARTS}`, median(paints), 1500, 'ms');

  const starts = [];
  for (let i = 0; i < STARTS; i += 1) starts.push(await portal.restart());
  report(`server ready on an existing database, median of ${STARTS}`, median(starts), 300, 'ms');

  // At rest: after it has served somebody, with nobody there.
  await new Client({ origin: portal.origin }).get(`/polls/${poll}`);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  report('memory at rest', portal.memory() / 2 ** 20, 80, 'MB', 1);
  if (process.argv.includes('--rebuild')) await rebuild();
} finally {
  await portal.dispose();
  await provider.close();
  closeConnections();
}
process.exitCode = short ? 1 : 0;
