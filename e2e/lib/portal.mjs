// The portal as a process: started on a folder of its own, watched, killed, started again.

import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { openStores } from './engine.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = fileURLToPath(new URL('../out', import.meta.url));

/** `E2E_BINARY` names another build, a release one for instance. */
export const BINARY = process.env.E2E_BINARY ?? path.join(ROOT, 'target/debug/veche');

/** Folder of the built client; without it the portal's pages run without islands. */
const CLIENT = path.join(ROOT, 'dist');

// The portal reads settings from the environment: those of whoever runs the tests must not leak in.
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VECHE_')));

export const isBuilt = () => existsSync(BINARY);

/** A port that was free a moment ago. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Below where the system takes the ports of connections from, which would be in the way of a server. */
const PAIRS = { from: 20_000, to: 30_000 };

/** A port that was free a moment ago, and so was the next one. */
async function freePair() {
  for (;;) {
    const first = PAIRS.from + Math.floor(Math.random() * (PAIRS.to - PAIRS.from));
    const servers = [first, first + 1].map((port) => net.createServer().listen(port, '127.0.0.1'));
    const free = await Promise.all(servers.map((server) => once(server, 'listening').then(() => true, () => false)));
    await Promise.all(servers.filter((_, i) => free[i]).map((server) => new Promise((resolve) => server.close(resolve))));
    if (free.every(Boolean)) return first;
  }
}

