// A person at the portal's pages in a real browser: links, buttons, fields. Works with JavaScript on and off.

import assert from 'node:assert/strict';

import { go, passProviderPages, runsScripts } from './browser.mjs';

export { go };

/** The form that posts to this server function. */
export const form = (page, endpoint) => page.locator(`form[action="/api/${endpoint}"]`);

/**
 * Sets the fields of a form by name: a text, the value of a radio or of an option, a list (or true and false) for
 * checkboxes.
 */
export async function fill(within, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const controls = within.locator(`[name="${name}"]`);
    const kind = await controls.first().evaluate((element) => element.type);
    if (kind === 'checkbox') {
      const wanted = [value].flat().map(String);
      for (const box of await controls.all()) {
        await box.setChecked(value === true || (value !== false && wanted.includes(await box.getAttribute('value'))));
      }
    } else if (kind === 'radio') await within.locator(`[name="${name}"][value="${value}"]`).check();
    else if (kind === 'select-one') await controls.selectOption(String(value));
    else await controls.fill(String(value));
  }
}

/** What stands in the fields of these names. */
export async function typed(within, names) {
  const values = {};
  for (const name of names) values[name] = await within.locator(`[name="${name}"]`).first().inputValue();
  return values;
}

/** Fills in a form and sends it by its first button, or by the one named. */
export async function send(page, endpoint, fields = {}, button = 'button[type=submit]:visible, button:not([type]):visible') {
  const target = form(page, endpoint);
  await fill(target, fields);
  return go(page, target.locator(button).first());
}

/** Chooses a file with this text in a form and sends it. */
export async function sendFile(page, endpoint, field, text) {
  const buffer = Buffer.from(text);
  await form(page, endpoint).locator(`input[type=file][name="${field}"]`).setInputFiles({ name: 'questionnaire.json', mimeType: 'application/json', buffer });
  return send(page, endpoint);
}

/**
 * Sends a form that the page itself may stop, where scripts run, because something is wrong with it.
 * @returns the response of the page, or null if nothing was sent
 */
export async function attempt(page, endpoint, fields = {}) {
  const target = form(page, endpoint);
  await fill(target, fields);
  const button = target.locator('button[type=submit]:visible').first();
  if (!runsScripts(page)) return go(page, button);
  // Asked after everything that listens, whenever it began to.
  await page.evaluate(() => {
    window.stopped = new Promise((resolve) => {
      window.addEventListener('submit', (event) => setTimeout(() => event.defaultPrevented && resolve(true)), { once: true });
    });
  });
  const stopped = page.evaluate(() => window.stopped).catch(() => new Promise(() => {}));
  const sent = page.waitForRequest((request) => request.isNavigationRequest()).then(() => false);
  const arrived = page.waitForNavigation({ waitUntil: 'load' });
  // Of those that nobody asks any more.
  for (const one of [sent, arrived]) one.catch(() => {});
  await button.click();
  return await Promise.race([stopped, sent]) ? null : arrived;
}

/**
 * The page shows faults as it should: a summary on top whose links lead to fields, a message at each of them, and
 * status 422 unless the page found them itself.
 * @param {import('playwright-core').Response|null} response null: nothing was sent
 * @param {string[]} fields ids of the fields that are wrong, no more and no fewer
 */
export async function expectFaults(page, response, fields) {
  const links = await page.locator('.govuk-error-summary a').evaluateAll((all) => all.map((a) => ({
    field: a.getAttribute('href').slice(1), found: document.getElementById(a.getAttribute('href').slice(1)) !== null,
    words: a.textContent.trim(),
  })));
  assert.deepEqual(links.map(({ field }) => field).sort(), [...fields].sort(), `faults on ${page.url()}`);
  assert.ok(links.every(({ found, words }) => found && words), `a link of the error summary leads nowhere on ${page.url()}: ${JSON.stringify(links)}`);
  assert.ok(await page.locator('.govuk-error-message').count() >= 1, `no message at the field on ${page.url()}`);
  if (response) assert.equal(response.status(), 422, `${page.url()} shows faults with another status`);
}

/** No faults are shown, and the page is there. */
export async function expectSound(page, response) {
  const faults = await page.locator('.govuk-error-summary li, .govuk-error-message').allTextContents();
  assert.deepEqual(faults, [], `${page.url()} shows faults`);
  assert.ok(response.ok(), `${response.status()} ${page.url()}`);
}

/** Gives some right answer to whatever question is shown. */
export async function answerAnything(page) {
  const target = form(page, 'take/answer');
  const names = await target.locator('input:not([type=hidden]), textarea').evaluateAll((all) => [...new Set(all.map(({ name }) => name))]);
  if (names.includes('choice')) await target.locator('[name=choice]').first().check();
  else if (names.includes('choices[]')) await target.locator('[name="choices[]"]').first().check();
  else if (names.includes('day')) {
    // Some date in the middle of what the hint says is allowed.
    const years = (await target.innerText()).match(/\b\d{4}\b/g).map(Number);
    for (const [name, value] of [['day', '2'], ['month', '3'], ['year', String(Math.max(...years) - 1)]]) await target.locator(`[name=${name}]`).fill(value);
  } else if (await target.locator('textarea').count()) await target.locator('[name=text]').fill('Nothing more.');
  else await target.locator('[name=text]').fill(/(\d+)/.exec(await target.locator('.govuk-hint').first().innerText())?.[1] ?? '1');
  await expectSound(page, await send(page, 'take/answer'));
}

export const pathOf = (page) => new URL(page.url()).pathname;

export const mainText = async (page) => (await page.locator('main').innerText()).replace(/\s+/g, ' ');

/**
 * From the portal's sign-in page through the provider and back.
 * @param {{keep?: string[], leave?: string[], refuse?: string[], cancel?: string}} [choice] scopes to tick and to leave
 *   out on the portal's page, and those to refuse at the provider; on which of its pages to turn back
 */
export async function passSignIn(page, login, { keep = [], leave = [], refuse = [], cancel } = {}) {
  const sheet = page.locator('form#sign-in[action="/auth/sign-in"]');
  const further = page.locator('form#sign-in details').filter({ has: page.locator('[name="more[]"]') });
  if (await further.count() && !(await further.evaluate((element) => element.open))) await further.locator('summary').click();
  for (const scope of keep) await sheet.locator(`input[type=checkbox][value="${scope}"]`).check();
  for (const scope of leave) await sheet.locator(`input[type=checkbox][value="${scope}"]`).uncheck();
  await go(page, sheet.locator('button[type=submit]'));
  await passProviderPages(page, login, { refuse, cancel });
}

/** Signs in from nowhere in particular; `need` names attributes to be asked for, with commas between them. */
export async function signIn(page, login, { back = '/', need = '', ...choice } = {}) {
  await page.goto(`/sign-in?${new URLSearchParams({ return: back, need })}`);
  // What only an address names is offered and not ticked.
  const offered = need ? await page.locator('form#sign-in input[name="scopes[]"]').all() : [];
  for (const box of offered) await box.check();
  await passSignIn(page, login, choice);
}

/**
 * Steps of a journey, each on top of the one before: when one fails, the rest is skipped.
 * @param {import('node:test').TestContext} t
 */
export function journey(t) {
  let lost = false;
  return (name, work) => t.test(name, { skip: lost && 'a step before failed' }, async (step) => {
    try {
      await work(step);
    } catch (error) {
      lost = true;
      throw error;
    }
  });
}
