// Three servers, nginx in front of them, PostgreSQL and its streaming replica, each on a machine of its own as far as
// the network goes: a network namespace. Roles, nginx's configuration and commands are those of the repository.
//
// Needs root, `ip`, nginx and PostgreSQL; `missing()` says what is not there.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { BINARY, Portal, configToml, freePort, introduce } from '../lib/portal.mjs';
import { postgresPrograms } from '../lib/postgres.mjs';
import { cutPower, isAlive } from '../lib/processes.mjs';
import { until } from '../lib/wait.mjs';
import { forward } from './forward.mjs';

/** The example that the runbook has people install. */
export const NGINX = fileURLToPath(new URL('../../server/operations/nginx/veche.conf', import.meta.url));
const FORWARD = fileURLToPath(new URL('forward.mjs', import.meta.url));

const PASSWORD = 'only for the throw-away cluster of a test';
const ROLES = ['veche_portal', 'veche_vault', 'veche_publisher'];

const onPath = (program) => ['/usr/sbin', '/sbin', ...process.env.PATH.split(':')].some((folder) => existsSync(path.join(folder, program)));

/** Why the cluster cannot be built here, or nothing. */
export function missing() {
  if (process.getuid() !== 0) return 'it needs root, to make network namespaces';
  for (const program of ['ip', 'nginx', 'openssl', 'setpriv']) if (!onPath(program)) return `there is no ${program} on this machine`;
  if (!postgresPrograms()) return 'PostgreSQL is not installed';
  try {
    execFileSync('ip', ['netns', 'add', `veche-try-${process.pid}`], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'del', `veche-try-${process.pid}`], { stdio: 'pipe' });
  } catch (error) {
    return `network namespaces cannot be made here: ${error.stderr}`;
  }
  return undefined;
}

/**
 * Takes down what is left of clusters whose process was ended before it could: their hosts with all that runs on them, their
 * bridges and their folders bear its number.
 */
export function removeLeftovers() {
  const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  const left = (text, pattern) => [...text.matchAll(pattern)].filter(([, , pid]) => !isAlive(pid)).map(([, name]) => name);
  for (const space of left(ip('netns', 'list'), /^(vb(\d+)-\S+)/gm)) {
    for (const pid of ip('netns', 'pids', space).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch (error) {
        // It went with another one.
        if (error.code !== 'ESRCH') throw error;
      }
    }
    ip('netns', 'del', space);
  }
  for (const bridge of left(ip('-o', 'link', 'show', 'type', 'bridge'), /^\d+: (vb(\d+)):/gm)) ip('link', 'del', bridge);
  for (const folder of left(readdirSync(tmpdir()).join('\n'), /^(veche-cluster-(\d+)-\S+)$/gm)) {
    rmSync(path.join(tmpdir(), folder), { recursive: true, force: true });
  }
}

/** How many there were. */
let clusters = 0;

export class Cluster {
  #undo = [];

  /** Hosts that have lost their power. */
  lost = new Set();

  /** @param {object} [options] `fsync`: whether the databases wait for the disk; `binary`: the program, if not the built one */
  constructor({ fsync = false, binary = BINARY } = {}) {
    this.fsync = fsync ? 'on' : 'off';
    this.binary = binary;
    // The wires of one that was taken down go a moment later, with their namespaces.
    this.number = clusters;
    clusters = (clusters + 1) % 10;
    this.dir = mkdtempSync(path.join(tmpdir(), `veche-cluster-${process.pid}-`));
    // The user of PostgreSQL passes through.
    chmodSync(this.dir, 0o755);
    this.subnet = `10.231.${process.pid % 250}`;
    this.bridge = `vb${process.pid}`.slice(0, 15);
    this.bin = postgresPrograms();
  }

  address(host) { return `${this.subnet}.${{ outside: 1, database: 2, replica: 3, balancer: 10, one: 11, two: 12, three: 13 }[host]}`; }

  #namespace(host) { return `${this.bridge}-${host}`; }