function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  if (value && typeof value === 'object') {
    return `{ ${Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => `${k} = ${toml(v)}`).join(', ')} }`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** One section; nested objects become inline tables. */
const section = (name, entries) => `[${name}]\n${Object.entries(entries)
  .filter(([, value]) => value !== undefined)
  .map(([key, value]) => `${key} = ${toml(value)}\n`).join('')}`;

/** One text for both languages: the journeys look for structure, not for the words of a configuration. */
const both = (text) => ({ en: text, ru: text });

/** How the portal reads each of the test provider's variants: by configuration alone. */
export const ATTRIBUTES = {
  A: [
    { target: 'name', scope: 'fullname', source: 'userinfo', pointer: '/lastName', join: ['/firstName', '/middleName'] },
    { target: 'birth_date', scope: 'birthdate', source: 'userinfo', pointer: '/birthDate', transform: 'date' },
    { target: 'gender', scope: 'gender', source: 'userinfo', pointer: '/gender', transform: 'gender' },
    { target: 'email', scope: 'email', source: 'userinfo', pointer: '/contacts/[type=EML]/value', verified: '/contacts/[type=EML]/vrfStu' },
    { target: 'phone', scope: 'mobile', source: 'userinfo', pointer: '/contacts/[type=MBT]/value', transform: 'phone', verified: '/contacts/[type=MBT]/vrfStu' },
    { target: 'region', scope: 'addresses', source: 'userinfo', pointer: '/addresses/[type=PRG]/region', transform: 'region' },
    { target: 'documents', scope: 'id_doc', source: 'userinfo', pointer: '/documents' },
    { target: 'snils', scope: 'snils', source: 'userinfo', pointer: '/snils' },
    { target: 'inn', scope: 'inn', source: 'userinfo', pointer: '/inn' },
    { target: 'vehicles', scope: 'vehicles', source: 'userinfo', pointer: '/vehicles' },
    { target: 'children', scope: 'kid_fullname', source: 'userinfo', pointer: '/children' },
  ],
  B: [
    { target: 'name', scope: 'profile', source: 'id_token', pointer: '/family_name', join: ['/given_name', '/middle_name'] },
    { target: 'birth_date', scope: 'profile', source: 'id_token', pointer: '/birthdate', transform: 'date' },
    { target: 'gender', scope: 'profile', source: 'id_token', pointer: '/gender', transform: 'gender' },
    { target: 'email', scope: 'email', source: 'id_token', pointer: '/email', verified: '/email_verified' },
    { target: 'phone', scope: 'phone', source: 'id_token', pointer: '/phone_number', transform: 'phone', verified: '/phone_number_verified' },
    { target: 'region', scope: 'address', source: 'id_token', pointer: '/address/region', transform: 'region' },
  ],
};

ATTRIBUTES.C = ATTRIBUTES.B;

/** Regions of the invented country; a test may bring its own. */
export const REGIONS = ['Northern Shore', 'Lake District', 'Upper Valley', 'Capital', 'Steppe', 'Eastern Ridge', 'River Mouth',
  'Southern Hills'].map((name, i) => ({ code: `0${i + 1}`, name }));

/** No limit of a kind of request is near. */
const FAR = { address_per_minute: 1_000_000, account_per_minute: 1_000_000, all_per_second: 1_000_000 };

/**
 * The portal's configuration file. The only place in the tests that knows its format.
 *
 * @param {object} settings
 * @param {number} settings.port
 * @param {string} settings.origin
 * @param {string} settings.dataDir
 * @param {{issuer: string, variant: 'A'|'B'|'C', clientId: string, clientSecret?: string, clientKey?: string, authMethod: string}} settings.provider
 * @param {string[]} [settings.administrators] `sub` of people who are administrators from their first sign-in on
 * @param {{code: string, name: string}[]} [settings.regions]
 * @param {object} [settings.limits] limits of requests are far away unless a test is about them
 * @param {object} [settings.sessions]
 * @param {string} [settings.extra] more TOML, at the end
 */
export function configToml({
  port, origin, dataDir, provider, administrators = [], regions = REGIONS, limits = {}, sessions = {}, extra = '',
}) {
  const attributes = ATTRIBUTES[provider.variant];
  const scopes = [...new Set(attributes.map(({ scope }) => scope))];
  return [
    section('server', { listen: `127.0.0.1:${port}`, public_url: origin, pages: CLIENT }),
    section('stores', {
      portal: `sqlite://${dataDir}/portal.sqlite?mode=rwc`, vault: `sqlite://${dataDir}/vault.sqlite?mode=rwc`,
    }),
    // Made anew for each folder and kept in it: a restart reads the same data.
    section('keys', { master: randomBytes(32).toString('base64') }),
    section('provider', {
      name: both(`Test provider ${provider.variant}`),
      issuer: provider.issuer,
      client_id: provider.clientId,
      client_secret: provider.clientSecret,
      client_key: provider.clientKey,
      client_key_id: provider.clientKey && KEY_ID,
      client_authentication: provider.authMethod,
      scopes: scopes.map((name) => ({ name, label: both(name) })),
      attributes,
    }),
    section('sessions', sessions),
    section('portal', {
      operator: both('Test Operator'), contact: 'privacy@portal.example', time_zone: 'UTC',
      regions: regions.map(({ code, name }) => ({ code, name: both(name) })),
    }),
    section('staff', { administrators }),
    section('limits', {
      requests_per_minute: 1_000_000, posts_per_minute: 1_000_000, sign_in: FAR, submission: FAR, export: FAR, api: FAR, ...limits,
    }),
    extra,
  ].join('\n');
}

/** Where the portal takes a provider's answers: the provider knows them before the portal starts. */
export const addressesOf = (origin) => ({
  redirectUris: [`${origin}/auth/callback`],
  postLogoutRedirectUris: [`${origin}/`],
  backchannelLogoutUri: `${origin}/auth/backchannel-logout`,
});

const KEY_ID = 'the key of this year';

/** A key with which the portal proves who it is, and what the provider knows of it. */
export function newClientKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'ES256' },
  };
}

/**
 * Tells a test provider about a portal at `origin`, and gives the provider's side of `configToml`.
 * @param {Awaited<ReturnType<import('../provider/provider.mjs').startProvider>>} provider
 */
