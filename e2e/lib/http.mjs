// A scripted person: cookies, pages, forms, and the headers a browser sends. For journeys in bulk, where a browser
// would take hours, and for hostile requests, which a browser would refuse to send.

import http from 'node:http';
import https from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

import { CookieJar } from './cookies.mjs';
import { Form } from './form.mjs';
import { all, attribute, one, parseHtml, textOf } from './html.mjs';

const MAX_REDIRECTS = 15;
const TIMEOUT = 30_000;

// Shared by everybody: a thousand people must not mean a thousand idle connections. They are let go of before the server
// closes them: a form on one that it has just closed is lost, and may not be sent again.
const POOL = { keepAlive: true, timeout: 5000, maxSockets: 64, maxFreeSockets: 16 };
const agent = new http.Agent(POOL);

/** Over TLS only where `trust` said. */
let secureAgent;

/**
 * From here on `https:` addresses can be asked for: whatever their name, at this address, with this certificate. For a
 * portal behind a real proxy; all others are on loopback.
 * @param {{address: string, ca: Buffer}} proxy
 */
export function trust({ address, ca }) {
  const lookup = (_, { all: every }, done) => (every ? done(null, [{ address, family: 4 }]) : done(null, address, 4));
  secureAgent = new https.Agent({ ...POOL, ca, lookup });
}

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync };

/** A response that has been read to its end. */
export class Page {
  #document;

  constructor(client, fields) {
    this.client = client;
    Object.assign(this, fields);
  }

  get ok() { return this.status >= 200 && this.status < 300; }

  get text() { return this.body.toString('utf8'); }

  get json() { return JSON.parse(this.text); }

  get location() { return this.headers.location && new URL(this.headers.location, this.url).href; }

