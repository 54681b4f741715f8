// Three servers, nginx, PostgreSQL with a streaming replica, each in a network namespace of its own. One server, the one
// that does the scheduled work, is killed while people answer. Everybody who saw a receipt is counted, once; the live
// batches are one sequence; one scheduler leads; who signs out at one server is signed out at all.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { Cluster, missing } from '../cluster/cluster.mjs';
import { Client } from '../lib/http.mjs';
import * as steps from '../lib/steps.mjs';
import { until, wait } from '../lib/wait.mjs';
import { startProvider } from '../provider/provider.mjs';

/** Enough for two live batches: the first is due at 59 people at the latest, the second at 129. */
const PEOPLE = 132;
const BEFORE_THE_KILL = 60;
const HANDS = 12;

const people = Array.from({ length: PEOPLE }, (_, i) => ({ sub: `citizen-${i}`, givenName: `N${i}`, birthDate: '1990-01-01' }));
const staff = ['boss', 'writer', 'second'].map((sub) => ({ sub, givenName: sub, familyName: 'Staff', birthDate: '1980-05-05' }));

const skip = missing() ?? false;
let provider;
let cluster;
let office;
let poll;

before(async () => {
  if (skip) return;
  provider = await startProvider({ variant: 'A', people: [...staff, ...people] });
  cluster = new Cluster();
  await cluster.start({ provider, settings: { administrators: ['boss'] } });
  office = await steps.openOffice(cluster, {
    administrator: 'boss', department: 'Trials', staff: { initiator: 'writer', reviewer: 'second' },
  });
  poll = await steps.writePoll(office.initiator, office.department, {
    title: 'On three servers', questions: [{ kind: 'single_choice', ...steps.both('title', 'Which one?'), ...steps.options('First', 'Second') }],
  });
  await steps.openPoll(office, poll);
}, { timeout: 180_000 });
after(async () => {
  await cluster?.stop();
  await provider?.close();
});

/**
 * What a person meets while a server is down: nginx's own page, a connection that ends, or a sign-in whose answer was lost:
 * nginx asks another server, for which the provider's code is used up, and the page says to begin again.
 */
const isOutage = (error) => /ECONN|EPIPE|socket hang up|aborted|got 50[234]|50[234] http|got 400 \S*\/auth\/callback/.test(`${error.code} ${error.message}`);

async function persistently(work) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error) || attempt > 100) throw error;
      outages += 1;
      await wait(100);
    }
  }
}
let outages = 0;

/** One person from the sign-in to the receipt, trying again whatever was cut off. */
async function takePart(i) {
  const person = await persistently(() => steps.signIn(cluster, `citizen-${i}`));
  const choice = i % 4 ? 'o1' : 'o2';
  await persistently(async () => {
    const receipt = await steps.send(await steps.answerAgain(person, poll, [{ choice }]));
    assert.ok(steps.referenceOf(receipt), receipt.describe());
  });
  return person;
}

const batches = () => cluster.sql('SELECT number FROM vault.live_batch ORDER BY number').map(([number]) => Number(number));
const drew = (server) => /scheduled work.*batches: [1-9]/.test(server.log);

