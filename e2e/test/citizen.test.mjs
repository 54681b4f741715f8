// A citizen's way: finds a poll, signs in releasing only some data, answers over two sittings on two devices, sends,
// changes, withdraws, answers again; then looks at what the portal keeps, and leaves for good. Another one takes the
// consent to the answers back after the poll has closed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { axe, fitsWidth, launch, runsScripts, shot, visitor } from '../lib/browser.mjs';
import { SCRIPTS } from '../lib/engine.mjs';
import {
  attempt, expectFaults, expectSound, fill, form, go, mainText, journey, passSignIn, pathOf, send, signIn, typed,
} from '../lib/hand.mjs';
import { isBuilt, startPortal } from '../lib/portal.mjs';
import { NIGHT_BUS, OFFICE, STAFF } from '../lib/questionnaire.mjs';
import { inDays, openOffice, openPoll, press, writePoll } from '../lib/steps.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

const [ALMA] = FEW;
// The same person for each run, so that no two meet.
const PEOPLE = ['on', 'off', 'closed'].map((run) => ({ ...ALMA, sub: `citizen-alma-${run}` }));

let provider;
let portal;
let browser;
let staff;
let poll;

before(async () => {
  if (skip) return;
  provider = await startProvider({ people: [...PEOPLE, ...STAFF] });
  portal = await startPortal({ name: 'citizen', provider, settings: { administrators: ['staff-administrator'] } });
  staff = await openOffice(portal, OFFICE);
  poll = await writePoll(staff.initiator, staff.department, { ...NIGHT_BUS, special: 'political_opinion', closes: inDays(30) });
  await openPoll(staff, poll);
  browser = await launch();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await portal?.dispose();
  await provider?.close();
});

const ANSWER = 'take/answer';
const numberOf = (page) => Number(/\/take\/(\d+)$/.exec(pathOf(page))?.[1]);

/** Each question with what a hasty person gets wrong first, the field at fault, and the right answer. */
const MISTAKES = [
  { wrong: [{ }], field: 'choice', right: { choice: 'o2' } },
  { wrong: [{}, { 'choices[]': ['o1', 'o2', 'o3'] }, { 'choices[]': ['o1', 'o4'] }], field: 'choices', right: { 'choices[]': ['o1', 'o3'] } },
  { wrong: [{}], field: 'choice', right: { choice: 'yes' } },
  { wrong: [{}], field: 'choice', right: { choice: '4' } },
  { wrong: [{ text: 'half an hour' }, { text: '301' }], field: 'text', right: { text: '25' } },
  { wrong: [{ day: '31', month: '2', year: '2024' }, { day: '1', month: '1', year: '1990' }], field: 'day', right: { day: '9', month: '5', year: '2025' } },
  { wrong: [{ text: 'too long '.repeat(40) }], field: 'text', right: { text: 'More buses at night, please.\nThank you.' } },
];

/** Stands on a question: makes its mistakes, sees them told, finds what was typed, and gives the right answer. */
async function answer(page, number, { tripping = true } = {}) {
  assert.equal(numberOf(page), number);
  const { wrong, field, right } = MISTAKES[number - 1];
  // How many characters are left is said before the first of them is typed.
  const left = page.locator('#text-count');
  if (runsScripts(page) && await left.count()) await left.filter({ hasText: /\d/ }).waitFor();
  for (const mistake of tripping ? wrong : []) {
    // An exclusive option clears the others where JavaScript runs: that mistake cannot be made there.
    await fill(form(page, ANSWER), mistake);
    const chosen = await form(page, ANSWER).locator('input:checked').count();
    if (mistake['choices[]'] && chosen !== mistake['choices[]'].length) continue;
    if (!Object.keys(mistake).length && chosen) continue;
    const response = await attempt(page, ANSWER);
    await expectFaults(page, response, [field]);
    assert.match(await page.title(), /^Error: (?!Error)/);
    const texts = Object.fromEntries(Object.entries(mistake).filter(([name]) => !name.endsWith('[]')));
    const kept = await typed(form(page, ANSWER), Object.keys(texts));
    assert.deepEqual(Object.values(kept).map((text) => text.trim()), Object.values(texts).map((text) => text.trim()), 'nothing typed is lost');
    if (mistake['choices[]']) assert.equal(await form(page, ANSWER).locator('input:checked').count(), mistake['choices[]'].length);
  }
  await expectSound(page, await send(page, ANSWER, right));
}

