// What server/operations has an operator install and type, tried without machines: the units' lines, the daily backup, the
// ways back that are refused, an upgrade's commands, and what the proxy writes to its disk. `make operator` has machines.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { freePort } from '../lib/portal.mjs';
import { until, wait } from '../lib/wait.mjs';
import { commandsOf, fileOf } from '../operator/documents.mjs';

const NGINX = '/usr/sbin/nginx';
const read = (name) => readFileSync(fileOf(name), 'utf8');

let folder;
before(() => { folder = mkdtempSync(path.join(tmpdir(), 'veche-operations-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

/** A new folder of this test's own. */
function place(name) {
  const at = path.join(folder, name);
  mkdirSync(at);
  return at;
}

/** Programs that stand in for those of a machine: shell commands by name. @returns {string} a path on which they come first */
function standIns(at, programs) {
  const bin = path.join(at, 'bin');
  mkdirSync(bin);
  for (const [name, commands] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${commands}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  return `${bin}:${process.env.PATH}`;
}

/** Runs a program to its end. @returns {{status: number, said: string}} */
function run(program, args, { path: PATH = process.env.PATH, ...options } = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, PATH, LC_ALL: 'C.UTF-8' }, ...options });
  if (error) throw error;
  return { status, said: stdout + stderr };
}

test('the unit hands over every file that the documents have the configuration name', () => {
  const unit = read('systemd/veche.service');
  const documents = ['../veche.example.toml', 'INSTALL.md', 'RUNBOOK.md', 'postgresql/README.md'].map(read).join('\n');
  const named = new Set([
    ...[...documents.matchAll(/\{ file = "([^"/]+)" \}/g)].map(([, name]) => name).filter((name) => name !== 'path'),
    ...[...documents.matchAll(/^# authorities = |authorities = \["([^"/]+)"\]/gm)].map(([, name]) => name).filter(Boolean),
    ...[...documents.matchAll(/sslrootcert=([\w-]+\.pem)/g)].map(([, name]) => name),
    // "And so for each of the five."
    ...['portal', 'vault', 'publisher', 'publisher_vault', 'portal_replica'].map((store) => `${store}.url`),
  ]);
  assert.ok(named.size > 10, [...named].join());
  for (const name of [...named, 'veche.toml']) assert.ok(unit.includes(`\nLoadCredential=${name}:/etc/veche/${name}\n`), name);
  // Without these two it cannot do anything; any other need not be there.
  for (const [, name] of unit.matchAll(/^LoadCredential=([^:]+):/gm)) {
    assert.equal(unit.includes(`\nSetCredential=${name}:none\n`), !['veche.toml', 'master.key'].includes(name), name);
  }
});

test('SQLite copies a file that it rewrites beside it, and long answers wait there, where more fits than in memory', () => {
  const container = read('container/Containerfile');
  const [, volume] = /^VOLUME (.+)$/m.exec(container);
  for (const name of ['SQLITE_TMPDIR', 'TMPDIR']) {
    assert.match(read('systemd/veche.service'), new RegExp(`^Environment=${name}=/var/lib/veche$`, 'm'));
    assert.ok(container.includes(` ${name}=${volume} `), name);
  }
});

test('what makes the master key overwrites none, and one more server makes none', () => {
  const at = place('key');
  const [{ commands }] = commandsOf('INSTALL.md');
  const make = () => run('bash', ['-c', commands.replaceAll('/etc/veche', `${at}/etc`)]).status;
  const key = () => readFileSync(`${at}/etc/master.key`, 'utf8');
  assert.equal(make(), 0);
  const first = key();
  assert.equal(Buffer.from(first, 'base64').length, 32);
  assert.notEqual(make(), 0);
  assert.equal(key(), first);
  // Step 2 has that block.
  const [, install] = /^## Install\n(.*?)^## /ms.exec(read('RUNBOOK.md'));
  assert.match(install, /of step 2 of `INSTALL\.md`[^;]*\(not its block:/);
});

test('what a unit calls its documentation is put on the machines that have it, and an upgrade renews it', () => {
  const installing = { 'veche.service': 'INSTALL.md', 'veche-backup.service': 'postgresql/README.md' };
  for (const [unit, document] of Object.entries(installing)) {
    const [, at, named] = /^Documentation=file:\/\/(\/usr\/share\/doc\/veche)\/(\S+)$/m.exec(read(`systemd/${unit}`));
    assert.ok(existsSync(fileOf(named)), named);
    assert.match(read(document), new RegExp(`documents \\(\`server/operations/\`\\).{1,60}\`${at}\``, 's'), unit);
  }
  assert.match(/^## Upgrade\n(.*?)^## /ms.exec(read('RUNBOOK.md'))[1], /\bthe documents\b/);
});

test('systemd takes the daily backup and its hour', () => {
  // The service that the timer starts has to lie beside it.
  const at = place('units');
  const units = ['veche-backup.service', 'veche-backup.timer'].map((name) => {
    writeFileSync(path.join(at, name), read(`systemd/${name}`));
    return path.join(at, name);
  });
  const { status, said } = run('systemd-analyze', ['--man=no', '--recursive-errors=no', 'verify', ...units]);
  assert.equal(status, 0, said);
  assert.equal(said, '');
});

test('the daily backup deletes what is too old in any case, and fails where one of the two fails', () => {
  const unit = read('systemd/veche-backup.service').replaceAll(/\\\n\s*/g, '');
  const [, command] = /^ExecStart=\/bin\/sh -c '([^']*)'$/m.exec(unit);
  const [, days] = /^Environment=BACKUP_DAYS=(\d+)$/m.exec(unit);
  assert.equal(days, '14');
  // After it, so that it counts for more.
  assert.match(unit, /^Environment=BACKUP_DAYS=.*\nEnvironmentFile=-\/etc\/default\/veche-backup\nExecStart=/m);
  // As systemd reads it.
  const words = command.replaceAll('$$', '$').replaceAll('%%', '%');
  for (const [making, thinning] of [[0, 0], [3, 0], [0, 4], [3, 4]]) {
    const at = place(`daily-${making}-${thinning}`);
    const PATH = standIns(at, {
      'base-backup': `echo "made $#: $1 $2" >> ${at}/said; exit ${making}`,
      'thin-backups': `echo "thinned $#: $*" >> ${at}/said; exit ${thinning}`,
    });
    const env = { ...process.env, PATH, BACKUP_DAYS: days };
    const { status } = run('/bin/sh', ['-c', words], { env });
    assert.equal(status, thinning || making);
    const [made, thinned] = readFileSync(path.join(at, 'said'), 'utf8').trim().split('\n');
    assert.match(made, /^made 2: \/backup\/base\/\d{4}-\d\d-\d\dT\d{6} user=postgres$/);
    assert.equal(thinned, 'thinned 4: /backup/base /backup/wal 14 /var/lib/postgresql/15');
  }
});

test('the daily backup of SQLite deletes what is too old in any case, but for the last one, and says why none was made', () => {
  const whole = ['vault.sqlite', 'portal.sqlite', 'manifest.json'];
  const [early, old, late] = [{ ago: 15 * 24, files: whole }, { ago: 13 * 24, files: whole }, { ago: 13 * 24 - 2, files: whole }];
  const [aside, cut] = [{ ago: 13 * 24, files: ['portal.sqlite'] }, { ago: 13 * 24, files: whole }];
  // `veche` ends with `making`; of what there is, `left` stays.
  const daily = (name, { making, there, left, words = /^$/, where = 'veche.toml' }) => {
    const at = place(name);
    const into = path.join(at, 'backups');
    for (const [folder, { ago, files }] of Object.entries(there)) {
      mkdirSync(path.join(into, folder), { recursive: true });
      for (const file of files) writeFileSync(path.join(into, folder, file), '');
      const then = new Date(Date.now() - ago * 3_600_000);
      utimesSync(path.join(into, folder), then, then);
    }
    const made = making === 0 ? 'touch "$3/manifest.json"' : `echo "No space left" >&2; exit ${making}`;
    const PATH = standIns(at, { veche: `test "$1 $2" = 'backup --to' && test "$PWD" = ${at} && touch "$3/vault.sqlite" && ${made}` });
    const env = { ...process.env, PATH, LC_ALL: 'C.UTF-8', VECHE_CONFIG: path.join(at, where) };
    const { status, said } = run(fileOf('sqlite/veche-backup'), [into, '14'], { env });
    assert.match(said, words);
    const names = readdirSync(into).filter((folder) => !(folder in there));
    assert.equal(names.length, making === 0 ? 1 : 0, `${names}`);
    for (const folder of names) {
      assert.match(folder, /^\d{4}-\d\d-\d\dT\d{6}$/);
      assert.deepEqual(readdirSync(path.join(into, folder)).sort(), ['manifest.json', 'vault.sqlite']);
    }
    assert.deepEqual(readdirSync(into).filter((folder) => folder in there).sort(), left);
    return status;
  };
  const there = { early, old, late, aside, 'cut.half': cut };
  assert.equal(daily('sqlite-made', { making: 0, there, left: ['late'] }), 0);
  assert.equal(daily('sqlite-full', { making: 3, there, left: ['late'], words: /^No space left\n$/ }), 3);
  // Where there is no configuration, nothing is made, and the rest is done.
  assert.notEqual(daily('sqlite-lost', { making: 3, there, left: ['late'], words: /nowhere/, where: 'nowhere/veche.toml' }), 0);
  const last = /^No space left\n\S+\/backups\/old is the last backup, and older than it may be: make another\n$/;
  assert.equal(daily('sqlite-last', { making: 3, there: { early, old, aside }, left: ['old'], words: last }), 3);
  for (const days of ['0', '1', 'x']) {
    const at = place(`sqlite-${days}`);
    // As its argument, and as it stands where no upgrade replaces it.
    for (const [arguments_, BACKUP_DAYS] of [[[at, days], '14'], [[at], days]]) {
      const { status, said } = run(fileOf('sqlite/veche-backup'), arguments_, { env: { ...process.env, BACKUP_DAYS } });
      assert.equal(status, 2);
      assert.match(said, /DAYS/);
    }
  }
});

/** A base backup in name, which ended at this moment. */
function baseBackup(at, ended) {
  const base = path.join(at, 'base');
  mkdirSync(base);
  writeFileSync(path.join(base, 'PG_VERSION'), 'none\n');
  writeFileSync(path.join(base, 'backup_manifest'), '{}');
  utimesSync(path.join(base, 'backup_manifest'), new Date(ended), new Date(ended));
  return base;
}

test('a base backup is brought to no moment before its end', () => {
  const at = place('moments');
  const base = baseBackup(at, '2026-11-26T12:00:00.500Z');
  const PATH = standIns(at, { pg_verifybackup: 'true' });
  const data = path.join(at, 'data');
  const restore = (moment) => run(fileOf('postgresql/restore-to-time'), [base, path.join(at, 'wal'), data, moment], { path: PATH });
  for (const moment of ['2026-11-26 12:00:00.5+00', '2026-11-26 12:00:00+00', '2026-11-26 14:59:59+03', '2025-12-31 23:00:00+00']) {
    const { status, said } = restore(moment);
    assert.equal(status, 1, moment);
    assert.match(said, /base ended at 2026-11-26 12:00:00\.500000\+00, which is not before .*: take one that ended before\n$/);
    assert.ok(!existsSync(data), moment);
  }
  assert.notEqual(restore('in the afternoon, about four').status, 0);
  assert.ok(!existsSync(data));

  for (const [moment, target] of [['2026-11-26 12:00:00.500001+00', '2026-11-26 12:00:00.500001+00'],
    ['2026-11-26 15:00:01.25+03', '2026-11-26 12:00:01.250000+00'], ['latest', undefined]]) {
    const { status, said } = restore(moment);
    assert.equal(status, 0, said);
    const settings = readFileSync(path.join(data, 'postgresql.auto.conf'), 'utf8');
    assert.equal(/^recovery_target_time = '(.*)'$/m.exec(settings)?.[1], target);
    rmSync(data, { recursive: true });
  }
});

test('a way back that is refused leaves the database as it is', () => {
  const [{ commands }] = commandsOf('postgresql/README.md', 'Back to a moment');
  for (const refused of [true, false]) {
    const at = place(`back-${refused}`);
    mkdirSync(path.join(at, 'main'));
    writeFileSync(path.join(at, 'main/whose'), 'before');
    const PATH = standIns(at, {
      systemctl: `echo "$1" >> ${at}/asked`,
      runuser: refused ? 'exit 1' : `echo "$5" > ${at}/base; mkdir "$7"; echo restored > "$7/whose"`,
    });
    const text = commands.replaceAll('/var/lib/postgresql/15/', `${at}/`).replace('MOMENT', 'latest').replace('BACKUP', '2026-11-26T020000');
    const { status, said } = run('bash', ['-c', text], { path: PATH });
    assert.equal(status !== 0, refused, said);
    assert.equal(readFileSync(path.join(at, 'main/whose'), 'utf8').trim(), refused ? 'before' : 'restored');
    const aside = readdirSync(at).filter((name) => /^damaged\.\d{4}-\d\d-\d\dT\d{6}$/.test(name));
    assert.equal(aside.length, refused ? 0 : 1);
    assert.equal(existsSync(path.join(at, 'asked')), !refused);
    if (!refused) {
      assert.equal(readFileSync(path.join(at, 'base'), 'utf8').trim(), '/backup/base/2026-11-26T020000');
      assert.equal(readFileSync(path.join(at, 'asked'), 'utf8'), 'stop\nstart\n');
    }
  }
});

test('an upgrade leaves the old client until it is told to take it away', () => {
  const at = place('upgrade');
  const [pages, build] = [path.join(at, 'pages'), path.join(at, 'build')];
  for (const dir of [pages, `${build}/dist`, `${build}/target/production`]) mkdirSync(dir, { recursive: true });
  const write = (dir, files) => { for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text); };
  write(pages, { 'index.html': 'old', 'islands-1.js': 'old', 'icon.svg': 'old' });
  write(`${build}/dist`, { 'index.html': 'new', 'islands-2.js': 'new', 'icon.svg': 'new' });
  write(`${build}/target/production`, { veche: 'new' });
  const PATH = standIns(at, { systemctl: `echo "$*" > ${at}/asked` });
  const blocks = commandsOf('RUNBOOK.md', 'Upgrade');
  for (const { addresses } of blocks) assert.deepEqual(addresses, ['10.0.0.11', '10.0.0.12', '10.0.0.13']);
  const [beside, replace, clear] = blocks.map(({ commands }) =>
    commands.replaceAll('/usr/share/veche/pages', pages).replaceAll('/usr/local/bin', at));
  const there = () => Object.fromEntries(readdirSync(pages).sort().map((name) => [name, readFileSync(path.join(pages, name), 'utf8')]));

  // Every server has the new files before any has the new program.
  assert.equal(run('bash', ['-ec', beside], { path: PATH, cwd: build }).status, 0);
  assert.ok(!existsSync(path.join(at, 'veche')) && !existsSync(path.join(at, 'asked')));
  assert.deepEqual(there(), { 'icon.svg': 'old', 'index.html': 'old', 'islands-1.js': 'old', 'islands-2.js': 'new' });
  const { status, said } = run('bash', ['-ec', replace], { path: PATH, cwd: build });
  assert.equal(status, 0, said);
  assert.deepEqual(there(), { 'icon.svg': 'new', 'index.html': 'new', 'islands-1.js': 'old', 'islands-2.js': 'new' });
  assert.equal(readFileSync(path.join(at, 'asked'), 'utf8'), 'restart veche\n');
  assert.equal(readFileSync(path.join(at, 'veche'), 'utf8'), 'new');

  // In another folder it takes nothing away.
  assert.notEqual(run('bash', ['-ec', clear], { cwd: at }).status, 0);
  assert.equal(readdirSync(pages).length, 4);
  assert.equal(run('bash', ['-ec', clear], { cwd: build }).status, 0);
  assert.deepEqual(there(), { 'icon.svg': 'new', 'index.html': 'new', 'islands-2.js': 'new' });
});

/** Bytes that do not fit into the buffers of any connection on the way. */
const LONG = Buffer.alloc(48 << 20);

/** Where a provider wants its requests signed, the head of a redirect to it is as long as this, or nearly. */
const FAR = `https://provider.example/authorize?client_secret=${'x'.repeat(8192)}`;

/** The proxy of the example before a server that says how much it was sent. @returns {Promise<{port: number, log: () => string}>} */
async function proxy(t, change = (site) => site, { level = 'warn', connections = 512 } = {}) {
  const server = http.createServer((request, response) => {
    if (request.url === '/far') {
      response.writeHead(303, { location: FAR }).end();
      return;
    }
    if (request.url === '/broken') {
      request.socket.destroy();
      return;
    }
    let length = 0;
    request.on('data', (part) => { length += part.length; });
    request.on('end', () => response.end(request.method === 'POST' ? String(length) : LONG));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  const at = mkdtempSync(path.join(folder, 'nginx-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
    '/CN=polls.example', '-keyout', `${at}/key.pem`, '-out', `${at}/certificate.pem`], { stdio: 'ignore' });
  const [plain, port] = [await freePort(), await freePort()];
  const site = read('nginx/veche.conf')
    .replaceAll('/etc/veche/', `${at}/`)
    .replace(/access_log \/[^;]*;/, 'access_log off;')
    // It says so when it writes what it passes on to its disk.
    .replaceAll(/error_log \S+ (\w+);/g, (_, its) => `error_log ${at}/log ${level ?? its};`)
    .replaceAll(/^ *listen \[::\].*$/gm, '')
    .replaceAll(/listen 80\b/g, `listen 127.0.0.1:${plain}`)
    .replaceAll('listen 443 ', `listen 127.0.0.1:${port} `)
    .replaceAll(/10\.0\.0\.1\d:8000/g, `127.0.0.1:${server.address().port}`);
  writeFileSync(`${at}/veche.conf`, change(site));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${at}/${what};`).join(' ');
  writeFileSync(`${at}/nginx.conf`, `${process.getuid() === 0 ? 'user root; ' : ''}daemon off; pid ${at}/pid; error_log ${at}/log ${level ?? 'error'};
events { worker_connections ${connections}; } http { ${temporary} include ${at}/veche.conf; }\n`);
  const child = spawn(NGINX, ['-c', `${at}/nginx.conf`, '-e', `${at}/log`], { stdio: 'ignore' });
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const listens = () => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
  await until('nginx', () => {
    if (child.exitCode !== null) throw new Error(readFileSync(`${at}/log`, 'utf8'));
    return listens();
  });
  return { plain, port, log: () => readFileSync(`${at}/log`, 'utf8') };
}

/** Asks by HTTP/1.1; `read` is given the response. */
function ask(port, options, body, read) {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: '127.0.0.1', port, agent: false, rejectUnauthorized: false, headers: { host: 'polls.example' }, ...options },
      (response) => { read(response).then(resolve, reject); });
    request.on('error', reject);
    request.end(body);
  });
}

const textOf = async (response) => {
  let text = '';
  for await (const part of response) text += part;
  return `${response.statusCode} ${text}`;
};

test('the proxy passes on a long address, and one failure takes no server away', async (t) => {
  const { port, log } = await proxy(t);
  for (let i = 0; i < 4; i += 1) {
    const location = await ask(port, { path: '/far' }, undefined, async (response) => {
      response.resume();
      return `${response.statusCode} ${response.headers.location}`;
    });
    assert.equal(location, `303 ${FAR}`, log());
  }
  // Each of these is tried at two servers, so that each of the three fails.
  for (let i = 0; i < 2; i += 1) assert.match(await ask(port, { path: '/broken' }, undefined, textOf), /^503 /);
  assert.equal(await ask(port, { method: 'POST', path: '/api/take/send' }, 'one', textOf), '200 3');
});

test('the proxy answers to no other name than the portal’s', async (t) => {
  const { plain, port, log } = await proxy(t);
  const overHttp = (host) => new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port: plain, agent: false, headers: { host } }, (response) => {
      response.resume();
      resolve(`${response.statusCode} ${response.headers.location}`);
    });
    request.on('error', ({ code }) => resolve(code));
  });
  assert.equal(await overHttp('polls.example'), '301 https://polls.example/', log());
  for (const host of ['127.0.0.1', 'other.example']) assert.equal(await overHttp(host), 'ECONNRESET', host);
  // No certificate for who asks for another name, or by an address.
  for (const servername of ['other.example', '']) {
    await assert.rejects(ask(port, { servername, path: '/far' }, undefined, textOf), servername);
  }
  const headers = { host: 'other.example' };
  assert.match(await ask(port, { servername: 'polls.example', headers, path: '/far' }, undefined, textOf), /^421 /);
});

test('the proxy writes down nobody whom it has no room for', async (t) => {
  const crowd = async (level) => {
    const { port, log } = await proxy(t, undefined, { level, connections: 40 });
    const headers = { host: 'polls.example', referer: 'https://polls.example/polls/3f2a/check' };
    const held = [];
    for (let i = 0; i < 30; i += 1) {
      // Each takes one connection and one to a server, and is not read.
      const request = https.request({ host: '127.0.0.1', port, agent: false, rejectUnauthorized: false, headers, path: '/account/download' });
      request.on('error', () => {});
      request.end();
      held.push(request);
    }
    await wait(2500);
    for (const request of held) request.destroy();
    return log();
  };
  // That there was none for them.
  await until('a crowd', async () => /connections are not enough/.test(await crowd('warn')));
  assert.doesNotMatch(await crowd(null), /client:|request:|3f2a/);
});

test('the proxy counts by household what it is asked at a time', async (t) => {
  const { port, log } = await proxy(t, (site) => {
    const one = site.replace('limit_conn addresses 256;', 'limit_conn addresses 1;');
    assert.notEqual(one, site);
    // Where a request comes from, a header says here.
    return `set_real_ip_from 127.0.0.1;\nreal_ip_header X-From;\n${one}`;
  });
  const from = (address) => ({ headers: { host: 'polls.example', 'x-from': address } });
  const statuses = (first, others) => ask(port, from(first), undefined, async (held) => {
    // It is not read yet.
    const told = [];
    for (const other of others) {
      told.push((await ask(port, { ...from(other), method: 'POST', path: '/api/take/send' }, 'one', textOf)).slice(0, 3));
    }
    held.destroy();
    return told;
  });
  assert.deepEqual(await statuses('2001:db8:1::1', ['2001:db8:1:ff:2:3:4:5', '2001:db8:1:100::1', '192.0.2.1']), ['429', '200', '200'], log());
  // Bytes that are letters and ends of lines count as they are.
  assert.deepEqual(await statuses('a0a:a0a:a0a:a41::', ['a0a:a0a:a0a:aff::', 'a0a:a0a:a0a:b41::']), ['429', '200'], log());
  assert.deepEqual(await statuses('4141:4141:4141:4100::', ['6161:6161:6161:6100::']), ['200'], log());
  assert.deepEqual(await statuses('10.10.10.10', ['10.10.10.10', '10.10.10.11']), ['429', '200'], log());
});

/** What nginx says by itself. @returns {Promise<{status: number, headers: Record<string, string>, text: string}>} */
const saidBy = (port, path, method = 'GET') => ask(port, { path, method }, method === 'POST' ? 'a=b' : undefined, async (response) => {
  const [, status, text] = /^(\d+) ([^]*)$/.exec(await textOf(response));
  return { status: Number(status), headers: response.headers, text };
});

/** Whether it says so to people in both languages, and to programs in the form of the API's other problems. */
async function saysSo(port, { status, title, words, log }) {
  const common = ({ headers }) => {
    assert.equal(headers['retry-after'], '5');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['content-security-policy'], /^default-src 'none'; /);
    assert.match(headers['strict-transport-security'], /^max-age=63072000; /);
    assert.equal(headers.server, 'nginx');
  };
  // Whatever the address ends in.
  for (const [path, method] of [['/polls'], ['/polls/one/results.jpg'], ['/api/take/send', 'POST']]) {
    const page = await saidBy(port, path, method);
    assert.equal(page.status, status, log());
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    common(page);
    for (const word of words) assert.ok(page.text.includes(word), page.text);
    assert.match(page.text, /<section lang="ru">/);
  }
  const problem = await saidBy(port, '/api/v1/releases');
  assert.equal(problem.status, status);
  assert.equal(problem.headers['content-type'], 'application/problem+json');
  common(problem);
  const { detail, ...rest } = JSON.parse(problem.text);
  assert.deepEqual(rest, { status, title, id: 'proxy' });
  assert.match(detail, /Retry-After/);
}

test('the proxy says in words that there is no room, or no server', async (t) => {
  const full = await proxy(t, (site) => site.replace('limit_conn addresses 256;', 'limit_conn addresses 1;'));
  await ask(full.port, { path: '/account/download' }, undefined, async (held) => {
    // It is not read yet.
    const words = ['Please wait a moment', 'Подождите немного'];
    await saysSo(full.port, { ...full, status: 429, title: 'Too Many Requests', words });
    held.destroy();
  });
  const nobody = await freePort();
  const away = await proxy(t, (site) => site.replaceAll(/server 127\.0\.0\.1:\d+ /g, `server 127.0.0.1:${nobody} `));
  const words = ['The portal cannot be reached', 'Портал сейчас недоступен'];
  await saysSo(away.port, { ...away, status: 503, title: 'Service Unavailable', words });
});

test('the proxy writes no form and no page to its disk, and takes the largest file', async (t) => {
  const { port, log } = await proxy(t);
  const form = Buffer.alloc(Number(/^# body_bytes = (\d+)$/m.exec(read('../veche.example.toml'))[1]), 'x');
  const post = { method: 'POST', path: '/api/take/send' };
  assert.equal(await ask(port, post, form, textOf), `200 ${form.length}`);
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, servername: 'polls.example' });
  const stream = session.request({ ':method': 'POST', ':path': post.path, ':authority': 'polls.example', 'content-length': form.length });
  stream.end(form);
  let said = '';
  for await (const part of stream) said += part;
  session.close();
  assert.equal(said, String(form.length));

  // A reader who takes nothing for a while, and then all of it.
  const length = await ask(port, { path: '/account/download' }, undefined, async (response) => {
    await wait(1500);
    let taken = 0;
    for await (const part of response) taken += part.length;
    return taken;
  });
  assert.equal(length, LONG.length);
  assert.ok(!log().includes('temporary file'), log());

  const file = Buffer.alloc(8 << 20, 'x');
  assert.equal(await ask(port, { ...post, path: '/staff/import' }, file, textOf), `200 ${file.length}`);
  // That it would say so.
  assert.match(log(), /a client request body is buffered to a temporary file/);
});