  get document() { return (this.#document ??= parseHtml(this.text)); }

  get baseUrl() { return new URL(this.one('base[href]') ? attribute(this.one('base[href]'), 'href') : '', this.url).href; }

  get title() { return textOf(this.one('title') ?? this.document); }

  get path() { return new URL(this.url).pathname; }

  /** First element, or null. */
  one(selector) { return one(this.document, selector); }

  all(selector) { return all(this.document, selector); }

  /** Text of the first match with white space collapsed, or null. */
  textOf(selector) {
    const element = this.one(selector);
    return element && textOf(element);
  }

  textsOf(selector) { return this.all(selector).map(textOf); }

  attribute(selector, name) {
    const element = this.one(selector);
    return element ? attribute(element, name) : undefined;
  }

  /** The form that matches; without a selector, the only form of the page's `main` (or of the page). */
  form(selector) {
    const found = selector ? this.all(selector) : this.all('main form').length ? this.all('main form') : this.all('form');
    if (found.length === 0) throw new Error(`no form ${selector ?? ''} on ${this.describe()}`);
    if (found.length > 1 && !selector) {
      throw new Error(`${found.length} forms on ${this.describe()}; name one: ${found.map((f) => attribute(f, 'action')).join(', ')}`);
    }
    return new Form(this, found[0]);
  }

  hasForm(selector = 'form') { return this.one(selector) !== null; }

  /** Follows the link with this CSS selector, or with this text if it is given as `{text}` (a string or a RegExp). */
  click(which, options) {
    const link = typeof which === 'string' ? this.one(which) : this.all('a[href]').find((a) =>
      (which.text instanceof RegExp ? which.text.test(textOf(a)) : textOf(a) === which.text));
    if (!link) throw new Error(`no link ${JSON.stringify(which.text?.source ?? which)} on ${this.describe()}`);
    return this.client.request(new URL(attribute(link, 'href'), this.baseUrl).href, { from: this, ...options });
  }

  /** For messages of failed tests: where we are, and what it says there. */
  describe() {
    const said = this.one('main') ?? this.one('body');
    return `${this.status} ${this.url} “${(said ? textOf(said) : this.text).slice(0, 300)}”`;
  }

  /** Throws with the page's words unless the status is the one expected. @returns {Page} itself */
  expect(status) {
    if (this.status !== status) throw new Error(`expected ${status}, got ${this.describe()}`);
    return this;
  }
}

const siteOf = (url) => `${url.protocol}//${url.hostname}`;
const SITES = ['none', 'same-origin', 'same-site', 'cross-site'];

function relation(from, to) {
  if (!from) return 'none';
  if (from.origin === to.origin) return 'same-origin';
  return siteOf(from) === siteOf(to) ? 'same-site' : 'cross-site';
}

export class Client {
  /**
   * @param {{language?: string, headers?: object, origin?: string}} [options] `origin` is what relative addresses are
   *   resolved against, the portal's as a rule
   */
  constructor({ language = 'en', headers = {}, origin } = {}) {
    this.language = language;
    this.headers = headers;
    this.origin = origin;
    this.cookies = new CookieJar();
  }

  get(url, options) { return this.request(url, options); }

  /** A POST of fields from nowhere in particular: for hostile requests. Browser-like ones go through `Page.form`. */
  post(url, fields, options = {}) {
    return this.request(url, {
      method: 'POST', body: new URLSearchParams(fields).toString(), ...options,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
    });
  }

  /**
   * @param {string} url
   * @param {object} [options]
   * @param {string} [options.method]
   * @param {string|Buffer} [options.body]
   * @param {object} [options.headers] override everything; `null` removes a header
   * @param {boolean} [options.follow] redirects are followed unless this is false
   * @param {Page} [options.from] the page that holds the link or the form
   * @param {string} [options.site] forces `Sec-Fetch-Site`; `cross-site` also withholds cookies as `SameSite` says
   * @returns {Promise<Page>} with status, url, headers, body, wireBytes (compressed size), trail of earlier addresses
   */
  async request(url, { method = 'GET', body, headers = {}, follow = true, from, site } = {}) {
    let target = new URL(url, from?.url ?? this.origin);
    const referrer = from ? new URL(from.url) : undefined;
    let worst = SITES.indexOf(site ?? relation(referrer, target));
    const trail = [];
    for (;;) {
      const page = await this.#send(target, { method, body, headers, referrer, site: SITES[worst] });
      page.trail = trail;
      if (!follow || !page.location || page.status < 300 || page.status > 399) return page;
      if (trail.length === MAX_REDIRECTS) throw new Error(`too many redirects: ${trail.join(' → ')}`);
      trail.push(target.href);
      const next = new URL(page.location);
      next.hash ||= target.hash;
      // A chain of redirects is as foreign as its most foreign step.
      if (worst > 0) worst = Math.max(worst, SITES.indexOf(relation(target, next)));
      if (page.status === 303 || (method === 'POST' && (page.status === 301 || page.status === 302))) {
        method = 'GET';
        body = undefined;
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
      }
      target = next;
    }
  }

  async #send(url, { method, body, headers, referrer, site }) {
    if (url.protocol !== 'http:' && !secureAgent) throw new Error(`only loopback http here, not ${url.href}`);
    const crossSite = site === 'cross-site';
    const all = {
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'accept-encoding': 'gzip, br',
      'accept-language': this.language,
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) veche-e2e',
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': site,
      'sec-fetch-user': '?1',
      'upgrade-insecure-requests': '1',
      referer: referrer && (referrer.origin === url.origin ? referrer.href.replace(/#.*/, '') : `${referrer.origin}/`),
      origin: method === 'GET' || method === 'HEAD' ? undefined
        : site === 'cross-site' ? referrer && referrer.origin !== url.origin ? referrer.origin : 'https://elsewhere.example'
          : referrer?.origin ?? url.origin,
      cookie: this.cookies.header(url, { crossSite, method }),
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...lower(this.headers),
      ...lower(headers),
    };
    for (const [name, value] of Object.entries(all)) if (value === undefined || value === null) delete all[name];

    const answer = await exchange(url, { method, headers: all, body });
    this.cookies.take(url, answer.headers['set-cookie'] ?? []);
    const decode = DECODERS[answer.headers['content-encoding']];
    return new Page(this, {
      url: url.href, status: answer.status, headers: answer.headers, wireBytes: answer.body.length,
      body: decode && answer.body.length ? decode(answer.body) : answer.body,
    });
  }
}

const lower = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function exchange(url, { method, headers, body }, again = true) {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, { method, headers, agent: secure ? secureAgent : agent, timeout: TIMEOUT }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT} ms: ${method} ${url.href}`)));
    request.on('error', (error) => {
      // The server may close an idle connection just as we take it; browsers repeat what is safe to repeat, and so do we.
      if (again && request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE') && method === 'GET') {
        exchange(url, { method, headers, body }, false).then(resolve, reject);
      } else reject(error);
    });
    request.end(body);
  });
}

/** Closes idle connections, so that a test's process can end. */
export function closeConnections() {
  agent.destroy();
  secureAgent?.destroy();
}
