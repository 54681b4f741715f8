// The scripted person behaves as a browser where it matters: cookies, redirects, forms, headers.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Client } from '../lib/http.mjs';

const FORM = `<!doctype html><title>Form &amp; more</title><main>
<form action="/take" method="post" id="f">
<input type="hidden" name="token" value="t&quot;1">
<label><input type="radio" name="colour" value="red">Red</label><label><input type="radio" name="colour" value="blue">Blue</label>
<input type="checkbox" name="extra" value="a" checked><input type="checkbox" name="extra" value="b">
<select name="size"><option value="s">Small<option value="m" selected>Medium</select>
<textarea name="words">
one
two</textarea>
<fieldset disabled><input name="hidden-away" value="x"></fieldset>
<input name="empty"><input value="nameless">
<button name="go" value="1">Go</button><button name="go" value="2" formaction="/other">Elsewhere</button>
</form>
<input name="outside" value="counts" form="f">
<a href="/moved">Move on</a></main>`;

let server;
let origin;
let foreign;
const seen = [];

before(async () => {
  const answer = (request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      const { pathname } = new URL(request.url, 'http://x');
      if (pathname === '/form') {
        response.setHeader('set-cookie', [
          '__Host-session=one; Path=/; Secure; HttpOnly; SameSite=Lax', '__Host-bad=x; Path=/form; Secure', 'short=y; Path=/form',
        ]);
        response.setHeader('content-encoding', 'gzip');
        response.end(gzipSync(FORM));
      } else if (pathname === '/take') response.writeHead(303, { location: '/done?n=1' }).end();
      else if (pathname === '/moved') response.writeHead(302, { location: `${foreign}/far` }).end();
      else if (pathname === '/clear') response.writeHead(200, { 'set-cookie': '__Host-session=; Path=/; Secure; Max-Age=0' }).end();
      else response.writeHead(pathname === '/missing' ? 404 : 200, { 'content-type': 'text/html' }).end('<main>done</main>');
    });
  };
  server = [http.createServer(answer), http.createServer(answer)];
  for (const one of server) await new Promise((resolve) => one.listen(0, '127.0.0.1', resolve));
  [origin, foreign] = server.map((one) => `http://127.0.0.1:${one.address().port}`);
});
after(() => server.forEach((one) => { one.closeAllConnections(); one.close(); }));

const last = (path) => seen.findLast(({ url }) => url.startsWith(path));

test('a form is sent as a browser would send it', async () => {
  const client = new Client({ origin, language: 'ru' });
  const page = await client.get('/form');
  assert.equal(page.title, 'Form & more');
  assert.ok(page.wireBytes < page.body.length, 'compressed on the wire');
  assert.equal(last('/form').headers['sec-fetch-site'], 'none');
  assert.equal(last('/form').headers['accept-language'], 'ru');

  const form = page.form();
  assert.deepEqual(form.options('colour'), ['red', 'blue']);
  assert.equal(form.value('colour'), undefined);
  assert.equal(form.value('size'), 'm');
  assert.throws(() => form.fill({ colour: 'green' }), /not on offer/);
  assert.throws(() => form.fill({ nothing: '1' }), /no field “nothing”/);
  const done = await form.fill({ colour: 'blue', extra: ['b'], size: 's' }).submit();

  assert.equal(done.url, `${origin}/done?n=1`);
  assert.deepEqual(done.trail, [`${origin}/take`]);
  assert.deepEqual([...new URLSearchParams(last('/take').body)], [
    ['token', 't"1'], ['colour', 'blue'], ['extra', 'b'], ['size', 's'], ['words', 'one\r\ntwo'], ['empty', ''],
    ['outside', 'counts'], ['go', '1'],
  ]);
  const { headers } = last('/take');
  assert.equal(headers.origin, origin);
  assert.equal(headers['sec-fetch-site'], 'same-origin');
  assert.equal(headers.referer, `${origin}/form`);
  assert.equal(headers.cookie, '__Host-session=one');
  assert.equal(last('/done').method, 'GET');
  assert.equal(last('/done').headers.origin, undefined);
});

test('another button, fields forced and left out', async () => {
  const page = await new Client({ origin }).get('/form');
  await page.form('#f').force('colour', 'green', 'red').omit('token').submit({ name: 'go', value: '2' });
  const sent = new URLSearchParams(last('/other').body);
  assert.deepEqual(sent.getAll('colour'), ['green', 'red']);
  assert.equal(sent.has('token'), false);
  assert.equal(sent.get('go'), '2');
});

test('cookies follow the rules of browsers, and what was refused is told', async () => {
  const client = new Client({ origin });
  await client.get('/form');
  assert.equal(client.cookies.get('__Host-session'), 'one');
  assert.deepEqual(client.cookies.refused, ['__Host-bad: __Host- needs Secure, Path=/ and no Domain']);
  await client.get('/format');
  assert.equal(last('/format').headers.cookie, '__Host-session=one', 'the path of `short` ends at a slash');
  await client.get('/clear');
  assert.equal(client.cookies.get('__Host-session'), undefined);
});

test('a request from another site looks like one', async () => {
  const client = new Client({ origin });
  await client.get('/form');
  await client.post('/take', { a: '1' }, { site: 'cross-site' });
  const { headers } = last('/take');
  assert.equal(headers.cookie, undefined, 'Lax cookies stay at home');
  assert.equal(headers.origin, 'https://elsewhere.example');
  assert.equal(headers['sec-fetch-site'], 'cross-site');
});

test('redirects cross hosts; links are followed; statuses are checked', async () => {
  const client = new Client({ origin });
  const page = await client.get('/form');
  const far = await page.click({ text: 'Move on' });
  assert.equal(far.url, `${foreign}/far`);
  assert.equal(last('/far').headers['sec-fetch-site'], 'same-site');
  const stopped = await client.get('/moved', { follow: false });
  assert.equal(stopped.location, `${foreign}/far`);
  assert.throws(() => far.expect(404), /expected 404, got 200/);
  (await client.get('/missing')).expect(404);
});
