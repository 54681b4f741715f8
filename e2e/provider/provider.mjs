// A real OpenID provider for the tests: npm oidc-provider (OpenID certified) with pages of its own, so that one scope
// can be refused, and in three variants, so that nothing in the portal is tied to one provider.
//
// It must never be used outside tests: whoever types an account's name is signed in as that person.

import { generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';
import { promisify } from 'node:util';

import { CompactSign, decodeJwt, decodeProtectedHeader, exportJWK } from 'jose';
import { Provider } from 'oidc-provider';

import { halfHash } from './hash.mjs';
import { consentPage, errorPage, signedOutPage, signInPage, signOutPage } from './pages.mjs';
import { memoryStore } from './store.mjs';
import { VARIANTS } from './variants.mjs';

const HOUR = 3600;
const BODY_LIMIT = 64 * 1024;

/** A fresh key pair as a private JWK. Keys are made at every start: none is worth stealing or keeping. */
async function newKey(algorithm) {
  const pair = algorithm === 'ES256'
    ? await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
    : await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return {
    privateKey: pair.privateKey,
    jwk: { ...await exportJWK(pair.privateKey), kid: randomUUID(), use: 'sig', alg: algorithm },
  };
}

/** The fields of a submitted form, small enough to be one of ours. */
async function formOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > BODY_LIMIT) throw new Error('form too large');
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
}

/**
 * Starts a provider.
 *
 * @param {object} options
 * @param {number} [options.port] 0 (default) lets the system choose
 * @param {string} [options.host] 127.0.0.1 unless told; a name such as `localhost` makes its cookies another host's
 * @param {'A'|'B'|'C'} [options.variant]
 * @param {object[]} options.people see people.mjs
 * @param {{id: string, secret?: string, jwks?: object, name?: string, redirectUris: string[], postLogoutRedirectUris?: string[],
 *   backchannelLogoutUri?: string}[]} options.clients may be empty and set later with `setClients`
 */
