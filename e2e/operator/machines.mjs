// Empty Debian machines: a tree by debootstrap, with packages in apt's cache and nothing installed of them, and from it
// machines that start systemd in a container (systemd-nspawn), each in a network namespace of its own. Their network
// reaches each other and `outside`, and nothing else. What a container cannot show: a kernel of one's own, a disk of
// one's own, limits of memory where the machine has the old hierarchy of control groups.
//
// Needs root, debootstrap, systemd-nspawn (Debian: systemd-container) and an archive of Debian.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { wait } from '../lib/wait.mjs';

const MIRROR = 'http://deb.debian.org/debian';

/** In apt's cache of every machine, with what they need: a machine of the trial reaches no archive. */
const PACKAGES = ['postgresql', 'nginx', 'iputils-arping'];

export const OUTSIDE = 'veche-outside';

const PATHS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const run = (program, args, options) => execFileSync(program, args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...options });

/** Where the system keeps control groups: one place, or some in the old manner. */
const GROUPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].filter((root) => existsSync(path.join(root, 'cgroup.procs')));

/** Removes a control group and those in it, as far as they are empty. */
function emptyGroup(group) {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) if (entry.isDirectory()) emptyGroup(path.join(group, entry.name));
  try {
    rmdirSync(group);
  } catch { /* somebody's */ }
}

/** Why there can be no machines here, or nothing. */
export function missing() {
  if (process.getuid() !== 0) return 'it needs root';
  const places = [...PATHS.split(':'), ...process.env.PATH.split(':')];
  for (const [program, name] of [['debootstrap', 'debootstrap'], ['systemd-nspawn', 'systemd-container'], ['ip', 'iproute2'],
    ['nsenter', 'util-linux'], ['pgrep', 'procps'], ['openssl', 'openssl']]) {
    if (!places.some((folder) => existsSync(path.join(folder, program)))) return `there is no ${program} on this machine (Debian: ${name})`;
  }
  return undefined;
}

/** An empty Debian in `folder`, made unless it is there. */
export function debian(folder) {
  if (existsSync(path.join(folder, 'complete'))) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const root = path.join(folder, 'root');
  run('debootstrap', ['bookworm', root, MIRROR], { maxBuffer: 1 << 26 });
  run('systemd-nspawn', ['-q', '--register=no', '--keep-unit', '--pipe', '--bind-ro=/etc/resolv.conf', '-D', root, 'sh', '-c',
    `apt-get update -q && apt-get install -q -y --download-only ${PACKAGES.join(' ')}`], { maxBuffer: 1 << 26 });
  writeFileSync(path.join(folder, 'complete'), '');
}

/** Where the people and the identity provider are: a network namespace with the wire of every machine. */
export function makeOutside() {
  run('ip', ['netns', 'add', OUTSIDE]);
  run('ip', ['-n', OUTSIDE, 'link', 'set', 'lo', 'up']);
  run('ip', ['-n', OUTSIDE, 'link', 'add', 'br0', 'type', 'bridge']);
  run('ip', ['-n', OUTSIDE, 'address', 'add', '10.0.0.1/24', 'dev', 'br0']);
  run('ip', ['-n', OUTSIDE, 'link', 'set', 'br0', 'up']);
}

export const removeOutside = () => { if (existsSync(`/run/netns/${OUTSIDE}`)) run('ip', ['netns', 'del', OUTSIDE]); };

/** The name of a machine's network namespace. */
const space = (name) => `veche-${name}`;

