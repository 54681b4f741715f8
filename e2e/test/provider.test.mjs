// The providers themselves: a code flow by script, with part of the consent refused, against both variants.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';

import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

import { Client } from '../lib/http.mjs';
import { passProvider, passSignOut } from '../lib/identity.mjs';
import { halfHash } from '../provider/hash.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

/** A relying party of a few lines: it only records what it is sent. */
async function startParty() {
  const received = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      received.push({ method: request.method, url: request.url, body });
      response.writeHead(200, { 'content-type': 'text/html' }).end('<main>back at the portal</main>');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    received,
    close: () => { server.closeAllConnections(); server.close(); },
  };
}

/** Runs the flow for one person. @returns tokens, claims and userinfo, and the person's client for what follows */
async function signIn(provider, party, login, { scope, refuse, cancel, client = new Client(), extra = {} }) {
  const metadata = (await client.get(`${provider.issuer}/.well-known/openid-configuration`)).json;
  const verifier = randomBytes(32).toString('base64url');
  const nonce = randomBytes(16).toString('base64url');
  const redirectUri = `${party.origin}/callback`;
  const authorize = new URL(metadata.authorization_endpoint);
  authorize.search = new URLSearchParams({
    client_id: 'portal', response_type: 'code', redirect_uri: redirectUri, scope, state: 'a-state', nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...extra,
  });
  const page = await passProvider(await client.get(authorize.href), login, { refuse, cancel });
  const callback = new URL(page.url).searchParams;
  if (!callback.has('code')) return { callback, page, client };

  const basic = metadata.token_endpoint_auth_methods_supported.includes('client_secret_basic');
  // A server asks for tokens, not a browser: no Origin.
  const server = new Client({ headers: { origin: null } });
  const token = await server.post(metadata.token_endpoint, {
    grant_type: 'authorization_code', code: callback.get('code'), redirect_uri: redirectUri, code_verifier: verifier,
    ...(basic ? {} : { client_id: 'portal', client_secret: 'a secret' }),
  }, { headers: basic ? { authorization: `Basic ${Buffer.from('portal:a+secret').toString('base64')}` } : {} });
  token.expect(200);
  const { payload } = await jwtVerify(token.json.id_token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
    issuer: provider.issuer, audience: 'portal',
  });
  assert.equal(payload.nonce, nonce);
  const userinfo = (await server.get(metadata.userinfo_endpoint, {
    headers: { authorization: `Bearer ${token.json.access_token}` },
  })).expect(200).json;
  return { callback, page, client, metadata, token: token.json, claims: payload, userinfo };
}

