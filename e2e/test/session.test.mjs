// The end of a sign-in in a real browser: the reader is warned, can stay, and is told what becomes of what is typed too late.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { axe, launch, visitor } from '../lib/browser.mjs';
import { fill, form, go, mainText, passSignIn, pathOf, signIn } from '../lib/hand.mjs';
import { isBuilt, startPortal } from '../lib/portal.mjs';
import { ALL_TYPES, OFFICE, questionFields, STAFF } from '../lib/questionnaire.mjs';
import { inDays, ofItsOwn, openOffice, openPoll, writePoll } from '../lib/steps.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

/** Seconds without a request; the warning comes half of them before the end. */
const IDLE = 40;
const [PERSON] = FEW;
const TITLE = ['How it ends', 'Чем кончится'];
const ANSWER = 'take/answer';
/** A phone with its keyboard away. */
const WINDOW = { width: 390, height: 600 };

let provider;
let portal;
let browser;
let poll;

before(async () => {
  if (skip) return;
  provider = await startProvider({ people: [PERSON, ...STAFF] });
  portal = await startPortal({
    name: 'session', provider, settings: { administrators: ['staff-administrator'], sessions: { idle_seconds: 1800 } },
  });
  const staff = await openOffice(portal, OFFICE);
  const text = ALL_TYPES.find(({ kind }) => kind === 'short_text');
  const questions = ofItsOwn(TITLE, [questionFields(text)]);
  poll = await writePoll(staff.initiator, staff.department, { title: TITLE, questions, closes: inDays(30) });
  await openPoll(staff, poll);
  // The staff had the time that they needed.
  const config = readFileSync(portal.configPath, 'utf8');
  writeFileSync(portal.configPath, config.replace('idle_seconds = 1800', `idle_seconds = ${IDLE}`));
  await portal.restart();
  browser = await launch();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await portal?.dispose();
  await provider?.close();
});

test('a reader who writes for a long time is warned, stays, and loses nothing in the end', { skip, timeout: 240_000 }, async () => {
  const { page, problems, close } = await visitor(browser, { origin: portal.origin, options: { viewport: WINDOW } });
  await signIn(page, PERSON.sub, { back: `/polls/${poll}` });
  assert.match(await mainText(page), new RegExp(`after ${IDLE} seconds without`));
  await go(page, form(page, 'take/start').locator('button'));
  const words = 'a thought that took its time';
  await fill(form(page, ANSWER), { text: words });
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));

  const stay = page.getByRole('button', { name: 'Stay signed in' });
  const box = page.getByRole('alert');
  await stay.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), 'text', 'who types goes on typing');
  assert.match(await box.innerText(), /signed out at \d\d:\d\d/);
  const head = await page.locator('.veche-header').boundingBox();
  assert.ok(head.y + head.height < 0, 'the page is scrolled past where the box stands in it');
  const { y: top, height } = await box.boundingBox();
  assert.ok(top >= 0 && top + height <= WINDOW.height, `who has scrolled down sees the box: at ${top}, ${height} high`);
  assert.ok(height < WINDOW.height / 3, `the box is ${height} px high`);
  const field = form(page, ANSWER).locator('[name=text]');
  await page.locator('.veche-footer a').last().focus();
  await field.focus();
  assert.ok((await field.boundingBox()).y >= top + height, 'what has the focus is not hidden by the box');
  await stay.click();
  await page.getByText('You stay signed in.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'alert', 'the focus is not lost');
  assert.equal(await field.inputValue(), words);

  // The second time nobody answers.
  await stay.waitFor();
  await axe(page);
  await page.getByText('What you have typed is kept when you send it').waitFor();
  await go(page, form(page, ANSWER).locator('button').first());
  assert.equal(pathOf(page), '/sign-in');
  assert.match(await page.getByRole('alert').innerText(), new RegExp(`kept here for ${IDLE} seconds`));
  await passSignIn(page, PERSON.sub);
  assert.equal(pathOf(page), `/polls/${poll}/take/1`);
  assert.equal((await form(page, ANSWER).locator('[name=text]').inputValue()).trim(), words);
  assert.deepEqual(problems, []);
  await close();
});
