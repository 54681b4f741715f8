// One person's cookies, kept as a browser keeps them (RFC 6265bis), with the one liberty browsers take too: `Secure`
// works on loopback without TLS. Cookies belong to a host whatever the port, so the portal and a provider on
// 127.0.0.1 share a jar, as they do in a browser.

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export const isTrustworthy = (url) => url.protocol === 'https:' || LOOPBACK.has(url.hostname);

const defaultPath = (pathname) => pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));

const pathMatches = (requested, path) =>
  requested === path || (requested.startsWith(path) && (path.endsWith('/') || requested[path.length] === '/'));

export class CookieJar {
  /** @type {{host: string, path: string, name: string, value: string, secure: boolean, httpOnly: boolean, sameSite: string, expires: number}[]} */
  #cookies = [];

  /** What a browser would have refused, and why: a cookie that silently vanishes is a bug to be told of. */
  refused = [];

  /** @param {URL} url @param {string[]} lines the `Set-Cookie` headers */
  take(url, lines) {
    for (const line of lines) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const cookie = { name: pair.slice(0, Math.max(at, 0)), value: pair.slice(at + 1) };
      const attributes = new Map(rest.map((part) => {
        const [name, ...value] = part.split('=');
        return [name.toLowerCase(), value.join('=')];
      }));
      cookie.host = url.hostname;
      cookie.path = attributes.get('path')?.startsWith('/') ? attributes.get('path') : defaultPath(url.pathname);
      cookie.secure = attributes.has('secure');
      cookie.httpOnly = attributes.has('httponly');
      cookie.sameSite = (attributes.get('samesite') ?? 'lax').toLowerCase();
      cookie.expires = attributes.has('max-age')
        ? Date.now() + Number(attributes.get('max-age')) * 1000
        : attributes.has('expires') ? Date.parse(attributes.get('expires')) : Infinity;

      const problem = this.#problem(cookie, attributes, url);
      if (problem) {
        this.refused.push(`${cookie.name}: ${problem}`);
        continue;
      }
      this.#cookies = this.#cookies.filter((old) =>
        old.name !== cookie.name || old.host !== cookie.host || old.path !== cookie.path);
      if (cookie.expires > Date.now()) this.#cookies.push(cookie);
    }
  }

  #problem(cookie, attributes, url) {
    if (!cookie.name) return 'no name';
    if (cookie.secure && !isTrustworthy(url)) return 'Secure over an insecure connection';
    if (cookie.sameSite === 'none' && !cookie.secure) return 'SameSite=None without Secure';
    if (attributes.has('domain') && attributes.get('domain') !== url.hostname) return 'foreign Domain';
    if (cookie.name.startsWith('__Secure-') && !cookie.secure) return '__Secure- without Secure';
    if (cookie.name.startsWith('__Host-') && (!cookie.secure || attributes.has('domain') || attributes.get('path') !== '/')) {
      return '__Host- needs Secure, Path=/ and no Domain';
    }
    return null;
  }

  /**
   * The `Cookie` header for a request, or undefined.
   * @param {URL} url
   * @param {{crossSite?: boolean, method?: string}} [context] a cross-site request gets Lax cookies only for a GET
   */
  header(url, { crossSite = false, method = 'GET' } = {}) {
    const now = Date.now();
    const fitting = this.#cookies
      .filter((cookie) => cookie.host === url.hostname && cookie.expires > now && pathMatches(url.pathname, cookie.path))
      .filter((cookie) => !cookie.secure || isTrustworthy(url))
      .filter((cookie) => !crossSite || cookie.sameSite === 'none' || (cookie.sameSite === 'lax' && method === 'GET'))
      .sort((a, b) => b.path.length - a.path.length);
    return fitting.length ? fitting.map(({ name, value }) => `${name}=${value}`).join('; ') : undefined;
  }

  get(name) {
    return this.#cookies.find((cookie) => cookie.name === name)?.value;
  }

  set(host, name, value) {
    this.take(new URL(`http://${host}/`), [`${name}=${value}; Path=/; Secure`]);
  }

  delete(name) {
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name);
  }

  list() {
    return this.#cookies.map((cookie) => ({ ...cookie }));
  }

  clear() {
    this.#cookies = [];
  }
}
