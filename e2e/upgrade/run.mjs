// `node upgrade/run.mjs`: three servers of an older build behind nginx, replaced one after the other by the new one while
// people answer. OLD=path is the older program, OLD_PAGES=folder its built client (otherwise the new one's); the new one is
// E2E_BINARY, or the built one. `make upgrade FROM=revision` builds the older one first.
//
// What must hold: everything that faults/check.mjs holds of a fault; a person whom old and new serve in turn sees the same
// answer everywhere; each page's files are given by every server; no request fails. An older build that closes its
// connections without a word may lose what came at that very moment: that, and nothing else, is forgiven.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Cluster, missing } from '../cluster/cluster.mjs';
import { wait } from '../lib/wait.mjs';
import { SETTINGS, startPeople, Trial } from '../faults/trial.mjs';
import { all, attribute, textOf } from '../lib/html.mjs';
import { Client, closeConnections } from '../lib/http.mjs';
import { BINARY } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const [OLD, OLD_PAGES = DIST] = [process.env.OLD, process.env.OLD_PAGES];
const HOSTS = ['one', 'two', 'three'];
const PEOPLE = 32;
/** The options of the trial's poll, as a page has them. */
const CHOICES = { o1: 'First', o2: 'Second' };
const DRAIN = 4;
/** Milliseconds from being asked to stop to the end of a server, at the most. */
const LEAVING = DRAIN * 1000 + 3000;

const reason = missing() ?? (OLD && existsSync(OLD) ? undefined : 'OLD names no program of an older build')
  ?? (existsSync(BINARY) ? undefined : 'the portal is not built');
if (reason) {
  console.error(`not run: ${reason}`);
  process.exit(1);
}

const began = performance.now();
const say = (text) => console.log(`${String(Math.round((performance.now() - began) / 1000)).padStart(4)} s  ${text}`);

function must(what, truth, found) {
  if (!truth) throw new Error(`not so: ${what}${found === undefined ? '' : `: ${JSON.stringify(found)}`}`);
  say(what);
}

/** The files of a built client without what says which of them a page names. */
const names = (folder) => readdirSync(folder).filter((name) => name !== 'index.html');

/** A person's browser at one server, past nginx: the proxy would choose. */
const at = (cluster, host, person) => new Client({
  origin: cluster.servers[host].origin,
  headers: { cookie: person.cookies.header(new URL(cluster.origin)), origin: cluster.origin },
});

/** One person whom an old and a new server serve in turn, from a draft to the withdrawal. */
async function sideBySide(cluster, poll, login, [oldHost, newHost]) {
  const person = await steps.signIn(cluster, login);
  const [older, newer] = [at(cluster, oldHost, person), at(cluster, newHost, person)];
  const form = steps.formOf('take/answer');
  const answers = async (client) => {
    const page = await client.get(`/answers/${poll}`);
    return page.status === 404 ? null : all(page.expect(200).one('main dl'), '.govuk-summary-list__row').map(textOf).join(' ');
  };
  const answer = async (first, second, choice, number) => {
    await steps.beginAt((await first.get(`/polls/${poll}`)).expect(200));
    await (await first.get(`/polls/${poll}/take/1`)).expect(200).form(form).fill({ choice }).submit();
    await (await second.get(`/polls/${poll}/take/2`)).expect(200).form(form).fill({ text: String(number) }).submit();
    const check = (await first.get(`/polls/${poll}/check`)).expect(200);
    const rows = all(check.one('main dl'), '.govuk-summary-list__row').map(textOf);
    must(`${login}: what was typed at both is on the page of one`,
      rows.length === 2 && rows[0].includes(CHOICES[choice]) && rows[1].replaceAll(/\D/g, '') === String(number), rows);
    return check.form(steps.formOf('take/send')).submit();
  };
  must(`${login}: sent at the old server`, steps.referenceOf(await answer(older, newer, 'o1', 11)));
  const [one, other] = [await answers(older), await answers(newer)];
  must(`${login}: old and new show the same answer`, one !== null && one === other && /\b11\b/.test(one), [one, other]);
  must(`${login}: changed at the new one`, steps.referenceOf(await answer(newer, older, 'o2', 12)));
  const [then, too] = [await answers(older), await answers(newer)];
  must(`${login}: both show the change`, then === too && /\b12\b/.test(then), [then, too]);
  await (await older.get(`/answers/${poll}/withdraw`)).expect(200).form(steps.formOf('answers/withdraw')).submit();
  must(`${login}: withdrawn at the old one, gone at both`, (await answers(older)) === null && (await answers(newer)) === null);
}

/** Every file that a page of each server names, from every server. */
async function files(cluster) {
  let asked = 0;
  for (const host of HOSTS) {
    const page = (await new Client({ origin: cluster.servers[host].origin }).get('/')).expect(200);
    for (const href of page.all('link[href^="/pkg/"]').map((link) => attribute(link, 'href'))) {
      for (const giver of HOSTS) {
        (await new Client({ origin: cluster.servers[giver].origin }).get(href)).expect(200);
        asked += 1;
      }
    }
  }
  must(`every server gives the files of everybody's pages (${asked} asked for)`, asked > 0);
}

