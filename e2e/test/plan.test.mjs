// What guards a plan of statistics, at the form that an initiator has open in a browser: there are seven kinds of table and no
// eighth, and what was announced to citizens cannot be changed any more, not even by a form that was opened before.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, LANGUAGE_COOKIE, visitor } from '../lib/browser.mjs';
import { expectFaults, expectSound, form, go, pathOf, send, signIn } from '../lib/hand.mjs';
import { isBuilt, startPortal } from '../lib/portal.mjs';
import { ALL_TYPES, OFFICE, questionFields, STAFF } from '../lib/questionnaire.mjs';
import * as steps from '../lib/steps.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

/** Every breakdown; with the table of everybody there are seven. */
const BREAKDOWNS = ['region', 'age_band', 'gender', 'region_by_age_band', 'region_by_gender', 'age_band_by_gender'];

let provider;
let portal;
let browser;
let staff;

before(async () => {
  if (skip) return;
  provider = await startProvider({ people: STAFF });
  portal = await startPortal({ name: 'plan', provider, settings: { administrators: ['staff-administrator'] } });
  staff = await steps.openOffice(portal, OFFICE);
  browser = await launch();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await portal?.dispose();
  await provider?.close();
});

const write = (title) => steps.writePoll(staff.initiator, staff.department, {
  title, purpose: ['To plan the buses', 'Чтобы спланировать автобусы'], questions: steps.ofItsOwn(title, [questionFields(ALL_TYPES[0])]), plan: ['region'], closes: steps.inDays(30),
});

/** The codes that are ticked on the page of a plan. */
const ticked = (page) => page.locator('[name="breakdowns[]"]:checked').evaluateAll((boxes) => boxes.map(({ value }) => value));

async function initiator(t, language = 'en') {
  const { page, context, close } = await visitor(browser, { origin: portal.origin, language });
  t.after(close);
  await signIn(page, 'staff-initiator');
  return { page, context };
}

/** Adds a box to the form, as anybody can who has a browser. */
const addBox = (page, value) => form(page, 'editor/save-plan').evaluate((target, code) => {
  const box = document.createElement('input');
  Object.assign(box, { type: 'checkbox', name: 'breakdowns[]', value: code, checked: true });
  target.append(box);
}, value);

test('seven kinds of table can be declared', { skip, timeout: 60_000 }, async (t) => {
  const { page } = await initiator(t);
  const poll = await write(['Ways to work', 'Дорога на работу']);
  await page.goto(`/staff/polls/${poll}/plan`);
  const offered = await page.locator('[name="breakdowns[]"]').evaluateAll((boxes) => boxes.map(({ value }) => value));
  assert.deepEqual(offered, BREAKDOWNS, 'six breakdowns beside the table of everybody');
  await expectSound(page, await send(page, 'editor/save-plan', { 'breakdowns[]': BREAKDOWNS }));
  await page.goto(`/staff/polls/${poll}/plan`);
  assert.deepEqual(await ticked(page), BREAKDOWNS);
  // The same one twice is the same one.
  await addBox(page, 'gender');
  await expectSound(page, await send(page, 'editor/save-plan'));
  await page.goto(`/staff/polls/${poll}/plan`);
  assert.deepEqual(await ticked(page), BREAKDOWNS);
});

for (const [language, words] of [['en', /breakdown|table/i], ['ru', /разбив|таблиц/i]]) {
  test(`an eighth is refused in words, and nothing ticked is lost, ${language}`, { skip, timeout: 60_000 }, async (t) => {
    const { page } = await initiator(t, language);
    const poll = await write({ en: ['Parks', 'Парки'], ru: ['Yards', 'Дворы'] }[language]);
    for (const eighth of ['region_by_age_band_by_gender', 'age_band_by_region', 'income', 'headline', '']) {
      await page.goto(`/staff/polls/${poll}/plan`);
      await addBox(page, eighth);
      const chosen = ['age_band', 'gender', 'region_by_gender'];
      for (const code of BREAKDOWNS) await form(page, 'editor/save-plan').locator(`[value="${code}"]`).setChecked(chosen.includes(code));
      const response = await go(page, form(page, 'editor/save-plan').locator('button[type=submit]').first());
      await expectFaults(page, response, ['breakdowns']);
      assert.match(await page.locator('.govuk-error-message').innerText(), words, eighth);
      assert.deepEqual(await ticked(page), chosen, `what was ticked beside “${eighth}”`);
      // Nothing of it was stored.
      assert.deepEqual((await staff.initiator.get(`/staff/polls/${poll}/plan`)).expect(200).all('[name="breakdowns[]"][checked]').map(({ attribs }) => attribs.value), ['region']);
    }
    // What remains can be sent at once.
    await expectSound(page, await send(page, 'editor/save-plan'));
    await page.goto(`/staff/polls/${poll}/plan`);
    assert.deepEqual(await ticked(page), ['age_band', 'gender', 'region_by_gender']);
  });
}

test('a form that was opened before the poll was cannot change its plan', { skip, timeout: 90_000 }, async (t) => {
  for (const [language, title, why] of [['en', ['Lights', 'Фонари'], /not possible now/], ['ru', ['Benches', 'Скамейки'], /Сейчас это невозможно/]]) {
    const { page, context } = await initiator(t, language);
    const poll = await write(title);
    await page.goto(`/staff/polls/${poll}/plan`);
    await steps.openPoll(staff, poll);
    const anybody = async () => (await staff.reviewer.get(`/polls/${poll}`)).expect(200).textOf('.veche-notice');
    const announced = await anybody();
    const response = await send(page, 'editor/save-plan', { 'breakdowns[]': BREAKDOWNS });
    // Led to the poll's page, which is still there, and told why once.
    assert.deepEqual([response.status(), pathOf(page)], [200, `/staff/polls/${poll}`]);
    const told = await page.locator('.govuk-notification-banner').allInnerTexts();
    assert.equal(told.length, 1);
    assert.match(told[0], why);
    assert.equal(await anybody(), announced, 'what citizens are told is what it was');
    // Nor is there such a form any more.
    await context.addCookies([{ name: LANGUAGE_COOKIE, value: 'en', url: portal.origin }]);
    const again = await page.goto(`/staff/polls/${poll}/plan`);
    assert.equal(await form(page, 'editor/save-plan').count(), 0, `${again.status()} ${pathOf(page)}`);
  }
});
