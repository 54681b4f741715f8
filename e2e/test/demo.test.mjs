// `veche demo`, as a newcomer meets it: one command, an address, people to be, and a poll to answer.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { axe, fitsWidth, launch, PHONE, shot, visitor } from '../lib/browser.mjs';
import { answerAnything, expectSound, form, go, mainText, pathOf, send } from '../lib/hand.mjs';
import { isBuilt, startDemo } from '../lib/portal.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

let portal;
let browser;
before(async () => {
  if (skip) return;
  portal = await startDemo('demo');
  browser = await launch();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await portal?.dispose();
});

async function bePerson(page, sub, { refuse = [] } = {}) {
  await go(page, 'form#sign-in button[type=submit]');
  await go(page, `button.person[value="${sub}"]`);
  for (const scope of refuse) await page.locator(`input[name=scope][value=${scope}]`).uncheck();
  await go(page, 'button[name=decision][value=allow]');
}

test('says where it is and who one can be', { skip }, async () => {
  assert.match(portal.log, /http:\/\/(127\.0\.0\.1|localhost):\d+/);
  assert.match(portal.log, /Anna|Анна/);
});

test('a newcomer gets from the start page to an answered poll', { skip, timeout: 120_000 }, async (t) => {
  const { page, problems, close } = await visitor(browser, { origin: portal.origin });
  t.after(close);
  await page.goto('/');
  await axe(page);
  await shot(page, 'demo-start');
  await go(page, 'main a[href="/polls"]');
  await shot(page, 'demo-polls');
  assert.ok(await page.locator('.veche-poll-card').count() >= 1, 'there is a poll to answer');
  await go(page, page.locator('.veche-poll-card__link').first());
  await shot(page, 'demo-poll');
  const poll = pathOf(page);
  await go(page, 'main a.govuk-button[href^="/sign-in"]');
  await shot(page, 'demo-sign-in');
  await go(page, 'form#sign-in button[type=submit]');
  await axe(page);
  await fitsWidth(page);
  await shot(page, 'demo-provider-people');
  await go(page, 'button.person[value="demo-anna"]');
  await axe(page);
  await shot(page, 'demo-provider-consent');
  await page.setViewportSize({ ...PHONE, width: 320 });
  await fitsWidth(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  const email = page.locator('input[name=scope][value=email]');
  if (await email.count()) await email.uncheck();
  await go(page, 'button[name=decision][value=allow]');
  assert.equal(pathOf(page), poll, 'back at the poll');
  await send(page, 'take/start');
  for (let i = 0; i < 30 && !pathOf(page).endsWith('/check'); i += 1) await answerAnything(page);
  await shot(page, 'demo-check');
  const consent = form(page, 'take/send').locator('[name=consent]');
  if (await consent.count()) await consent.check();
  await expectSound(page, await send(page, 'take/send'));
  assert.match(pathOf(page), /\/receipt$/);
  await shot(page, 'demo-receipt');
  assert.deepEqual(problems, []);
});

test('published results look like results', { skip }, async (t) => {
  const { page, problems, close } = await visitor(browser, { origin: portal.origin });
  t.after(close);
  await page.goto('/polls?tab=results');
  await page.goto(await page.locator('main a[href$="/results"]').first().getAttribute('href'));
  assert.ok(await page.locator('main svg').count() >= 1);
  await axe(page);
  await shot(page, 'demo-results');
  for (const by of await page.locator('nav.veche-tabs a').evaluateAll((all) => all.map((a) => a.href))) {
    await page.goto(by);
    await axe(page);
    await shot(page, `demo-results-${new URL(by).searchParams.get('by') ?? 'headline'}`);
  }
  assert.deepEqual(problems, []);
});

test('published results on the narrowest phone', { skip }, async (t) => {
  for (const language of ['en', 'ru']) {
    const { page, close } = await visitor(browser, { origin: portal.origin, language, phone: true, options: { viewport: { width: 320, height: 640 } } });
    t.after(close);
    await page.goto('/polls?tab=results');
    const [one, other] = await page.locator('main a[href$="/results"]').evaluateAll((links) => links.map((link) => link.pathname));
    const poll = (address) => address.split('/')[2];
    await page.goto(one);
    const addresses = await page.locator('nav.veche-tabs a').evaluateAll((links) => links.map((link) => link.href));
    const comparison = `/polls/${poll(one)}/compare?with=${poll(other)}`;
    for (const address of [...addresses, comparison, `${comparison}&by=age_band`]) {
      await page.goto(address);
      await fitsWidth(page);
      const found = await page.evaluate(() => {
        const lines = (element) => {
          const range = document.createRange();
          range.selectNodeContents(element);
          return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
        };
        const margin = document.querySelector('main h1').getBoundingClientRect();
        return {
          // A table may scroll sideways; what it is called does not go with it.
          captions: [...document.querySelectorAll('caption')].filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent),
          broken: [...document.querySelectorAll('tbody th')].filter((one) => /^\d+–\d+$/.test(one.textContent.trim()) && lines(one) > 1).map((one) => one.textContent),
          torn: [...document.querySelectorAll('td .veche-line')].filter((one) => lines(one) > 1).map((one) => one.textContent),
          // Names begin where the page's words do, whatever their length.
          strayed: [...document.querySelectorAll('.veche-chart__stack')].map((stack) => stack.parentElement.firstElementChild)
            .filter((name) => Math.abs(name.getBoundingClientRect().left - margin.left) > 1).map((name) => name.textContent),
        };
      });
      assert.deepEqual(found, { captions: [], broken: [], torn: [], strayed: [] }, `${page.url()} in ${language}`);
    }
  }
});

test('signing out ends the sign-in here and at the provider', { skip }, async (t) => {
  const { page, close } = await visitor(browser, { origin: portal.origin });
  t.after(close);
  await page.goto('/sign-in');
  await bePerson(page, 'demo-anna');
  assert.equal(await page.locator('header form[action="/auth/sign-out"]').count(), 1);
  await go(page, 'header form[action="/auth/sign-out"] button');
  for (let i = 0; i < 2 && new URL(page.url()).origin !== new URL(portal.origin).origin; i += 1) await go(page, 'main button[type=submit]');
  assert.equal(new URL(page.url()).origin, new URL(portal.origin).origin);
  assert.equal(await page.locator('header form[action="/auth/sign-out"]').count(), 0);
  await page.goto('/sign-in');
  await go(page, 'form#sign-in button[type=submit]');
  assert.ok(await page.locator('button.person').count() > 10, 'the provider asks who one is');
});

test('the staff of the demo do their work', { skip }, async (t) => {
  const { page, problems, close } = await visitor(browser, { origin: portal.origin });
  t.after(close);
  await page.goto('/sign-in?return=/staff');
  await go(page, 'form#sign-in button[type=submit]');
  const staff = await page.locator('section[aria-labelledby=staff] button.person').evaluateAll((all) => all.map(({ value }) => value));
  assert.ok(staff.length >= 4);
  for (const sub of staff) {
    await page.context().clearCookies();
    await page.goto('/sign-in?return=/staff');
    await bePerson(page, sub);
    assert.equal(pathOf(page), '/staff');
    assert.ok(await page.locator('main .veche-tiles a').count() >= 1, `${sub} has something to do: ${await mainText(page)}`);
  }
  assert.deepEqual(problems, []);
});