const rows = (page) => page.locator('.govuk-summary-list').first().locator('.govuk-summary-list__row').evaluateAll((all) => all.map((row) => [
  row.querySelector('dt').textContent.trim(), [...row.querySelectorAll('dd:not(.govuk-summary-list__actions) .veche-line')].map((line) => line.textContent.trim()),
]));

for (const javaScript of SCRIPTS) {
  const kind = javaScript ? 'on' : 'off';

  test(`a citizen, JavaScript ${kind}`, { skip, timeout: 240_000 }, async (t) => {
    const step = journey(t);
    const { sub } = PEOPLE[javaScript ? 0 : 1];
    const desktop = await visitor(browser, { origin: portal.origin, javaScript });
    t.after(() => desktop.close());
    const phone = await visitor(browser, { origin: portal.origin, javaScript, phone: true });
    t.after(() => phone.close());
    const references = [];

    await step('finds the poll and signs in with some data refused', async () => {
      const { page } = desktop;
      await page.goto('/');
      await go(page, 'main a[href="/polls"]');
      await go(page, page.getByRole('link', { name: NIGHT_BUS.title[0], exact: true }));
      assert.equal(pathOf(page), `/polls/${poll}`);
      const notice = await page.locator('section.veche-notice').innerText();
      assert.match(notice, /confidential/i);
      assert.match(notice, /political opinion/);
      assert.match(notice, /region/);
      await go(page, 'main a.govuk-button[href^="/sign-in"]');
      assert.match(await mainText(page), /Test provider A/);
      // The poll needs region and gender; the name is only offered, and neither e-mail address nor documents are.
      for (const scope of ['id_doc', 'email']) assert.equal(await page.locator(`form#sign-in input[value=${scope}]`).count(), 0);
      assert.equal(await page.locator('form#sign-in input[value=fullname]').isChecked(), false);
      // Whoever turns back at the provider hears why they are here again.
      await passSignIn(page, sub, { cancel: 'sign-in' });
      await page.locator('main [role=alert]:focus').waitFor();
      await passSignIn(page, sub, { keep: ['fullname', 'gender'], leave: ['addresses'], refuse: ['gender'] });
      assert.equal(pathOf(page), `/polls/${poll}`, 'back where one came from');
      assert.match(await page.locator('header').innerText(), /Alma/);
      assert.match(await mainText(page), /gender/, 'what is not known is said, and that one can take part all the same');
    });

    await step('answers a first part and leaves', async () => {
      const { page } = desktop;
      await send(page, 'take/start');
      for (const number of [1, 2, 3]) await answer(page, number);
      await send(page, ANSWER, { choice: '2' }, 'button[name=go][value=later]');
      assert.equal(pathOf(page), `/polls/${poll}`);
      await page.locator('.govuk-notification-banner--success').waitFor();
    });

    await step('goes on at another device and finds the draft', async () => {
      const { page } = phone;
      await page.goto('/polls?tab=mine');
      await go(page, 'main a.govuk-button[href^="/sign-in"]');
      await passSignIn(page, sub);
      assert.equal(pathOf(page), '/polls');
      await go(page, page.getByRole('link', { name: NIGHT_BUS.title[0], exact: true }));
      await send(page, 'take/start');
      // The fourth question was answered as one left: the fifth is the first without an answer.
      assert.equal(numberOf(page), 5);
      await go(page, 'a.govuk-back-link');
      assert.equal(numberOf(page), 4);
      assert.equal(await page.locator('input[name=choice]:checked').getAttribute('value'), '2');
      await fitsWidth(page);
      for (const number of [4, 5, 6, 7]) await answer(page, number);
      assert.equal(pathOf(page), `/polls/${poll}/check`);
    });

    await step('checks, changes one answer, and sends with the separate consent only', async () => {
      const { page } = phone;
      assert.deepEqual((await rows(page)).map(([, lines]) => lines), [
        ['By car'], ['Pavements', 'Bus stops'], ['Yes'], ['4'], ['25'], ['9 May 2025'], ['More buses at night, please.', 'Thank you.'],
      ]);
      await fitsWidth(page);
      await go(page, `a[href^="/polls/${poll}/take/1"]`);
      assert.equal(await page.locator('input[name=choice]:checked').getAttribute('value'), 'o2');
      await send(page, ANSWER, { choice: 'o3' });
      assert.equal(pathOf(page), `/polls/${poll}/check`, 'back to the check at once');
      assert.deepEqual((await rows(page))[0][1], ['On foot']);
      const refused = await send(page, 'take/send');
      await expectFaults(page, refused, ['consent']);
      await axe(page);
      await shot(page, `check-consent-missing-phone-${kind}`);
      await expectSound(page, await send(page, 'take/send', { consent: true }));
      assert.equal(pathOf(page), `/polls/${poll}/receipt`);
      references.push((await page.locator('.veche-receipt__reference').innerText()).trim());
      assert.match(references[0], /^\S{4,}/);
    });

    await step('sees and changes the answers', async () => {
      const { page } = desktop;
      await page.goto('/answers');
      await go(page, `main a[href="/answers/${poll}"]`);
      assert.match(await mainText(page), new RegExp(references[0]));
      assert.deepEqual((await rows(page))[0][1], ['On foot']);
      await send(page, 'answers/change');
      // Wherever the way begins, the first question is a link away on the check page.
      if (!pathOf(page).endsWith('/check')) await page.goto(`/polls/${poll}/check`);
      await go(page, `a[href^="/polls/${poll}/take/1"]`);
      await send(page, ANSWER, { choice: 'o1' });
      await expectSound(page, await send(page, 'take/send', { consent: true }));
      assert.equal(pathOf(page), `/polls/${poll}/receipt`);
      await page.goto(`/answers/${poll}`);
      assert.deepEqual((await rows(page))[0][1], ['By bus']);
    });

    await step('withdraws and answers again', async () => {
      const { page } = desktop;
      await go(page, `main a[href="/answers/${poll}/withdraw"]`);
      await send(page, 'answers/withdraw');
      await page.locator('.govuk-notification-banner--success').waitFor();
      await page.goto('/answers');
      assert.equal(await page.locator(`main a[href="/answers/${poll}"]`).count(), 0, 'nothing is left of the answers');
      await page.goto(`/polls/${poll}`);
      await send(page, 'take/start');
      for (const number of [1, 2, 3, 4, 5, 6, 7]) await answer(page, number, { tripping: false });
      await expectSound(page, await send(page, 'take/send', { consent: true }));
      references.push((await page.locator('.veche-receipt__reference').innerText()).trim());
      assert.equal(pathOf(page), `/polls/${poll}/receipt`);
      assert.match(references[1], /^\S{4,}/);
    });

    await step('sees what the portal keeps, with source and mark, and states what was refused', async () => {
      const { page } = desktop;
      await page.goto('/');
      await go(page, 'header nav a[href="/account"]');
      await go(page, 'main a[href="/account/data"]');
      assert.doesNotMatch(await mainText(page), /12 April 1988|000101|alma@people/, 'what was not asked for is not there');
      await send(page, 'account/state', { gender: 'female' });
      await page.locator('.govuk-notification-banner--success').waitFor();
      assert.equal(await page.locator('input[name=gender]:checked').getAttribute('value'), 'female');
      const ledHere = `/account/data?poll=${poll}`;
      const staysAt = async (address) => {
        for (const language of ['ru', 'en']) {
          await go(page, `header button[name=language][value=${language}]`);
          assert.ok(page.url().endsWith(address), `the poll is lost on the way to ${language}: ${page.url()}`);
        }
      };
      await page.goto(ledHere);
      await staysAt(ledHere);
      const consents = `/account/consents?poll=${poll}`;
      await go(page, `main a[href="${consents}"]`);
      await staysAt(consents);
      await go(page, `main a[href="${ledHere}"]`);
    });

    await step('releases documents, but not the vehicles', async () => {
      const { page } = desktop;
      const release = page.locator('main a[href*="need="]');
      await go(page, release.last());
      await passSignIn(page, sub, { keep: ['email', 'birthdate', 'id_doc', 'vehicles'], leave: ['inn', 'snils', 'mobile'], refuse: ['vehicles'] });
      assert.ok(page.url().endsWith(`/account/data?poll=${poll}`), `the poll is lost on the way back: ${page.url()}`);
      const fact = (name) => page.locator('.govuk-summary-list__row', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) });
      assert.match(await fact('E-mail').or(fact('Email')).first().innerText(), /alma@people\.example[^]*Verified[^]*identity provider/);
      const data = await mainText(page);
      assert.match(data, /12 April 1988/);
      assert.match(data, /000101/);
      assert.doesNotMatch(data, /A000AA01|Runabout|000-000-101 00|\+70000000101/, 'what was refused here or there is not kept');
    });

    await step('revokes a consent, and the data go with it', async () => {
      const { page } = desktop;
      await page.goto('/account/consents');
      const email = page.locator('tr', { hasText: /^\s*email/ }).filter({ has: page.locator('a') });
      // Asked once more, and there is a way back.
      const asks = () => go(page, email.locator('a[href^="/account/consents/"]').first());
      await asks();
      await go(page, 'main .govuk-button-group a[href="/account/consents"]');
      await asks();
      await send(page, 'account/revoke');
      await page.locator('.govuk-notification-banner--success').waitFor();
      assert.equal(await email.count(), 0, 'a revoked consent cannot be revoked again');
      await page.goto('/account/data');
      assert.doesNotMatch(await mainText(page), /alma@people\.example/);
    });

    await step('sees who used the data, and ends the sign-in on the other device', async () => {
      const { page } = desktop;
      await page.goto('/account/access');
      assert.ok(await page.locator('main tbody tr').count() >= 2, 'both sign-ins');
      await page.goto('/account/sign-ins');
      assert.equal(await page.locator('main tbody tr').count(), 2);
      await send(page, 'account/end-sign-in');
      assert.equal(await page.locator('main tbody tr').count(), 1);
      await phone.page.goto('/answers');
      assert.equal(pathOf(phone.page), '/sign-in', 'the other device is signed out');
      assert.match(new URL(phone.page.url()).search, /return=%2Fanswers/, 'and will be back where it was');
    });

    await step('chooses a language and a look that stay', async () => {
      const { page } = desktop;
      await page.goto('/account/settings');
      await send(page, 'account/language', { language: 'ru' });
      await page.locator('.govuk-notification-banner:focus').waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), 'ru');
      await send(page, 'account/language', { language: 'en' });
      await go(page, 'header form[action="/api/language"] button');
      assert.equal(await page.locator('html').getAttribute('lang'), 'ru', 'the switch on every page');
      assert.equal(pathOf(page), '/account/settings', 'and one stays where one was');
      await go(page, 'header form[action="/api/language"] button');
      await go(page, 'header a[href^="/display"]');
      const look = await page.locator('html').getAttribute('class');
      for (const scheme of ['contrast', 'dark', 'yellow']) {
        await send(page, 'display', { size: 'larger', scheme, spacing: 'wide' });
        assert.notEqual(await page.locator('html').getAttribute('class'), look);
        if (javaScript) await axe(page);
        await page.goto(`/polls/${poll}`);
        await axe(page);
        await page.setViewportSize({ width: 320, height: 700 });
        await fitsWidth(page);
        await page.setViewportSize({ width: 1280, height: 900 });
        if (javaScript) await shot(page, `display-${scheme}`);
        await page.goto('/display');
      }
      await go(page, page.locator('form[action="/api/display"]').last().locator('button'));
      assert.equal(await page.locator('html').getAttribute('class'), look);
    });

    await step('reads the notices and downloads everything', async () => {
      const { page } = desktop;
      await page.goto('/');
      await go(page, 'header nav a[href="/notices"]');
      assert.equal(await page.locator('h1').count(), 1);
      const download = await page.context().request.get('/account/download');
      assert.equal(download.status(), 200);
      assert.match(download.headers()['content-disposition'], /attachment/);
      const everything = await download.json();
      const text = JSON.stringify(everything);
      assert.match(text, /1988-04-12/);
      assert.doesNotMatch(text, /alma@people\.example|A000AA01/, 'what was revoked or refused is not there');
      const [own] = everything.answers;
      assert.equal(everything.answers.length, 1);
      assert.equal(own.poll, poll);
      assert.equal(own.sent.reference, references[1]);
      assert.match(JSON.stringify(own.sent.answers), /More buses at night/);
    });

    await step('deletes the account: told before what stays, and nothing is found after', async () => {
      const { page } = desktop;
      await page.goto('/account');
      await go(page, 'main a[href="/account/delete"]');
      await expectFaults(page, await send(page, 'account/delete', { word: 'yes' }), ['word']);
      await expectSound(page, await send(page, 'account/delete', { word: 'DELETE' }));
      // The provider's session ends, too.
      if (await page.locator('button[name=logout]').count()) await go(page, 'button[name=logout]');
      assert.equal(new URL(page.url()).origin, portal.origin);
      assert.match(await page.locator('main [role=alert]').innerText(), /account was deleted/);
      assert.equal(await page.locator('header form[action="/auth/sign-out"]').count(), 0, 'signed out');
      await signIn(page, sub);
      await page.goto('/answers');
      assert.equal(await page.locator(`main a[href="/answers/${poll}"]`).count(), 0, 'the new account knows nothing of the old one');
      await go(page, 'header form[action="/auth/sign-out"] button');
      if (await page.locator('button[name=logout]').count()) await go(page, 'button[name=logout]');
      assert.equal(new URL(page.url()).origin, portal.origin);
      await page.goto(`/answers/${poll}`);
      assert.equal(pathOf(page), '/sign-in');
    });

    await step('no page complained', () => {
      assert.deepEqual([...desktop.problems, ...phone.problems], []);
    });
  });
}