test('the server that leads is killed while people answer', { skip, timeout: 5 * 60_000 }, async (t) => {
  const numbers = people.map((_, i) => i);
  await steps.inParallel(HANDS, numbers.slice(0, BEFORE_THE_KILL), takePart);
  await until('the first live batch', () => batches().length === 1);
  const [leader, ...others] = await until('who drew it', () => {
    const names = Object.keys(cluster.servers);
    const first = names.find((name) => drew(cluster.servers[name]));
    return first && [first, ...names.filter((name) => name !== first)];
  });

  const answering = steps.inParallel(HANDS, numbers.slice(BEFORE_THE_KILL), takePart);
  answering.catch(() => {});
  await wait(1000);
  await cluster.servers[leader].kill();
  const killed = cluster.requests().length;
  await answering;
  t.diagnostic(`${leader} led and was killed; ${outages} requests were cut off and tried again`);
  const since = cluster.requests().slice(killed);
  for (const name of others) assert.ok(since.some(([server]) => server === name), `${name} answers`);

  // The lease of the dead runs out, and one of the others takes over.
  await until('the second live batch', () => batches().length === 2);
  assert.deepEqual(batches(), [1, 2]);
  // Said in the log when the round of scheduled work has ended, a moment after the batch is there.
  const drawn = () => others.filter((name) => drew(cluster.servers[name])).length;
  await until('one of the others says that it drew it', () => drawn() > 0);
  assert.equal(drawn(), 1, 'one of the others drew it');
  await cluster.servers[leader].start();

  await steps.press(office.initiator, poll, 'close');
  const anyone = new Client({ origin: cluster.origin });
  await steps.published(anyone, poll, { timeout: 90_000 });
  const rows = steps.parseCsv((await anyone.get(`/polls/${poll}/results.csv`)).expect(200).text);
  const count = (option) => Number(rows.find((row) => row[rows[0].indexOf('option')] === option)[rows[0].indexOf('count')]);
  assert.equal(Number(rows[1][rows[0].indexOf('count')]), PEOPLE);
  assert.deepEqual([count('o1'), count('o2')], [people.filter((_, i) => i % 4).length, people.filter((_, i) => i % 4 === 0).length]);
  assert.deepEqual(cluster.sql('SELECT count(*), count(DISTINCT pseudonym) FROM vault.response'), [[String(PEOPLE), String(PEOPLE)]]);
  assert.deepEqual(cluster.sql("SELECT count(*) FROM portal.poll_event WHERE to_state = 'published'"), [['1']]);
  assert.deepEqual(cluster.sql('SELECT count(*) FROM portal.lease WHERE until > now()'), [['1']]);
});

test('every server took answers, and nginx passed them on over TLS only', { skip }, async () => {
  const sends = cluster.requests().filter(([, method, uri, status]) => method === 'POST' && uri === '/api/take/send' && status === 303);
  assert.deepEqual([...new Set(sends.map(([server]) => server))].sort(), ['one', 'three', 'two']);
  const plain = (host) => new Promise((resolve, reject) => {
    http.get({ host: cluster.address('balancer'), path: '/polls', headers: { host } }, (answer) => {
      answer.resume();
      resolve([answer.statusCode, answer.headers.location]);
    }).on('error', reject);
  });
  assert.deepEqual(await plain('polls.example'), [301, 'https://polls.example/polls']);
  // Under a name that is not the portal's there is no answer.
  await assert.rejects(plain(cluster.address('balancer')), { code: 'ECONNRESET' });
});

test('published statistics are read from the replica', { skip }, async () => {
  await until('connections of the servers to the replica', async () => {
    await (await fetch(`${cluster.origin}/polls/${poll}/results`)).text();
    const sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'veche_portal' AND query LIKE '%release%'";
    return Number(cluster.sql(sql, { host: 'replica' })[0][0]) > 0;
  });
});

test('who signs out at one server is signed out at all', { skip }, async () => {
  const person = await steps.signIn(cluster, 'citizen-1');
  const cookie = person.cookies.header(new URL(cluster.origin));
  const account = () => new Client({ origin: cluster.origin, headers: { cookie } }).get('/account', { follow: false });
  const everywhere = async (status) => {
    const from = cluster.requests().length;
    const asked = new Set();
    for (let i = 0; i < 60 && asked.size < 3; i += 1) {
      (await account()).expect(status);
      for (const [server, , uri] of cluster.requests().slice(from)) if (uri === '/account') asked.add(server);
    }
    assert.equal(asked.size, 3, `asked ${[...asked]}`);
  };
  await everywhere(200);
  const page = (await person.get('/')).expect(200);
  await page.form('form[action="/auth/sign-out"]').submit();
  await everywhere(302);
});
