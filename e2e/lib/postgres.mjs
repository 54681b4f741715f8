// A PostgreSQL of a portal's own, with fsync on unless told otherwise, that can lose its power.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { BINARY, freePort } from './portal.mjs';
import { cutPower } from './processes.mjs';
import { wait } from './wait.mjs';

const PASSWORD = 'only for a database that is thrown away';
const ROLES = ['veche_portal', 'veche_vault', 'veche_publisher'];

/** PostgreSQL does not run as root. */
const AS = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];

const run = ([program, ...args], options) => execFileSync(program, args, { stdio: ['pipe', 'pipe', 'pipe'], encoding: 'utf8', ...options });

/** Where Debian puts PostgreSQL's programs, the newest version first. */
export function postgresPrograms() {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  return versions.sort((a, b) => b - a).map((version) => `/usr/lib/postgresql/${version}/bin`).find((bin) => existsSync(`${bin}/pg_basebackup`));
}

export const hasPostgres = () => postgresPrograms() !== undefined;

export class Postgres {
  /**
   * @param {object} [options]
   * @param {string} [options.folder] an existing folder for the data, of a small disk for instance
   * @param {Record<string, string|number>} [options.settings] of postgresql.conf
   */
  static async make({ folder, settings = {} } = {}) {
    const postgres = new Postgres();
    postgres.bin = postgresPrograms();
    postgres.dir = mkdtempSync(path.join(tmpdir(), 'veche-faults-'));
    chmodSync(postgres.dir, 0o755);
    postgres.data = path.join(folder ?? postgres.dir, 'pg');
    postgres.sockets = path.join(postgres.dir, 'sockets');
    for (const own of [postgres.data, postgres.sockets]) {
      mkdirSync(own, { mode: 0o700 });
      if (AS.length) run(['chown', 'postgres', own]);
    }
    postgres.#program('initdb', ['-D', postgres.data, '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--wal-segsize=1', '--auth-local=trust', '--auth-host=scram-sha-256']);
    // As late as possible, or somebody else takes it meanwhile.
    postgres.port = await freePort();
    const all = {
      listen_addresses: "'127.0.0.1'", port: postgres.port, unix_socket_directories: `'${postgres.sockets}'`, fsync: 'on',
      synchronous_commit: 'on', full_page_writes: 'on', min_wal_size: '4MB', max_wal_size: '32MB', ...settings,
    };
    writeFileSync(path.join(postgres.data, 'postgresql.auto.conf'), Object.entries(all).map(([key, value]) => `${key} = ${value}\n`).join(''));
    postgres.log = path.join(postgres.dir, 'postgres.log');
    writeFileSync(postgres.log, '');
    if (AS.length) run(['chown', 'postgres', postgres.log]);
    await postgres.start();
    postgres.sql('CREATE DATABASE veche', { database: 'postgres' });
    postgres.roles();
    for (const role of ROLES) postgres.sql(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
    return postgres;
  }

  #program(program, args, options) { return run([...AS, path.join(this.bin, program), ...args], { cwd: this.dir, ...options }); }

  /** Starts it; recovery from its log included. @returns whether it runs */
  async start({ mayFail = false } = {}) {
    const log = openSync(this.log, 'a');
    // A child of ours, so that it does not stay among the processes when it was killed.
    const [program, ...args] = [...AS, path.join(this.bin, 'postgres'), '-D', this.data];
    const child = spawn(program, args, { cwd: this.dir, stdio: ['ignore', log, log] });
    closeSync(log);
    const reap = () => child.kill('SIGKILL');
    process.once('exit', reap);
    this.gone = once(child, 'exit').then(() => {
      process.off('exit', reap);
      if (this.child === child) this.child = undefined;
    });
    this.child = child;
    for (let i = 0; i < 600 && this.child === child; i += 1) {
      try {
        this.#program('pg_isready', ['-h', this.sockets, '-p', String(this.port), '-q']);
        return true;
      } catch {
        await wait(100);
      }
    }
    if (mayFail && !this.running) return false;
    throw new Error(`PostgreSQL does not start:\n${readFileSync(this.log, 'utf8').slice(-2000)}`);
  }

  get running() { return this.child !== undefined; }

  /** As a power cut for the processes: the postmaster and all its children at one moment. @returns how many there were */
  async kill() {
    if (!this.child) throw new Error('PostgreSQL does not run');
    const count = await cutPower(this.child.pid);
    await this.gone;
    return count;
  }

  /** What an administrator of the database asks; rows of fields. */
  sql(sql, { database = 'veche' } = {}) {
    const out = run([path.join(this.bin, 'psql'), '-h', this.sockets, '-p', String(this.port), '-U', 'postgres', '-d', database,
      '-qAtX', '-v', 'ON_ERROR_STOP=1', '-f', '-'], { input: sql });
    return out.trim().split('\n').filter(Boolean).map((row) => row.split('|'));
  }

  /** Makes the roles and gives them their rights, as the runbook says. */
  roles() { this.sql(run([BINARY, 'migrate', '--roles'])); }

  /** The portal's settings, for its environment. */
  environment(port = this.port) {
    const url = (role) => `postgres://${role}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/veche`;
    return {
      VECHE_STORES__PORTAL: url('veche_portal'), VECHE_STORES__VAULT: url('veche_vault'), VECHE_STORES__PUBLISHER: url('veche_publisher'),
    };
  }

  stored() {
    const [[responses, people]] = this.sql('SELECT count(*), count(DISTINCT pseudonym) FROM vault.response');
    return { responses: Number(responses), people: Number(people) };
  }

  async dispose() {
    if (this.running) await this.kill();
    rmSync(this.data, { recursive: true, force: true });
    rmSync(this.dir, { recursive: true, force: true });
  }
}
