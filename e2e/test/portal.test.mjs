// Starting, watching, killing and restarting, on a stand-in for the portal; the real one has journeys of its own.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';
import { startPortal } from '../lib/portal.mjs';

const STAND_IN = `
import http from 'node:http';
import { appendFileSync, readFileSync } from 'node:fs';
const config = readFileSync(process.env.VECHE_CONFIG, 'utf8');
const [, port] = /listen = "127.0.0.1:(\\d+)"/.exec(config);
const [, data] = /portal = "sqlite:\\/\\/(.*)\\/portal/.exec(config);
if (process.argv[2] === 'doctor') { console.log('all is well'); process.exit(0); }
if (config.includes('broken')) { console.error('cannot read that'); process.exit(3); }
appendFileSync(data + '/starts', 'x');
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
http.createServer((request, response) => response.end(readFileSync(data + '/starts'))).listen(port, '127.0.0.1', () => console.log('listening'));
`;

let folder;
let script;
let provider;
before(async () => {
  provider = await startProvider({ variant: 'A', people: FEW });
  folder = mkdtempSync(path.join(tmpdir(), 'veche-e2e-standin-'));
  script = path.join(folder, 'stand-in.mjs');
  writeFileSync(script, STAND_IN);
});
after(async () => {
  await provider.close();
  rmSync(folder, { recursive: true });
});

const standIn = (options) => startPortal({ name: 'stand-in', provider, binary: process.execPath, args: [script, 'serve'], ...options });
const body = async (portal) => (await fetch(portal.origin, { headers: { connection: 'close' } })).text();

test('starts, is killed, and starts again on the same data', async () => {
  const portal = await standIn();
  assert.ok(portal.readyAfter > 0);
  assert.equal(await body(portal), 'x');
  assert.ok(portal.memory() > 1_000_000);
  await portal.kill();
  assert.equal(portal.running, false);
  await assert.rejects(body(portal));
  await portal.restart();
  assert.equal(await body(portal), 'xx');
  assert.equal(await portal.stop(), 0);
  await portal.waitForLog(/bye/);
  assert.match(readFileSync(portal.logPath, 'utf8'), /listening[^]*listening[^]*bye/);
  assert.deepEqual(await portal.run(script, 'doctor'), { code: 0, output: 'all is well\n' });
  await portal.dispose();
  assert.equal(existsSync(portal.dir), false);
});

test('a portal that does not start says why', async () => {
  await assert.rejects(standIn({ settings: { extra: '# broken' } }), /did not start \(3\)[^]*cannot read that/);
});

test('the configuration tells the portal of the provider, and the provider of the portal', async (t) => {
  const other = await startProvider({ variant: 'B', people: FEW });
  t.after(() => other.close());
  for (const [idp, patterns] of [[provider, [/client_secret_basic/, /\/firstName/]], [other, [/client_secret_post/, /\/given_name|\/name/]]]) {
    const portal = await standIn({ provider: idp });
    t.after(() => portal.dispose());
    const config = readFileSync(portal.configPath, 'utf8');
    assert.ok(config.includes(`issuer = "${idp.issuer}"`));
    for (const pattern of patterns) assert.match(config, pattern);
    const authorize = `${idp.issuer}/auth?${new URLSearchParams({
      client_id: 'veche', response_type: 'code', scope: 'openid', redirect_uri: `${portal.origin}/auth/callback`,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
    })}`;
    assert.equal((await fetch(authorize, { redirect: 'manual' })).status, 303, 'the provider knows this client');
  }
});