// The last one: it closes the poll.
test('a citizen without JavaScript takes the consent back after the poll has closed', { skip, timeout: 120_000 }, async (t) => {
  const step = journey(t);
  const visit = await visitor(browser, { origin: portal.origin, javaScript: false });
  t.after(() => visit.close());
  const { page, problems } = visit;
  const offered = page.locator(`main a[href="/answers/${poll}/withdraw"]`);

  await step('answers with the separate consent', async () => {
    await signIn(page, PEOPLE[2].sub);
    await page.goto(`/polls/${poll}`);
    await send(page, 'take/start');
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await answer(page, number, { tripping: false });
    await expectSound(page, await send(page, 'take/send', { consent: true }));
    assert.equal(pathOf(page), `/polls/${poll}/receipt`);
  });

  await step('takes it back, told before what goes and what stays', async () => {
    await press(staff.initiator, poll, 'close');
    await page.goto(`/polls/${poll}`);
    assert.equal(await offered.count(), 1, 'offered on the page of the poll');
    await page.goto(`/answers/${poll}`);
    await go(page, offered);
    assert.match(await mainText(page), /cannot be undone/);
    await axe(page);
    await fitsWidth(page);
    const answer = await send(page, 'answers/withdraw');
    if (pathOf(page) === `/answers/${poll}/withdraw`) {
      // Counted since the page was read: nothing is done before it is told what it means now.
      await page.locator('.govuk-notification-banner[role=alert]').waitFor();
      await send(page, 'answers/withdraw');
    } else {
      await expectSound(page, answer);
    }
    assert.equal(pathOf(page), `/polls/${poll}`);
    await page.locator('.govuk-notification-banner--success').waitFor();
    assert.equal(await offered.count(), 0);
    await page.goto('/answers');
    assert.equal(await page.locator(`main a[href="/answers/${poll}"]`).count(), 0, 'nothing leads to the answers any more');
  });

  await step('no page complained', () => {
    assert.deepEqual(problems, []);
  });
});
