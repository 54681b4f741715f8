// The trial of `run.mjs`, from outside: `node trial.mjs BASE` in the network namespace of people and provider.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { forward } from '../cluster/forward.mjs';
import { check, count } from '../faults/check.mjs';
import { STAFF, Trial } from '../faults/trial.mjs';
import { attribute } from '../lib/html.mjs';
import { Client, closeConnections, trust } from '../lib/http.mjs';
import { BINARY } from '../lib/portal.mjs';
import { signIn } from '../lib/steps.mjs';
import { until, wait } from '../lib/wait.mjs';
import { startProvider } from '../provider/provider.mjs';
import { commandsOf, configuration, fileOf, textsOf } from './documents.mjs';
import { Machines } from './machines.mjs';

const ORIGIN = 'https://polls.example';
const ADDRESSES = {
  proxy: '10.0.0.10', web1: '10.0.0.11', web2: '10.0.0.12', web3: '10.0.0.13', db1: '10.0.0.21', db2: '10.0.0.22',
};
const SERVERS = ['web1', 'web2', 'web3'];
const SECRET = 'what the provider gave, with a + and a %';
/** A few, and slowly: what is tried is the operator's work, not the speed. */
const PEOPLE = 24;
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

const machines = new Machines(ADDRESSES, process.argv[2]);
const folder = mkdtempSync(path.join(tmpdir(), 'veche-operator-'));
const children = [];
const nameOf = (address) => machines.names.find((name) => ADDRESSES[name] === address);

const began = performance.now();
const say = (text) => console.log(`${String(Math.round((performance.now() - began) / 1000)).padStart(4)} s  ${text}`);

function must(what, truth, found) {
  if (!truth) throw new Error(`not so: ${what}${found === undefined ? '' : `: ${JSON.stringify(found)}`}`);
  say(what);
}

/** Runs blocks of a document as they stand, on the machines that each names; `fill` puts in what is left open. */
async function follow(blocks, fill = (text) => text) {
  let said = '';
  for (const { addresses, commands } of blocks) for (const address of addresses) said += await machines.on(nameOf(address), fill(commands));
  return said;
}

const psql = async (sql, host = 'db1') =>
  (await machines.on(host, `cd /; runuser -u postgres -- psql -d veche -AtXqc "${sql}"`)).trim();

const readiness = async (name) => {
  try {
    const response = await fetch(`http://${ADDRESSES[name]}:8000/readyz`, { signal: AbortSignal.timeout(5000) });
    return `${response.status} ${(await response.text()).trim()}`;
  } catch (error) {
    return error.cause?.code ?? error.message;
  }
};

const ready = async (name) => until(`${name} is ready`, async () => /^200/.test(await readiness(name)), 30_000);

/** A restart, as an operator does it: the next server when this one is ready. */
async function oneAfterTheOther(before = async () => {}) {
  for (const name of SERVERS) {
    await before(name);
    await machines.on(name, 'systemctl restart veche');
    await ready(name);
  }
}

const veche = (name, command) => machines.on(name, `cd /etc/veche; export VECHE_CONFIG=/etc/veche/veche.toml; veche ${command}`);