export async function startProvider({ port = 0, host = '127.0.0.1', variant: variantName = 'A', people, clients = [] }) {
  const variant = VARIANTS[variantName];
  if (!variant) throw new Error(`no provider variant ${variantName}`);

  const bySub = new Map();
  const byLogin = new Map();
  function addPeople(more) {
    for (const person of more) {
      bySub.set(person.sub, person);
      byLogin.set(person.login ?? person.sub, person);
    }
  }
  addPeople(people);

  // The issuer names the port, so the port is taken before the provider is made.
  let handle = (request, response) => response.writeHead(503).end();
  const server = http.createServer((request, response) => handle(request, response));
  // Longer than any pause of a busy test: a request on a connection that is being closed is lost, and a code with it.
  server.keepAliveTimeout = 120_000;
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const issuer = `http://${host}:${server.address().port}`;

  const key = await newKey(variant.signingAlgorithm);
  const log = [];
  let store;
  let provider;
  /** Changes token responses on their way out; see `alterTokens`. */
  let alteration = null;

  const signJwt = (claims, { privateKey = key.privateKey, alg = variant.signingAlgorithm, kid = key.jwk.kid, ...rest } = {}) =>
    new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg, kid, typ: 'JWT', ...rest }).sign(privateKey);

  function build(clientList) {
    store = memoryStore();
    provider = new Provider(issuer, {
      adapter: store.adapter,
      jwks: { keys: [key.jwk] },
      clients: clientList.map((client) => ({
        client_id: client.id,
        ...(client.jwks ? { jwks: client.jwks } : { client_secret: client.secret }),
        client_name: client.name ?? client.id,
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.postLogoutRedirectUris ?? [],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: variant.tokenEndpointAuthMethod,
        id_token_signed_response_alg: variant.signingAlgorithm,
        ...(client.backchannelLogoutUri && {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }),
      })),
      clientAuthMethods: [variant.tokenEndpointAuthMethod],
      enabledJWA: { idTokenSigningAlgValues: [variant.signingAlgorithm] },
      acrValues: variant.acrValues,
      scopes: Object.keys(variant.claimsOfScope),
      claims: variant.claimsOfScope,
      conformIdTokenClaims: !variant.claimsInIdToken,
      responseTypes: ['code'],
      pkce: { required: () => true },
      clientBasedCORS: () => false,
      // A browser keeps one cookie jar for a host, whatever the port: two providers must not share names.
      cookies: {
        keys: [randomBytes(32).toString('hex')],
        names: Object.fromEntries(['session', 'interaction', 'resume'].map(
          (name) => [name, `idp_${server.address().port}_${name}`],
        )),
      },
      ttl: {
        AccessToken: 300, AuthorizationCode: 60, IdToken: HOUR, Interaction: HOUR, Session: 12 * HOUR, Grant: 12 * HOUR,
      },
      // The library's guard against server-side request forgery drops calls to loopback, where the portal is.
      fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
      features: {
        devInteractions: { enabled: false },
        claimsParameter: { enabled: true },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource(ctx, form) { ctx.body = signOutPage({ variant, form }); },
          postLogoutSuccessSource(ctx) { ctx.body = signedOutPage({ variant }); },
        },
      },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      renderError(ctx, out) {
        ctx.type = 'html';
        ctx.body = errorPage({ variant, error: out.error, description: out.error_description });
      },
      findAccount(_, sub) {
        const person = bySub.get(sub);
        return person && {
          accountId: sub,
          claims: (_use, scope) => ({ ...variant.claims(person, new Set(scope.split(' '))), ...person.claims }),
        };
      },
    });

    provider.use(async (ctx, next) => {
      await next();
      if (ctx.path !== '/token' || ctx.status !== 200 || !ctx.body?.id_token) return;
      // `at_hash` is optional in the code flow and the library leaves it out; many providers send it, so we do.
      const claims = { ...decodeJwt(ctx.body.id_token), at_hash: halfHash(ctx.body.access_token) };
      const { kid, alg } = decodeProtectedHeader(ctx.body.id_token);
      const body = { ...ctx.body, id_token: await signJwt(claims, { kid, alg }) };
      ctx.body = alteration ? await alteration({ body, claims, sign: signJwt }) : body;
    });
    for (const event of ['server_error', 'authorization.error', 'grant.error', 'userinfo.error', 'end_session.error']) {
      provider.on(event, (_, error) => log.push(`${event}: ${error.error ?? error.message}: ${error.error_description ?? ''}`));
    }
    provider.on('backchannel.success', (_ctx, client, sub) => log.push(`backchannel.success: ${client.clientId} ${sub}`));
    provider.on('backchannel.error', (_ctx, error, client) => log.push(`backchannel.error: ${client.clientId} ${error.message}`));

    const callback = provider.callback();
    handle = (request, response) => {
      if (!request.url.startsWith('/interaction/')) {
        callback(request, response);
        return;
      }
      interaction(request, response).catch((error) => {
        log.push(`interaction: ${error.message}`);
        html(response, 400, errorPage({ variant, error: error.name, description: error.message }));
      });
    };
  }

  function html(response, status, body) {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(body);
  }

  /** Sign-in and consent: GET shows the form, POST takes it. */
  async function interaction(request, response) {
    const { uid, prompt, params, session } = await provider.interactionDetails(request, response);
    const client = params.client_id;
    const action = `/interaction/${uid}`;
    const missingClaims = prompt.details.missingOIDCClaims ?? [];
    const requested = params.scope.split(' ').filter((scope) => scope in variant.claimsOfScope);
    const optional = requested.filter((scope) => scope !== 'openid');

    if (request.method !== 'POST') {
      html(response, 200, prompt.name === 'login'
        ? signInPage({ variant, action, client })
        : consentPage({ variant, action, client, scopes: optional, claims: missingClaims }));
      return;
    }

    const form = await formOf(request);
    if (form.get('decision') === 'cancel') {
      await provider.interactionFinished(request, response, {
        error: 'access_denied', error_description: 'End-User aborted interaction',
      }, { mergeWithLastSubmission: false });
      return;
    }

    if (prompt.name === 'login') {
      const login = (form.get('login') ?? '').trim();
      const person = byLogin.get(login);
      if (!person) {
        html(response, 200, signInPage({ variant, action, client, unknown: login }));
        return;
      }
      const acr = variant.acrValues.length ? person.assurance ?? 'substantial' : undefined;
      await provider.interactionFinished(request, response, { login: { accountId: person.sub, acr } },
        { mergeWithLastSubmission: false });
      return;
    }

    // Always a new grant: who is asked again may decide otherwise, and an old refusal would stay in an old grant.
    const grant = new provider.Grant({ accountId: session.accountId, clientId: client });
    const shared = new Set(form.getAll('scope'));
    for (const scope of requested) {
      if (scope === 'openid' || shared.has(scope)) grant.addOIDCScope(scope);
      else grant.rejectOIDCScope(scope);
    }
    const sharedClaims = new Set(form.getAll('claim'));
    for (const claim of missingClaims) {
      if (sharedClaims.has(claim)) grant.addOIDCClaims([claim]);
      else grant.rejectOIDCClaims([claim]);
    }
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true });
  }

  build(clients);

  return {
    issuer,
    variant: variant.name,
    /** What went wrong, and back-channel calls: for the message of a failed test. */
    log,
    addPeople,
    /** Sets the clients anew, once the portal's port is known; forgets sessions. */
    setClients: build,
    /** Entries kept in memory. */
    storeSize: () => store.size(),
    /**
     * Lets a test play a broken or hostile provider: `({ body, claims, sign }) => body` sees every token response.
     * `sign(claims, {privateKey, alg, kid})` makes an ID token; `null` restores honesty.
     */
    alterTokens(alter) { alteration = alter; },
    /** Signs the person out here, as an administrator of the provider would: every client gets a logout token. */
    async signOutEverywhere(sub) {
      for (const payload of store.sessionsOf(sub)) {
        const session = await provider.Session.findByUid(payload.uid);
        for (const clientId of Object.keys(session.authorizations ?? {})) {
          const client = await provider.Client.find(clientId);
          if (client.backchannelLogoutUri) await client.backchannelLogout(sub, session.sidFor(clientId));
        }
        await session.destroy();
      }
    },
    /** A logout token with claims of the test's choosing, for hostile back-channel requests. */
    logoutToken: (claims, header) => signJwt(claims, { typ: 'logout+jwt', ...header }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