  /** The beginning of a command that runs on a host. */
  #on(host) { return ['ip', 'netns', 'exec', this.#namespace(host)]; }

  #run(command, options = {}) {
    const [program, ...args] = command;
    return execFileSync(program, args, { stdio: ['pipe', 'pipe', 'pipe'], encoding: 'utf8', ...options });
  }

  #network() {
    this.#run(['ip', 'link', 'add', this.bridge, 'type', 'bridge']);
    this.#undo.push(() => this.#run(['ip', 'link', 'del', this.bridge]));
    this.#run(['ip', 'address', 'add', `${this.address('outside')}/24`, 'dev', this.bridge]);
    this.#run(['ip', 'link', 'set', this.bridge, 'up']);
    for (const [i, host] of ['database', 'replica', 'balancer', 'one', 'two', 'three'].entries()) {
      const [space, wire] = [this.#namespace(host), `v${process.pid}${this.number}${i}`];
      this.#run(['ip', 'netns', 'add', space]);
      this.#undo.push(() => this.#run(['ip', 'netns', 'del', space]));
      this.#run(['ip', 'link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space]);
      this.#run(['ip', 'link', 'set', wire, 'master', this.bridge, 'up']);
      this.#run([...this.#on(host), 'ip', 'address', 'add', `${this.address(host)}/24`, 'dev', 'eth0']);
      for (const device of ['lo', 'eth0']) this.#run([...this.#on(host), 'ip', 'link', 'set', device, 'up']);
    }
  }

  /** A program of PostgreSQL on a host, as the user that it wants. */
  #postgres(host, program, args, options) {
    return this.#run([...this.#on(host), 'setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups',
      path.join(this.bin, program), ...args], { cwd: this.dir, ...options });
  }

  #startPostgres(host) {
    const data = path.join(this.dir, host);
    // The server's output must not keep ours open. Of its host every address is its own, also one that moves there.
    this.#postgres(host, 'pg_ctl', ['-w', '-D', data, '-l', `${data}.log`, '-o',
      `-k ${this.dir}/sockets-${host} -c listen_addresses=* -c cluster_name=veche -c fsync=${this.fsync}`, 'start'], { stdio: 'ignore' });
    this.#undo.push(() => { if (!this.lost.has(host)) this.#postgres(host, 'pg_ctl', ['-D', data, '-m', 'immediate', 'stop']); });
  }

  #databases() {
    for (const host of ['database', 'replica']) {
      for (const folder of [path.join(this.dir, host), path.join(this.dir, `sockets-${host}`)]) {
        mkdirSync(folder);
        this.#run(['chown', 'postgres', folder]);
        chmodSync(folder, 0o700);
      }
      writeFileSync(path.join(this.dir, `${host}.log`), '');
      this.#run(['chown', 'postgres', path.join(this.dir, `${host}.log`)]);
    }
    const data = path.join(this.dir, 'database');
    this.#postgres('database', 'initdb', ['-D', data, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--auth-local=trust', '--auth-host=scram-sha-256']);
    writeFileSync(path.join(data, 'pg_hba.conf'), ['local all all trust', `host all all ${this.subnet}.0/24 scram-sha-256`,
      `host replication follower ${this.subnet}.0/24 scram-sha-256`, ''].join('\n'));
    this.#startPostgres('database');
    this.sql('CREATE DATABASE veche', { database: 'postgres' });
    this.roles();
    for (const role of ROLES) this.sql(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
    this.sql(`CREATE ROLE follower REPLICATION LOGIN PASSWORD '${PASSWORD}'`);
    this.#postgres('replica', 'pg_basebackup', ['-D', path.join(this.dir, 'replica'), '-R', '-X', 'stream', '-c', 'fast', '--no-sync',
      '-d', `host=${this.address('database')} user=follower password='${PASSWORD}'`]);
    this.#startPostgres('replica');
  }

  /** From here on a commit is acknowledged when the replica has it on its disk, too. */
  async synchronous() {
    // Of this host alone: the one that takes its place has no replica.
    this.sql("ALTER SYSTEM SET synchronous_standby_names = 'veche'");
    this.sql('SELECT pg_reload_conf()');
    for (let i = 0; this.sql("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").length === 0; i += 1) {
      if (i > 100) throw new Error('the replica does not follow synchronously');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The primary's machine loses its power: nobody is told, nobody answers. */
  async loseDatabase() {
    const [postmaster] = readFileSync(path.join(this.dir, 'database', 'postmaster.pid'), 'utf8').split('\n');
    this.#run([...this.#on('database'), 'ip', 'link', 'set', 'eth0', 'down']);
    this.lost.add('database');
    return cutPower(Number(postmaster));
  }

  /** What the runbook says: the replica is promoted, and the primary's address moves to it. */
  promote() {
    this.#postgres('replica', 'pg_ctl', ['-w', '-D', path.join(this.dir, 'replica'), 'promote'], { stdio: 'ignore' });
    this.#run([...this.#on('replica'), 'ip', 'address', 'add', `${this.address('database')}/24`, 'dev', 'eth0']);
    // What `arping -U` tells the neighbours: that the address is somewhere else now.
    for (const host of ['one', 'two', 'three']) this.#run([...this.#on(host), 'ip', 'neigh', 'flush', 'all']);
  }

  /** What an administrator of the database asks; rows of fields. */
  sql(sql, { host = 'database', database = 'veche' } = {}) {
    const out = this.#run([path.join(this.bin, 'psql'), '-h', path.join(this.dir, `sockets-${host}`), '-U', 'postgres', '-d', database,
      '-qAtX', '-v', 'ON_ERROR_STOP=1', '-f', '-'], { input: sql });
    return out.trim().split('\n').filter(Boolean).map((row) => row.split('|'));
  }

  /** Makes the roles and gives them their rights, as the runbook says. */
  roles(binary = this.binary) { this.sql(this.#run([binary, 'migrate', '--roles'])); }

  /** From its next start on a host runs another program, with a built client of its own if there is one. */
  install(host, { binary, pages }) {
    const server = this.servers[host];
    server.args = [...server.args.slice(0, -2), binary, 'serve'];
    if (pages) server.env.VECHE_SERVER__PAGES = pages;
  }

  #url(role, host = 'database') { return `postgres://${role}:${encodeURIComponent(PASSWORD)}@${this.address(host)}/veche`; }

  async #balancer() {
    const folder = path.join(this.dir, 'nginx');
    mkdirSync(folder);
    const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
    this.#run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
      '/CN=polls.example', '-addext', 'subjectAltName=DNS:polls.example', '-keyout', key, '-out', certificate]);
    let site = readFileSync(NGINX, 'utf8');
    const put = (from, to) => {
      if (!(from instanceof RegExp ? from.test(site) : site.includes(from))) throw new Error(`${from} is not in ${NGINX}`);
      site = site.replaceAll(from, to);
    };
    for (const [i, host] of ['one', 'two', 'three'].entries()) put(`10.0.0.1${i + 1}:8000`, `${this.address(host)}:8000`);
    // The browsers' way leads over a relay of this machine, and they name it.
    put('server_name polls.example;', 'server_name polls.example 127.0.0.1;');
    put('/etc/veche/certificate.pem', certificate);
    put('/etc/veche/key.pem', key);
    this.accessLog = path.join(folder, 'access.log');
    // Every request, not those alone that failed.
    put(/access_log \/[^;]*;/g, `access_log ${this.accessLog} cluster;`);
    put(/error_log \/\S+ \w+;/g, `error_log ${folder}/error.log;`);
    if (!existsSync('/proc/net/if_inet6')) put(/listen \[::\][^;]*;/g, '');
    writeFileSync(path.join(folder, 'veche.conf'), site);
    writeFileSync(path.join(folder, 'nginx.conf'), `user root; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events {} http { client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
log_format cluster '$upstream_addr $request_method $uri $status'; include ${folder}/veche.conf; }\n`);
    this.#spawn('balancer', ['nginx', '-c', path.join(folder, 'nginx.conf'), '-e', path.join(folder, 'error.log')]);
    this.relay = await forward({ host: '127.0.0.1', port: this.port }, { host: this.address('balancer'), port: 443 }, readFileSync(certificate));
    this.#undo.push(() => this.relay.close());
    // It listens some time after it was started, and ends what comes before that.
    await until('nginx', () => fetch(`${this.origin}/healthz`).then(({ ok }) => ok, () => false));
  }

  #spawn(host, command) {
    const [program, ...args] = [...this.#on(host), ...command];
    const child = spawn(program, args, { stdio: 'ignore' });
    const reap = () => child.kill('SIGTERM');
    process.once('exit', reap);
    this.#undo.push(() => { reap(); process.off('exit', reap); });
    return child;
  }

  /**
   * Builds everything and starts the three servers at the same moment, on an empty database.
   * @param {object} options
   * @param {object} options.provider a running test provider; it is told of the portal
   * @param {object} [options.settings] the other settings of `configToml`
   * @param {object} [options.env] more of the servers' environment
   */
  async start({ provider, settings = {}, env = {} }) {
    removeLeftovers();
    this.#network();
    this.#databases();
    this.port = await freePort();
    this.origin = `http://127.0.0.1:${this.port}`;
    // The provider is outside: each server finds it at its own loopback.
    const issuer = Number(new URL(provider.issuer).port);
    const outside = await forward({ host: this.address('outside'), port: issuer }, { host: '127.0.0.1', port: issuer });
    this.#undo.push(() => outside.close());
    for (const host of ['one', 'two', 'three']) this.#spawn(host, [process.execPath, FORWARD, String(issuer), this.address('outside')]);
    const configPath = path.join(this.dir, 'veche.toml');
    writeFileSync(configPath, configToml({
      port: 0, origin: this.origin, dataDir: this.dir, provider: introduce(this.origin, provider), ...settings,
    }), { mode: 0o600 });
    this.servers = Object.fromEntries(['one', 'two', 'three'].map((host) => {
      const [binary, ...on] = this.#on(host);
      const dir = path.join(this.dir, host);
      mkdirSync(dir);
      return [host, new Portal({
        binary, args: [...on, this.binary, 'serve'], dir, dataDir: dir, configPath,
        origin: `http://${this.address(host)}:8000`, logName: `cluster-${host}`,
        env: {
          VECHE_SERVER__LISTEN: `${this.address(host)}:8000`,
          VECHE_SERVER__BEHIND_PROXY: 'true',
          VECHE_STORES__PORTAL: this.#url('veche_portal'),
          VECHE_STORES__VAULT: this.#url('veche_vault'),
          VECHE_STORES__PUBLISHER: this.#url('veche_publisher'),
          VECHE_STORES__PORTAL_REPLICA: this.#url('veche_portal', 'replica'),
          ...env,
        },
      })];
    }));
    await Promise.all(Object.values(this.servers).map((server) => server.start({ timeout: 60_000 })));
    // The publisher has its rights on the tables once there are tables.
    this.roles();
    await this.#balancer();
  }

  /** `[server, method, path, status]` of each request that nginx passed on so far. */
  requests() {
    const names = Object.fromEntries(Object.keys(this.servers).map((host) => [`${this.address(host)}:8000`, host]));
    return readFileSync(this.accessLog, 'utf8').trim().split('\n').map((line) => {
      // A request that was passed on a second time names both; the last one answered.
      const [, upstreams, method, uri, status] = /^(.*) (\S+) (\S+) (\d+)$/.exec(line);
      return [names[upstreams.split(', ').at(-1)], method, uri, Number(status)];
    });
  }

  async stop() {
    await Promise.all(Object.values(this.servers ?? {}).map((server) => server.dispose()));
    const failures = [];
    for (const undo of this.#undo.reverse()) {
      try {
        undo();
      } catch (error) {
        failures.push(error);
      }
    }
    rmSync(this.dir, { recursive: true, force: true });
    if (failures.length) throw new AggregateError(failures, 'not everything could be taken down');
  }
}
