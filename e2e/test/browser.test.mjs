// The browser's helpers, on the test provider's own pages.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { axe, fitsWidth, launch, passProviderPages, shot, visitor } from '../lib/browser.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

const BAD = '<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><input name="x"><img src="data:,"><div style="width:3000px">wide</div></main></html>';

let server;
let origin;
let provider;
let browser;

before(async () => {
  server = http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': "script-src 'none'" });
    response.end(request.url.startsWith('/bad') ? BAD
      : `<!doctype html><html lang="en"><title>Here</title><main><h1>Here</h1><p id="cookie">${request.headers.cookie}</p><script>document.title = 'ran'</script></main></html>`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  provider = await startProvider({
    people: FEW, clients: [{ id: 'portal', secret: 's', redirectUris: [`${origin}/callback`] }],
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await provider?.close();
  server.closeAllConnections();
  server.close();
});

const authorize = () => `${provider.issuer}/auth?${new URLSearchParams({
  client_id: 'portal', response_type: 'code', redirect_uri: `${origin}/callback`, scope: 'openid fullname gender', state: 'x',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
})}`;

for (const javaScript of [true, false]) {
  for (const phone of [true, false]) {
    test(`a person signs in, JavaScript ${javaScript ? 'on' : 'off'}, ${phone ? 'phone' : 'desktop'}`, async () => {
      const { page, problems, close } = await visitor(browser, { origin, javaScript, phone });
      await page.goto(authorize());
      await axe(page, { bestPractice: true });
      await fitsWidth(page);
      assert.ok(existsSync(await shot(page, `provider-sign-in-${phone ? 'phone' : 'desktop'}`)));
      await page.locator('input[name=login]').fill('citizen-alma');
      await page.locator('button[value=continue]').click();
      await page.locator('form#consent').waitFor();
      await axe(page, { bestPractice: true });
      await passProviderPages(page, 'citizen-alma', { refuse: ['gender'] });
      assert.match(page.url(), /\/callback\?code=.*state=x/);
      assert.match(await page.locator('#cookie').textContent(), /language=en/);
      if (javaScript) assert.match(problems.join(), /Content Security Policy/, 'what the policy blocked is told');
      await close();
    });
  }
}

test('violations and sideways scrolling are found and named, without JavaScript too', async () => {
  for (const javaScript of [true, false]) {
    const { page, close } = await visitor(browser, { origin, javaScript });
    await page.goto('/bad');
    await assert.rejects(axe(page), /label \(critical\)[^]*input/);
    await assert.rejects(fitsWidth(page), /px wide/);
    await close();
  }
});