/** Nothing is wrong, says the doctor; who leads the scheduled work may have to be found again first. */
async function contented(name) {
  let said;
  await until(`the doctor finds nothing on ${name}`, async () => {
    said = await veche(name, 'doctor').catch((error) => error.message);
    const wrong = said.match(/^wrong.*$/gm) ?? [];
    if (wrong.some((line) => !/^wrong {2}portal's replica: it is \d+ s behind/.test(line))) throw new Error(said);
    return wrong.length === 0;
  });
  say(`the doctor finds nothing on ${name}`);
}

async function roles() {
  machines.write('db1', await machines.on('web1', 'veche migrate --roles'), '/root/roles.sql');
}

const SCRIPTS = ['archive-wal', 'base-backup', 'restore-to-time', 'thin-backups'];
const UNITS = ['veche-backup.service', 'veche-backup.timer'];

function putScripts(name) {
  for (const script of SCRIPTS) machines.put(name, fileOf(`postgresql/${script}`), `/usr/local/bin/${script}`);
  for (const unit of UNITS) machines.put(name, fileOf(`systemd/${unit}`), `/etc/systemd/system/${unit}`);
}

/** Has `primary` wait for its replica, once that follows. */
async function rely(primary = 'db1') {
  const [, setting] = commandsOf('postgresql/README.md', 'Replica');
  await until('the replica follows', async () => (await psql('SELECT application_name FROM pg_stat_replication', primary)) === 'veche');
  await follow([setting]);
  await until('it follows synchronously', async () => (await psql('SELECT sync_state FROM pg_stat_replication', primary)) === 'sync');
}

/** Makes the machine that has its address the replica of `primary`, synchronously in the end. */
async function replicate(password, primary = 'db1') {
  const [make] = commandsOf('postgresql/README.md', 'Replica');
  const [text] = textsOf('postgresql/README.md', 'Replica').filter((one) => one.endsWith(':follower:PASSWORD'));
  const [install] = textsOf('postgresql/README.md', 'Replica').filter((one) => one.startsWith('install '));
  const name = nameOf(make.addresses[0]);
  await machines.on(name, install);
  machines.write(name, `${text.replace('PASSWORD', password)}\n`, '/var/lib/postgresql/.pgpass');
  await follow([make]);
  await rely(primary);
}

/** The base backups, in the order in which they were begun. */
const backups = () => readdirSync(`${folder}/backup/base`).sort();

async function install() {
  for (const name of SERVERS) {
    machines.put(name, BINARY, '/usr/local/bin/veche', '755');
    machines.put(name, DIST, '/usr/share/veche/pages');
    machines.put(name, fileOf('systemd/veche.service'), '/etc/systemd/system/veche.service');
  }
  for (const name of ['db1', 'db2']) putScripts(name);
  await roles();
  const passwords = Object.fromEntries([...(await follow(commandsOf('postgresql/README.md', 'Install'))).matchAll(/^(veche_\w+|follower) (\S+)$/gm)]
    .map(([, role, password]) => [role, password]));
  must('the database is there, with four roles', Object.keys(passwords).length === 4);
  await replicate(passwords.follower);
  say('the replica follows synchronously');

  const [key, schema, servers, proxy, backup] = commandsOf('INSTALL.md');
  await follow([key]);
  const settings = configuration('INSTALL.md', {
    staff: { administrators: '["boss"]' },
    // Everybody here comes from one address.
    limits: { requests_per_minute: 100_000, posts_per_minute: 100_000 },
    ...Object.fromEntries(['sign_in', 'submission', 'export', 'api'].map((kind) => [`limits.${kind}`, { address_per_minute: 100_000, account_per_minute: 10_000 }])),
  }).replaceAll(/(veche_\w+):PASSWORD@/g, (_, role) => `${role}:${passwords[role]}@`);
  const master = machines.read('web1', '/etc/veche/master.key');
  for (const name of SERVERS) {
    machines.write(name, settings.replaceAll(ADDRESSES.web1, ADDRESSES[name]), '/etc/veche/veche.toml');
    machines.write(name, SECRET, '/etc/veche/client.secret');
    machines.write(name, master, '/etc/veche/master.key');
  }
  await follow([schema]);
  await roles();
  const [, , rights] = commandsOf('postgresql/README.md', 'Install');
  await follow([rights]);
  const doctor = await follow([servers]);
  must('the doctor finds nothing on any server', !/^wrong/m.test(doctor) && doctor.match(/^ok {5}clock$/gm).length === SERVERS.length, doctor);
  for (const name of SERVERS) must(`${name}: /readyz`, /^200/.test(await readiness(name)));

  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
    '/CN=polls.example', '-addext', 'subjectAltName=DNS:polls.example', '-keyout', `${folder}/key.pem`, '-out', `${folder}/certificate.pem`], { stdio: 'ignore' });
  for (const file of ['key.pem', 'certificate.pem']) machines.write('proxy', readFileSync(`${folder}/${file}`, 'utf8'), `/etc/veche/${file}`);
  machines.put('proxy', fileOf('nginx/veche.conf'), '/root/veche.conf');
  await follow([proxy]);
  trust({ address: ADDRESSES.proxy, ca: readFileSync(`${folder}/certificate.pem`) });
  await follow([backup]);
  must('there is a backup, and there will be one daily', backups().length === 1
    && /veche-backup\.timer/.test(await machines.on('db1', 'systemctl list-timers --no-pager veche-backup.timer')), backups());
  const page = await new Client({ origin: ORIGIN }).get('/');
  must('the first page, through the proxy over TLS', page.status === 200 && page.one('main') !== null);
  for (const link of page.all('link[href^="/pkg/"]')) {
    const href = attribute(link, 'href');
    must(`  ${href}`, (await new Client({ origin: ORIGIN }).get(href)).status === 200);
  }
  return passwords;
}

/** Whether the unit's promises hold of what runs. */
async function confined() {
  const status = await machines.on('web1', 'cat /proc/$(systemctl show -P MainPID veche)/status');
  const field = (name) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)[1];
  must('the program is nobody in particular, has no capability and filters its system calls',
    !/^0\b/.test(field('Uid')) && field('CapEff') === '0000000000000000' && field('NoNewPrivs') === '1' && field('Seccomp') === '2', status);
  const seen = await machines.on('web1', `for file in $(find /etc/veche -type f); do setpriv --reuid=65534 --regid=65534 --clear-groups cat $file && echo read $file; done 2>/dev/null; true`);
  must('nobody else can read its configuration and keys', seen === '', seen);
}