export function introduce(origin, provider) {
  const client = { id: 'veche', name: 'Veche', ...addressesOf(origin) };
  const known = { issuer: provider.issuer, variant: provider.variant, clientId: client.id };
  if (provider.variant === 'C') {
    const { pem, jwk } = newClientKey();
    provider.setClients([{ ...client, jwks: { keys: [jwk] } }]);
    return { ...known, clientKey: pem, authMethod: 'private_key_jwt' };
  }
  const clientSecret = `the secret of variant ${provider.variant}, with a space, a + and a %`;
  provider.setClients([{ ...client, secret: clientSecret }]);
  return { ...known, clientSecret, authMethod: { A: 'client_secret_basic', B: 'client_secret_post' }[provider.variant] };
}

/** Lines of the log that are kept in memory; the file has them all. */
const MAX_LINES = 20_000;

export class Portal {
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;

  #lines = [];

  #logFile;

  /** Use `startPortal`. `stores` are databases that go with the portal. */
  constructor({ binary, args, env, dir, cwd = dir, dataDir, configPath, origin, logName, stores }) {
    Object.assign(this, { binary, args, dir, cwd, dataDir, configPath, origin, stores });
    this.env = { ...ENVIRONMENT, ...env, VECHE_CONFIG: configPath };
    mkdirSync(path.join(OUT, 'logs'), { recursive: true });
    this.logPath = path.join(OUT, 'logs', `${logName}.log`);
    this.#logFile = openSync(this.logPath, 'w');
  }