for (const variant of ['A', 'B']) {
  describe(`provider ${variant}`, () => {
    let party;
    let provider;
    before(async () => {
      party = await startParty();
      provider = await startProvider({
        variant, people: FEW,
        clients: [{
          id: 'portal', secret: 'a secret', redirectUris: [`${party.origin}/callback`],
          postLogoutRedirectUris: [`${party.origin}/signed-out`], backchannelLogoutUri: `${party.origin}/logout`,
        }],
      });
    });
    after(async () => {
      await provider.close();
      party.close();
    });

    const everything = variant === 'A'
      ? 'openid fullname birthdate gender email mobile addresses id_doc snils inn vehicles kid_fullname'
      : 'openid profile email phone address';

    test('a flow with part of the consent refused releases the rest', async () => {
      const refuse = variant === 'A' ? ['mobile', 'snils', 'vehicles', 'gender'] : ['phone', 'address'];
      const { callback, token, claims, userinfo } = await signIn(provider, party, 'citizen-alma', { scope: everything, refuse });
      assert.equal(callback.get('iss'), provider.issuer);
      assert.equal(callback.get('state'), 'a-state');
      assert.equal(claims.at_hash, halfHash(token.access_token));
      assert.ok(claims.sid);
      assert.deepEqual(new Set(token.scope.split(' ')), new Set(everything.split(' ').filter((scope) => !refuse.includes(scope))));
      if (variant === 'A') {
        assert.equal(claims.firstName, undefined, 'claims of scopes stay at userinfo');
        assert.equal(claims['urn:esia:sbj']['urn:esia:sbj:lvl'], 'KD');
        assert.equal(userinfo.firstName, 'Alma');
        assert.equal(userinfo.middleName, 'Quill');
        assert.equal(userinfo.birthDate, '12.04.1988');
        assert.deepEqual(userinfo.contacts, [{ type: 'EML', value: 'alma@people.example', vrfStu: 'VERIFIED' }]);
        assert.equal(userinfo.addresses.find((address) => address.type === 'PRG').region, '01');
        assert.equal(userinfo.documents[0].number, '000101');
        assert.deepEqual(userinfo.children, [{ firstName: 'Pip', lastName: 'Sample' }]);
        for (const name of ['gender', 'snils', 'vehicles']) assert.equal(userinfo[name], undefined, name);
      } else {
        assert.equal(claims.given_name, 'Alma');
        assert.equal(claims.birthdate, '1988-04-12');
        assert.equal(claims.gender, 'female');
        assert.equal(claims.email, 'alma@people.example');
        assert.equal(claims.acr, 'high');
        for (const name of ['phone_number', 'address']) assert.equal(claims[name], undefined, name);
      }
    });

    test('asked again, the same person may decide otherwise', async () => {
      const scope = variant === 'A' ? 'openid addresses' : 'openid address';
      const [, optional] = scope.split(' ');
      const first = await signIn(provider, party, 'citizen-boris', { scope, refuse: [optional] });
      assert.equal(first.token.scope, 'openid');
      const again = await signIn(provider, party, 'nobody types it', { scope, client: first.client, extra: { prompt: 'consent' } });
      assert.equal(again.token.scope, scope);
      if (variant === 'B') assert.equal(again.claims.address.region, 'Lake District');
    });

    test('giving up at sign-in or at consent comes back as access_denied', async () => {
      for (const cancel of ['sign-in', 'consent']) {
        const { callback } = await signIn(provider, party, 'citizen-cleo', { scope: everything, cancel });
        assert.equal(callback.get('error'), 'access_denied', cancel);
        assert.equal(callback.get('iss'), provider.issuer);
      }
    });

    test('an unknown account is told so, and PKCE is required', async () => {
      await assert.rejects(signIn(provider, party, 'nobody', { scope: 'openid' }), /no account “nobody”/);
      const { callback } = await signIn(provider, party, 'citizen-cleo', {
        scope: 'openid', extra: { code_challenge: '', code_challenge_method: '' },
      });
      assert.equal(callback.get('error'), 'invalid_request');
    });

    test('signing out at the provider tells the client over the back channel', async () => {
      const { client, metadata, token, claims } = await signIn(provider, party, 'citizen-cleo', { scope: 'openid' });
      const end = new URL(metadata.end_session_endpoint);
      end.search = new URLSearchParams({
        id_token_hint: token.id_token, post_logout_redirect_uri: `${party.origin}/signed-out`, state: 'x',
      });
      const page = await passSignOut(await client.get(end.href));
      assert.equal(page.url, `${party.origin}/signed-out?state=x`);
      const call = party.received.findLast(({ url }) => url === '/logout');
      const logout = decodeJwt(new URLSearchParams(call.body).get('logout_token'));
      assert.equal(logout.sid, claims.sid);
      assert.equal(logout.nonce, undefined);
      assert.ok(logout.events['http://schemas.openid.net/event/backchannel-logout']);
    });

    test('an administrator of the provider can sign a person out everywhere', async () => {
      const { client, claims } = await signIn(provider, party, 'citizen-dan', { scope: 'openid' });
      await provider.signOutEverywhere('citizen-dan');
      const call = party.received.findLast(({ url }) => url === '/logout');
      assert.equal(decodeJwt(new URLSearchParams(call.body).get('logout_token')).sid, claims.sid);
      const { callback } = await signIn(provider, party, 'citizen-dan', { scope: 'openid', client, cancel: 'sign-in' });
      assert.equal(callback.get('error'), 'access_denied', 'the sign-in page was shown again');
    });

    test('a hostile provider can be played', async () => {
      provider.alterTokens(async ({ body, claims, sign }) => ({ ...body, id_token: await sign({ ...claims, nonce: 'forged' }) }));
      await assert.rejects(signIn(provider, party, 'citizen-cleo', { scope: 'openid' }), /forged/);
      provider.alterTokens(null);
      assert.ok((await signIn(provider, party, 'citizen-cleo', { scope: 'openid' })).claims.sub);
    });
  });
}

test('a crowd signs in no slower at its end than at its beginning, and in bounded memory', async (t) => {
  const party = await startParty();
  t.after(() => party.close());
  const crowd = Array.from({ length: 200 }, (_, i) => ({ sub: `crowd-${i}`, birthDate: '1980-01-01' }));
  const provider = await startProvider({
    variant: 'A', people: crowd,
    clients: [{ id: 'portal', secret: 'a secret', redirectUris: [`${party.origin}/callback`] }],
  });
  t.after(() => provider.close());
  const times = [];
  for (const { sub } of crowd) {
    const started = performance.now();
    const { userinfo } = await signIn(provider, party, sub, { scope: 'openid birthdate' });
    times.push(performance.now() - started);
    assert.equal(userinfo.birthDate, '01.01.1980');
  }
  // How fast the machine is says nothing of the provider, nor does what else it does meanwhile: hence of each half the
  // sign-ins that nothing else was in the way of.
  const undisturbed = (some) => some.toSorted((a, b) => a - b)[Math.floor(some.length / 10)];
  const half = crowd.length / 2;
  const [early, late] = [undisturbed(times.slice(0, half)), undisturbed(times.slice(half))];
  const told = `${early.toFixed(1)} ms for one sign-in of the first ${half}, ${late.toFixed(1)} ms for one of the others`;
  t.diagnostic(told);
  assert.ok(late < 4 * early, told);
  assert.ok(provider.storeSize() < crowd.length * 10, `${provider.storeSize()} entries kept`);
});