/** Machines of a trial that was cut short: their processes, trees and networks go. */
export function removeLeftovers() {
  for (const dir of readdirSync(tmpdir()).filter((name) => name.startsWith('veche-machines-')).map((name) => path.join(tmpdir(), name))) {
    for (const name of readdirSync(dir)) {
      const root = path.join(dir, name, 'root');
      if (existsSync(`/run/netns/${space(name)}`)) {
        for (const pid of run('ip', ['netns', 'pids', space(name)]).split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
        run('ip', ['netns', 'del', space(name)]);
      }
      if (readFileSync('/proc/mounts', 'utf8').includes(` ${root} `)) run('umount', ['--lazy', root]);
    }
    rmSync(dir, { recursive: true, force: true });
  }
  removeOutside();
}

export class Machines {
  #pids = new Map();

  #containers = new Map();

  /**
   * @param {Record<string, string>} addresses by name, all of 10.0.0.0/24
   * @param {string} base folder of the empty Debian
   */
  constructor(addresses, base) {
    this.addresses = addresses;
    this.base = base;
    this.dir = mkdtempSync(path.join(tmpdir(), 'veche-machines-'));
  }

  get names() { return Object.keys(this.addresses); }

  space(name) { return space(name); }

  root(name) { return path.join(this.dir, name, 'root'); }

  #wire(name) {
    const space = this.space(name);
    run('ip', ['netns', 'add', space]);
    run('ip', ['-n', space, 'link', 'set', 'lo', 'up']);
    run('ip', ['-n', OUTSIDE, 'link', 'add', `v-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space]);
    run('ip', ['-n', OUTSIDE, 'link', 'set', `v-${name}`, 'master', 'br0', 'up']);
    run('ip', ['-n', space, 'address', 'add', `${this.addresses[name]}/24`, 'dev', 'eth0']);
    run('ip', ['-n', space, 'link', 'set', 'eth0', 'up']);
  }

  /**
   * Makes a machine and starts it.
   * @param {string} name
   * @param {string} [shared] a folder of this machine's that several have, at `/backup`
   */
  async start(name, shared) {
    const [folder, root] = [path.join(this.dir, name), this.root(name)];
    this.#wire(name);
    for (const part of ['upper', 'work', 'root']) mkdirSync(path.join(folder, part), { recursive: true });
    const layers = `lowerdir=${this.base}/root,upperdir=${folder}/upper,workdir=${folder}/work`;
    run('mount', ['-t', 'overlay', 'overlay', '-o', layers, root]);
    writeFileSync(path.join(root, 'etc/hostname'), `${name}\n`);
    writeFileSync(path.join(root, 'etc/hosts'), `127.0.0.1 localhost ${name}\n`);
    const console_ = openSync(path.join(folder, 'console'), 'w');
    // A control group of its own: two machines must not take each other's services for theirs.
    const groups = GROUPS.map((root) => path.join(root, this.space(name)));
    for (const group of groups) mkdirSync(group, { recursive: true });
    const enter = [...groups.map((group) => `echo $$ > ${group}/cgroup.procs`), 'exec "$@"'].join('; ');
    const container = spawn('sh', ['-c', enter, 'sh', 'systemd-nspawn', '-q', '--register=no', '--keep-unit', '--resolv-conf=off', '--boot', '--console=pipe',
      `--network-namespace-path=/run/netns/${this.space(name)}`, '-M', name, '-D', root, ...(shared ? [`--bind=${shared}:/backup`] : [])], {
      stdio: ['ignore', console_, console_], detached: true,
      // It may set how its network behaves, as a machine may.
      env: { ...process.env, SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' },
    });
    this.#containers.set(name, container);
    for (let i = 0; i < 300; i += 1) {
      if (container.exitCode !== null) break;
      try {
        const pid = run('pgrep', ['-P', String(container.pid), '-x', 'systemd']).trim();
        this.#pids.set(name, pid);
        if (/running|degraded/.test(await this.on(name, 'systemctl is-system-running || true'))) return;
      } catch { /* not yet */ }
      await wait(100);
    }
    throw new Error(`${name} does not start: ${readFileSync(path.join(folder, 'console'), 'utf8').slice(-500)}`);
  }

  /** Runs a shell's commands on a machine, as root, until one fails. @returns {Promise<string>} what they said */
  on(name, commands) {
    const args = ['-t', this.#pids.get(name), '-a', 'env', '-i', `PATH=${PATHS}`, 'HOME=/root', 'LANG=C.UTF-8',
      'DEBIAN_FRONTEND=noninteractive', 'bash', '-ec', `exec 2>&1; cd; ${commands}`];
    return new Promise((resolve, reject) => {
      execFile('nsenter', args, { encoding: 'utf8', timeout: 300_000, maxBuffer: 1 << 26 }, (error, out) => {
        if (error) reject(new Error(`${name}: ${commands}\n${out}${error.killed ? 'it took too long' : ''}`));
        else resolve(out);
      });
    });
  }

  /** Copies a file or a folder's content to a place on a machine. */
  put(name, from, to, mode) {
    const at = path.join(this.root(name), to);
    mkdirSync(path.dirname(at), { recursive: true });
    cpSync(from, at, { recursive: true });
    if (mode) run('chmod', [mode, at]);
  }

  write(name, text, to) {
    const at = path.join(this.root(name), to);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, text, { mode: 0o600 });
  }

  read(name, file) { return readFileSync(path.join(this.root(name), file), 'utf8'); }

  /** The machine loses its power and its network. */
  lose(name) {
    run('ip', ['-n', this.space(name), 'link', 'set', 'eth0', 'down']);
    // It is the first process of its own: with it go all the others.
    process.kill(Number(this.#pids.get(name)), 'SIGKILL');
    this.#pids.delete(name);
  }

  /** The processes of every machine end, and all that was made goes. */
  async stop() {
    for (const name of this.#pids.keys()) process.kill(Number(this.#pids.get(name)), 'SIGKILL');
    for (const container of this.#containers.values()) {
      for (let i = 0; container.exitCode === null && container.signalCode === null && i < 100; i += 1) await wait(100);
    }
    const failures = [];
    const gone = (program, args) => {
      try {
        run(program, args);
      } catch (error) {
        failures.push(error);
      }
    };
    for (const name of this.#containers.keys()) gone('umount', [this.root(name)]);
    for (const name of this.names) if (existsSync(`/run/netns/${this.space(name)}`)) gone('ip', ['netns', 'del', this.space(name)]);
    for (const root of GROUPS) for (const name of this.names) emptyGroup(path.join(root, this.space(name)));
    if (failures.length) throw new AggregateError(failures, `not everything could be taken down; see ${this.dir}`);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