  get pid() { return this.#child?.pid; }

  get running() { return this.#child !== null; }

  /** Everything the portal wrote so far, all starts together. */
  get log() { return this.#lines.join('\n'); }

  /** @returns {Promise<number>} `readyAfter`: milliseconds from the start of the process until it answered that it is ready */
  async start({ timeout = 30_000 } = {}) {
    if (this.#child) throw new Error('the portal runs already');
    const started = performance.now();
    const child = spawn(this.binary, this.args, {
      cwd: this.cwd, env: this.env, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let failure;
    child.on('error', (error) => { failure = error; });
    child.on('exit', () => { if (this.#child === child) this.#child = null; });
    const said = new Promise((resolve) => { child.once('close', resolve); });
    for (const stream of [child.stdout, child.stderr]) this.#collect(stream);
    // A test that ends without stopping the portal must not leave it behind.
    const reap = () => child.kill('SIGKILL');
    process.once('exit', reap);
    child.on('exit', () => process.off('exit', reap));

    while (performance.now() - started < timeout) {
      if (failure || child.exitCode !== null || child.signalCode !== null) {
        // Why, too: what it wrote may come after its end.
        if (!failure) await said;
        throw new Error(`the portal did not start (${failure?.message ?? child.exitCode ?? child.signalCode}):\n${this.tail()}`);
      }
      if (await this.#answers()) {
        this.readyAfter = performance.now() - started;
        return this.readyAfter;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this.kill();
    throw new Error(`the portal was not ready within ${timeout} ms:\n${this.tail()}`);
  }

  async #answers() {
    try {
      const response = await fetch(`${this.origin}/healthz`, { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  #collect(stream) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      // What comes after the end has no file any more; its number may be another's.
      if (this.#logFile !== undefined) writeFileSync(this.#logFile, text);
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.#lines.push(...lines);
      if (this.#lines.length > MAX_LINES) this.#lines.splice(0, this.#lines.length - MAX_LINES);
    });
    stream.on('end', () => { if (rest) this.#lines.push(rest); });
  }

  tail(count = 40) { return this.#lines.slice(-count).join('\n'); }

  /** Waits for a line of the log, from the first start on. */
  async waitForLog(pattern, { timeout = 10_000 } = {}) {
    const deadline = performance.now() + timeout;
    for (;;) {
      const line = this.#lines.find((candidate) => pattern.test(candidate));
      if (line) return line;
      if (performance.now() > deadline) throw new Error(`no ${pattern} in the log:\n${this.tail()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #end(signal, timeout) {
    const child = this.#child;
    if (!child) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    await gone;
    clearTimeout(timer);
  }

  /** Waits until the process that runs has ended, whoever ended it. */
  async ended() {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** Pulls the plug. */
  kill() { return this.#end('SIGKILL', 1000); }

  /** Asks the portal to end; SIGKILL after ten seconds. @returns {Promise<number|null>} the exit code, null if it had to be killed */
  async stop() {
    const child = this.#child;
    await this.#end('SIGTERM', 10_000);
    return child?.exitCode ?? null;
  }

  /** Starts again on the same data. */
  async restart({ kill = false } = {}) {
    await (kill ? this.kill() : this.stop());
    return this.start();
  }

  /** Resident memory in bytes. */
  memory() {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) * 1024;
  }

  /** Runs another command of the same binary on the same configuration, e.g. `doctor`. */
  async run(...args) {
    const child = spawn(this.binary, args, { cwd: this.cwd, env: this.env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
    const [code] = await once(child, 'close');
    return { code, output };
  }

  /** Stops the portal and deletes its folder and its databases. */
  async dispose() {
    await this.stop();
    await this.stores?.dispose();
    closeSync(this.#logFile);
    this.#logFile = undefined;
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Starts `veche demo` in a fresh folder. `name` names the log. */
export async function startDemo(name) {
  const stores = await openStores();
  // The demonstration does not read what `veche serve` reads.
  const env = Object.fromEntries(Object.entries(stores?.environment() ?? {}).map(([key, url]) => [key.replace('VECHE_', 'VECHE_DEMO_'), url]));
  const dir = mkdtempSync(path.join(tmpdir(), `veche-e2e-${name}-`));
  const dataDir = path.join(dir, 'data');
  // The identity provider takes the next port.
  const port = await freePair();
  const portal = new Portal({
    binary: BINARY, args: ['demo', '--data', dataDir, '--port', String(port)], env, dir, dataDir, cwd: ROOT,
    origin: `http://127.0.0.1:${port}`, logName: name, stores,
  });
  try {
    await portal.start({ timeout: 60_000 });
    await portal.waitForLog(/https?:\/\//);
    // Otherwise a build that looks for its databases elsewhere would pass.
    if (stores && existsSync(path.join(dataDir, 'portal.sqlite'))) throw new Error('the demonstration is not on the databases that it was given');
  } catch (error) {
    await portal.dispose();
    throw error;
  }
  portal.origin = /Veche is at (http:\/\/[^\s/]+)/.exec(portal.log)?.[1] ?? portal.origin;
  return portal;
}

/**
 * Writes a configuration into a fresh folder and starts the portal on it, on databases of its own of the engine that is
 * asked for (`engine.mjs`), unless `env` names some.
 *
 * @param {object} options
 * @param {string} options.name names the log file, e2e/out/logs/NAME.log
 * @param {object} options.provider a running test provider; it is told of the portal
 * @param {boolean} [options.start] false: only write; call `start()` later
 * @param {object} [options.settings] the other settings of `configToml`
 */
export async function startPortal({
  name, provider, start = true, settings = {}, binary = BINARY, args = ['serve'], env = {},
}) {
  const stores = 'VECHE_STORES__PORTAL' in env ? undefined : await openStores();
  const dir = mkdtempSync(path.join(tmpdir(), 'veche-e2e-'));
  const dataDir = path.join(dir, 'data');
  mkdirSync(dataDir);
  const configPath = path.join(dir, 'veche.toml');
  /** Writes the configuration for a port that nobody uses now. @returns the portal's origin */
  const configure = async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const config = configToml({ port, origin, dataDir, provider: introduce(origin, provider), ...settings });
    writeFileSync(configPath, config, { mode: 0o600 });
    return origin;
  };
  const portal = new Portal({
    binary, args, env: { ...stores?.environment(), ...env }, dir, dataDir, configPath, origin: await configure(), logName: name, stores,
  });
  if (start) {
    try {
      for (let again = 2; ; again -= 1) {
        try {
          await portal.start();
          break;
        } catch (error) {
          // Somebody took the port before the portal did.
          if (again === 0 || !/Address already in use/.test(error.message)) throw error;
          portal.origin = await configure();
        }
      }
      // The publisher has its rights on the tables once there are tables.
      stores?.roles();
    } catch (error) {
      await portal.dispose();
      throw error;
    }
  }
  return portal;
}
