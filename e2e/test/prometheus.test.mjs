// What those who run the portal watch it with: a real Prometheus, as server/operations/prometheus sets it up, and every
// question of the dashboard and of the alerts asked of it.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client } from '../lib/http.mjs';
import { freePort, isBuilt, startPortal } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';
import { until } from '../lib/wait.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';
const OPERATIONS = fileURLToPath(new URL('../../server/operations/', import.meta.url));
const file = (name) => path.join(OPERATIONS, name);

/** Every question of the dashboard, with the panel that asks it. */
const QUESTIONS = JSON.parse(readFileSync(file('grafana/veche.json'), 'utf8')).panels
  .flatMap(({ title, targets }) => targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })));

let folder;
let provider;
let portal;
let prometheus;
let at;

/** What Prometheus' own interface answers. */
async function ask(what, fields = {}) {
  const response = await fetch(`${at}/api/v1/${what}?${new URLSearchParams(fields)}`);
  const { status, data, error } = await response.json();
  assert.equal(status, 'success', error);
  return data;
}

before(async () => {
  if (skip) return;
  folder = mkdtempSync(path.join(tmpdir(), 'veche-prometheus-'));
  provider = await startProvider({ people: [{ sub: 'citizen-1', givenName: 'N', birthDate: '1990-01-01' }] });
  const shown = `127.0.0.1:${await freePort()}`;
  portal = await startPortal({
    name: 'prometheus',
    provider,
    settings: { limits: { api: { address_per_minute: 1 } }, extra: `[operation]\nlisten = "${shown}"\n` },
  });
  // A portion of what is told in portions is 191 at most.
  const person = await steps.signIn(portal, 'citizen-1');
  for (let sent = 0; sent < 200; sent += 1) await person.post('/api/take/send', { poll: 'none' });
  const program = new Client({ origin: portal.origin });
  for (let asked = 0; asked < 3; asked += 1) await program.get('/api/v1/releases');

  // Their configuration, but for whom it asks and how often.
  copyFileSync(file('prometheus/alerts.yml'), path.join(folder, 'alerts.yml'));
  const servers = /targets: \[.*\]/;
  const theirs = readFileSync(file('prometheus/prometheus.yml'), 'utf8');
  assert.match(theirs, servers);
  const ours = theirs.replace(servers, `targets: ["${shown}"]`).replaceAll('_interval: 15s', '_interval: 1s');
  writeFileSync(path.join(folder, 'prometheus.yml'), ours);
  const listen = `127.0.0.1:${await freePort()}`;
  at = `http://${listen}`;
  prometheus = spawn('prometheus', [
    `--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${listen}`, '--log.level=error',
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  await Promise.race([once(prometheus, 'spawn'), once(prometheus, 'error').then(([error]) => { throw error; })]);
  await until('an answer of Prometheus', () => fetch(`${at}/-/ready`).then(({ ok }) => ok, () => false));
}, { timeout: 120_000 });

after(async () => {
  if (prometheus?.exitCode === null) {
    prometheus.kill('SIGKILL');
    await once(prometheus, 'exit');
  }
  await portal?.dispose();
  await provider?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test('the example is a configuration, and each alert fires when it should and not otherwise', () => {
  const tool = (...words) => execFileSync('promtool', words, { cwd: file('prometheus'), encoding: 'utf8' });
  assert.match(tool('check', 'config', 'prometheus.yml'), /12 rules found/);
  tool('test', 'rules', 'alerts_test.yml');
  const names = (text, pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name));
  const alerts = names(readFileSync(file('prometheus/alerts.yml'), 'utf8'), /- alert: (\w+)/g);
  const fired = names(readFileSync(file('prometheus/alerts_test.yml'), 'utf8'), /alertname: (\w+)\n\s+exp_alerts:/g);
  assert.deepEqual(fired, alerts, 'every alert is seen to fire');
});

test('every question of the dashboard has an answer', { skip }, async () => {
  assert.ok(QUESTIONS.length > 10);
  // What is asked by the second needs two looks, and something between them.
  const looks = async () => Number((await ask('query', { query: 'count_over_time(up[1m])' })).result[0]?.value[1] ?? 0);
  const first = await until('the first look', looks);
  const anybody = new Client({ origin: portal.origin });
  await until('the next looks', async () => (await anybody.get('/polls')).expect(200) && await looks() > first + 2);
  await until('a round of the scheduler', async () => (await ask('query', { query: 'veche_scheduler_last_success_timestamp_seconds > 0' })).result.length);
  for (const { title, expr, legendFormat } of QUESTIONS) {
    const { result } = await ask('query', { query: expr });
    assert.ok(result.length > 0, `${title}: nothing for ${expr}`);
    for (const [, label] of (legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)) {
      assert.ok(result.every(({ metric }) => metric[label]), `${title}: no ${label} in ${JSON.stringify(result)}`);
    }
    assert.ok(result.every(({ value }) => Number.isFinite(Number(value[1]))), `${title}: ${JSON.stringify(result)}`);
  }
});

test('no alert of a portal that does well; one as soon as it is gone', { skip }, async () => {
  const rules = async () => (await ask('rules')).groups.flatMap((group) => group.rules);
  // One slow answer on a busy machine is more than one of a hundred among so few, and is looked back on for five minutes:
  // that alert waits whether it stays so. What else waits is over soon.
  const waits = (name, state) => name === 'VecheSlow' && state === 'pending';
  await until('a portal that does well', async () => {
    const all = await rules();
    for (const { name, health, lastError, state } of all) {
      assert.ok(health === 'unknown' || (health === 'ok' && !lastError), `${name}: ${lastError}`);
      assert.notEqual(state, 'firing', name);
    }
    return all.length > 0 && all.every(({ name, health, state }) => health === 'ok' && (state === 'inactive' || waits(name, state)));
  });
  await portal.kill();
  const alerts = await until('the alert', async () => {
    const said = (await ask('alerts')).alerts.filter(({ labels, state }) => !waits(labels.alertname, state));
    return said.length > 0 && said;
  });
  assert.deepEqual(alerts.map(({ labels, state }) => [labels.alertname, state]), [['VecheDown', 'pending']]);
});