/** Whether a server that is about to end says so on its connections. */
async function warns(server) {
  await wait(500);
  const response = await fetch(`${server.origin}/healthz`, { headers: { connection: 'keep-alive' } });
  await response.arrayBuffer();
  return response.headers.get('connection') === 'close';
}

const folder = mkdtempSync(path.join(tmpdir(), 'veche-upgrade-'));
const provider = await startPeople(PEOPLE + 1);
const cluster = new Cluster({ binary: OLD, fsync: true });
let trial;
try {
  const pages = Object.fromEntries(HOSTS.map((host) => [host, path.join(folder, host)]));
  for (const host of HOSTS) {
    mkdirSync(pages[host]);
    cpSync(OLD_PAGES, pages[host], { recursive: true });
  }
  // Requests have the time that they have by default: a busy disk is no fault.
  await cluster.start({ provider, settings: { administrators: SETTINGS.administrators }, env: { VECHE_OPERATION__DRAIN_SECONDS: String(DRAIN) } });
  for (const host of HOSTS) {
    // Each from its own folder: that is known from the next start on.
    cluster.install(host, { binary: OLD, pages: pages[host] });
    await cluster.servers[host].restart();
  }
  await cluster.synchronous();
  say('three servers of the older build run');
  const stored = () => {
    const [[responses, people]] = cluster.sql('SELECT count(*), count(DISTINCT pseudonym) FROM vault.response');
    return { responses: Number(responses), people: Number(people) };
  };
  const migrations = () => ['portal', 'vault'].map((schema) => Number(cluster.sql(`SELECT count(*) FROM ${schema}.${schema}_migration`)[0][0]));
  const before = migrations();
  trial = await Trial.open({ name: 'upgrade', target: cluster, stored, people: PEOPLE });
  const { load, history } = trial;
  // As fast as somebody reads, on a machine that does other things, too.
  load.pause = 200;
  load.start();
  await load.progress(60);

  /** When a server left, and whether it had said so. */
  const left = [];
  const replace = async (host, build) => {
    const server = cluster.servers[host];
    const leaves = { host, from: history.now };
    left.push(leaves);
    trial.fault(`${host} is asked to stop`);
    const stopping = server.stop();
    leaves.said = await warns(server);
    must(`${host} ends by itself`, (await stopping) === 0, server.tail(5));
    if (build) cluster.install(host, build);
    await server.start({ timeout: 60_000 });
    const ready = await fetch(`${server.origin}/readyz`);
    must(`${host} runs again${leaves.said ? '' : ' (it had closed its connections without a word)'}`, ready.status === 200, await ready.text());
    trial.fault(`${host} runs again`);
  };
  /** Which servers took answers since so many requests. */
  const takers = (from) => [...new Set(cluster.requests().slice(from)
    .filter(([, method, uri, status]) => method === 'POST' && uri === '/api/take/send' && status === 303).map(([host]) => host))].sort();

  // The new client's files are there before the first page names one.
  for (const host of HOSTS) for (const name of names(DIST)) cpSync(path.join(DIST, name), path.join(pages[host], name), { recursive: true });
  for (const [i, host] of HOSTS.entries()) {
    cpSync(path.join(DIST, 'index.html'), path.join(pages[host], 'index.html'));
    await replace(host, { binary: BINARY, pages: pages[host] });
    if (i === 0) {
      const now = migrations();
      say(`${now[0] - before[0]} migrations of the portal and ${now[1] - before[1]} of the vault were made by ${host}`);
      cluster.roles(BINARY);
    }
    const from = cluster.requests().length;
    await load.progress(60);
    await load.until('answers at every server', () => takers(from).length === HOSTS.length);
    if (i < HOSTS.length - 1) {
      await files(cluster);
      await sideBySide(cluster, trial.poll, `citizen-${PEOPLE}`, [HOSTS[i + 1], host]);
    }
  }
  say('all three are of the new build');
  for (const host of HOSTS) await replace(host);
  say('and were restarted once more');
  const pids = HOSTS.map((host) => cluster.servers[host].pid);
  const tally = await trial.verdict();
  must('nobody died meanwhile', String(pids) === String(HOSTS.map((host) => cluster.servers[host].pid)));
  must(`nothing lost, nobody twice, nothing mixed up: ${tally.acknowledged} acknowledged of ${tally.requests} requests, nobody waited longer than ${tally.slowest} ms`, tally.sound, tally.wrong);
  // Cut off: what came while a server left that had not said so, and nothing else.
  const cut = history.cuts;
  const forgiven = ({ t }) => left.some(({ from, said }) => !said && t >= from && t <= from + LEAVING);
  const swallowed = history.swallowed.filter((event) => !forgiven(event));
  must('no form was swallowed without a word', swallowed.length === 0, swallowed);
  const unforgiven = cut.filter(({ t, status, error }) => !forgiven({ t })
    || (status !== undefined && status !== 503) || (error !== undefined && error !== 'ECONNRESET'));
  must(`${cut.length} requests failed${cut.length ? ', while a server of the older build closed its connections without a word' : ''}`, unforgiven.length === 0, unforgiven);
} catch (error) {
  console.error(error);
  for (const host of HOSTS) console.error(`${host}:\n${cluster.servers?.[host]?.tail(10)}`);
  process.exitCode = 1;
} finally {
  trial?.close();
  await cluster.stop();
  await provider.close();
  closeConnections();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