async function rotate() {
  const settings = (name) => machines.read(name, '/etc/veche/veche.toml');
  const [old, fresh] = [machines.read('web1', '/etc/veche/master.key'), execFileSync('openssl', ['rand', '-base64', '32'], { encoding: 'utf8' })];
  const put = (master, previous) => async (name) => {
    machines.write(name, master, '/etc/veche/master.key');
    if (previous) machines.write(name, previous, '/etc/veche/previous.key');
    else await machines.on(name, 'rm /etc/veche/previous.key');
    const line = 'previous = { file = "previous.key" }';
    machines.write(name, settings(name).replace(new RegExp(`^(# )?${line}$`, 'm'), `${previous ? '' : '# '}${line}`), '/etc/veche/veche.toml');
  };
  await oneAfterTheOther(put(old, fresh));
  await oneAfterTheOther(put(fresh, old));
  const said = await veche('web1', 'rotate-key');
  await oneAfterTheOther(put(fresh));
  must('the new key wraps everything', /^1 of the portal and [1-9]\d* of polls/m.test(said), said);
  await contented('web2');
}

try {
  const people = Array.from({ length: PEOPLE }, (_, i) => ({ sub: `citizen-${i}`, givenName: `N${i}`, birthDate: '1990-01-01' }));
  const provider = await startProvider({
    port: 8001, variant: 'A', people: [...STAFF, ...people], clients: [{
      id: 'portal', secret: SECRET, name: 'Veche', redirectUris: [`${ORIGIN}/auth/callback`], postLogoutRedirectUris: [`${ORIGIN}/`],
      backchannelLogoutUri: `${ORIGIN}/auth/backchannel-logout`,
    }],
  });
  // A provider of http has to be at the portal's own loopback.
  const door = await forward({ host: '10.0.0.1', port: 8001 }, { host: '127.0.0.1', port: 8001 });
  mkdirSync(`${folder}/backup`);
  for (const name of machines.names) await machines.start(name, name.startsWith('db') ? `${folder}/backup` : undefined);
  say('six empty machines run');
  const forwarder = fileURLToPath(new URL('../cluster/forward.mjs', import.meta.url));
  for (const name of SERVERS) children.push(spawn('ip', ['netns', 'exec', machines.space(name), process.execPath, forwarder, '8001', '10.0.0.1'], { stdio: 'ignore' }));

  const passwords = await install();
  await confined();
  const trial = await Trial.open({ name: 'operator', target: { origin: ORIGIN }, stored: () => ({}), people: PEOPLE });
  const { load, history } = trial;
  load.pause = 400;
  load.start();
  await load.progress();
  const cut = async (what, work) => {
    const [before, swallowed] = [history.cutOff, history.swallowed.length];
    await work();
    await load.progress(8);
    const failed = history.cutOff - before;
    must(`${what}: no request failed`, failed === 0, load.lastOutage);
    must(`${what}: no form was swallowed without a word`, history.swallowed.length === swallowed, history.swallowed.slice(swallowed));
  };
  await cut('every server restarted while people answer', () => oneAfterTheOther());
  await cut('the master key replaced while people answer', rotate);
  await cut('a base backup while people answer', async () => { await follow(commandsOf('postgresql/README.md', 'Backup')); });

  await cut('the replica goes away and comes back while people answer', async () => {
    await machines.on('db2', 'systemctl stop postgresql@15-main');
    // What was on its way is heard of.
    await wait(500);
    const before = load.acknowledged;
    await wait(2000);
    must('without its replica the database acknowledges nothing', load.acknowledged === before);
    await follow(commandsOf('postgresql/README.md', 'When the replica is away'));
    await load.progress();
    await machines.on('db2', 'systemctl start postgresql@15-main');
    await rely();
  });

  // Back to a moment: what came after it is gone, and nothing else.
  await load.progress();
  await load.stop();
  const moment = await psql('SELECT clock_timestamp()');
  const [then, atMoment] = [await load.pages(), history.now];
  await wait(1500);
  load.start();
  await load.progress();
  await load.stop();
  const later = await load.pages();
  await until('the log of that time is archived', async () =>
    (await psql(`SELECT last_archived_time > '${moment}'::timestamptz + interval '3 seconds' FROM pg_stat_archiver`)) === 't', 150_000);
  for (const name of SERVERS) await machines.on(name, 'systemctl stop veche');
  const [back, afterwards] = commandsOf('postgresql/README.md', 'Back to a moment');
  await follow([back], (text) => text.replace('MOMENT', moment).replace('BACKUP', backups().at(-1)));
  await until('the database takes writes', async () => (await psql('SELECT pg_is_in_recovery()').catch(() => '')) === 'f');
  await follow([afterwards]);
  await veche('web1', 'after-restore');
  await machines.on('web1', 'systemctl start veche');
  await ready('web1');
  for (const name of ['web2', 'web3']) await machines.on(name, 'systemctl start veche');
  for (const name of SERVERS) await ready(name);
  load.mayBeSignedOut = true;
  const now = await load.pages();
  const differ = [...now].filter(([person, page]) => page?.number !== then.get(person)?.number);
  const moved = [...later].filter(([person, page]) => page?.number !== then.get(person)?.number);
  must(`back to a moment: everybody's answer is the one of then, ${moved.length} later ones are gone`, differ.length === 0 && moved.length > 0, differ);
  must('everybody had to sign in again', (await psql('SELECT count(*) FROM portal.session')) === String(PEOPLE));
  await until('the database archives under its new timeline', () => {
    const archived = readdirSync(`${folder}/backup/wal`);
    return archived.includes('00000002.history') && archived.some((name) => /^00000002[0-9A-F]{16}$/.test(name));
  });
  say('the database archives under its new timeline');
  // What the checker is told of is only what still is.
  const since = history.now;

  await replicate(passwords.follower);
  say('a new replica follows synchronously');
  await replicate(passwords.follower);
  must('another one in its place has the setting of the database, which waits for it',
    (await psql('SHOW synchronous_standby_names', 'db2')) === 'veche');

  await machines.on('db2', 'apt-get install -y iputils-arping');
  load.start();
  await load.progress();
  machines.lose('db1');
  await load.noticed();
  await wait(1000);
  say(`the database's machine is gone; /readyz of web1 says ${await readiness('web1')}`);
  const [takeOver, giveUp] = commandsOf('postgresql/README.md', "When the database's machine is lost");
  await follow([takeOver]);
  const promoted = performance.now();
  await load.progress(1);
  say(`somebody's answer was acknowledged ${Math.round(performance.now() - promoted)} ms after the promotion`);
  await load.progress();
  for (const name of SERVERS) await ready(name);

  // The machine that took over is the database: nothing makes a replica of it, and it has one address.
  const data = () => machines.on('db2', 'ls /var/lib/postgresql/15');
  const there = await data();
  const refused = await machines.on('db2', commandsOf('postgresql/README.md', 'Replica')[0].commands).then(() => false, () => true);
  must('the database refuses to be made a replica',
    refused && (await data()) === there && (await psql('SELECT pg_is_in_recovery()', 'db2')) === 'f');
  Object.assign(ADDRESSES, { db1: undefined, db2: '10.0.0.21' });
  await cut('another machine made the replica while people answer', async () => {
    await follow([giveUp]);
    ADDRESSES.db3 = '10.0.0.22';
    await machines.start('db3', `${folder}/backup`);
    putScripts('db3');
    const [everyDatabase] = commandsOf('postgresql/README.md', 'Install');
    await follow([{ ...everyDatabase, addresses: [ADDRESSES.db3] }]);
    await replicate(passwords.follower, 'db2');
  });
  await load.stop();
  trial.office.initiator = await signIn({ origin: ORIGIN }, 'writer');
  const pages = await load.pages();
  const [[responses, persons]] = [(await psql('SELECT count(*), count(DISTINCT pseudonym) FROM vault.response', 'db2')).split('|').map(Number)];
  const events = history.events.filter(({ t }) => t <= atMoment || t >= since);
  const wrong = check(events, { pages, stored: { responses, people: persons } });
  must(`nothing lost, nobody twice: ${history.count('acknowledged')} answers acknowledged, ${history.cutOff} requests failed, all of them without a database`, count(wrong) === 0, wrong);
  await until('the servers reach the new replica', () =>
    machines.on('web1', `timeout 1 bash -c '</dev/tcp/${ADDRESSES.db3}/5432'`).then(() => true, () => false));
  await contented('web1');
  const lines = machines.read('proxy', '/var/log/nginx/veche.log').trim().split('\n');
  must("the proxy's log has lines of what failed, and of nothing else", lines.every((line) => /^\S+ 5\d\d /.test(line)), lines);
  trial.close();
  door.close();
  await provider.close();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
  for (const name of ['db1', 'db2']) console.error(await machines.on(name, 'tail -n 8 /var/log/postgresql/*.log').catch(({ message }) => message));
  for (const name of SERVERS) console.error(await machines.on(name, 'journalctl -u veche -n 8 --no-pager -o cat').catch(({ message }) => message));
} finally {
  for (const child of children) child.kill();
  closeConnections();
  await machines.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
