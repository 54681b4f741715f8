// Every page there is, as each kind of reader sees it, with faults shown where it has a form, in both languages: what
// must hold on all of them, and a picture of each in out/screenshots.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { fitsWidth, launch, LANGUAGE_COOKIE, visitor } from '../lib/browser.mjs';
import { attempt, form, go, send, sendFile, signIn } from '../lib/hand.mjs';
import { inspect } from '../lib/inspect.mjs';
import { isBuilt, REGIONS, startPortal } from '../lib/portal.mjs';
import { ALL_TYPES, crowd, evenAnswers, NIGHT_BUS, OFFICE, questionFields, STAFF } from '../lib/questionnaire.mjs';
import {
  approve, both, formOf, inDays, inParallel, ofItsOwn, openOffice, openPoll, press, published, save, signIn as enter, takePart, writePoll,
} from '../lib/steps.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';
const CROWD = crowd(24);
const PEOPLE = [...FEW, ...STAFF, ...CROWD];

/** Latin words that are right on Russian pages here: the test's own names, which it has in one language only. */
const KNOWN = [
  ...PEOPLE.flatMap((one) => [one.givenName, one.familyName, one.middleName, one.city, ...(one.vehicles ?? []).map(({ model }) => model)]),
  ...FEW.flatMap((one) => (one.children ?? []).flatMap(({ givenName, familyName }) => [givenName, familyName])),
  ...REGIONS.map(({ name }) => name), 'Test Operator', 'Test provider', 'English', 'Saltwick office', 'RF_PASSPORT RF PASSPORT', 'AA',
].flatMap((words) => words?.split(' ') ?? []);
const SCOPES = ['fullname', 'birthdate', 'gender', 'email', 'mobile', 'addresses', 'id_doc', 'id', 'doc', 'snils', 'inn', 'vehicles',
  'kid_fullname', 'kid', 'RF_PASSPORT'];

/** The title of a poll that is in English only: whatever a Russian page has of it is to be marked. */
const ENGLISH = 'Ferry fares';

let provider;
let portal;
let browser;
let department;
let office;
const polls = {};

before(async () => {
  if (skip) return;
  provider = await startProvider({ people: PEOPLE });
  portal = await startPortal({ name: 'pages', provider, settings: { administrators: ['staff-administrator'] } });
  const staff = await openOffice(portal, OFFICE);
  ({ department } = staff);
  office = staff;
  const write = (title, { questions = NIGHT_BUS.questions, ...settings } = {}) => writePoll(staff.initiator, department, {
    ...NIGHT_BUS, closes: inDays(30), title, questions: ofItsOwn(title, questions), ...settings,
  });
  const simple = [questionFields(ALL_TYPES[0])];
  polls.published = await write(['Bus stops', 'Автобусные остановки']);
  await openPoll(staff, polls.published);
  await inParallel(4, CROWD, async ({ sub }, i) => takePart(await enter(portal, sub), polls.published, evenAnswers(i)));
  await press(staff.initiator, polls.published, 'close');
  polls.open = await write(NIGHT_BUS.title, { special: 'political_opinion' });
  await openPoll(staff, polls.open);
  polls.answered = await write(['Street lights', 'Уличные фонари'], { questions: simple });
  await openPoll(staff, polls.answered);
  polls.regional = await write(['Harbour', 'Гавань'], { questions: simple, plan: ['gender'], audience: { 'regions[]': ['02'], age_from: 30, age_to: 90, unknown: 'refuse' } });
  await openPoll(staff, polls.regional);
  polls.scheduled = await write(['Cycle lanes', 'Велодорожки'], { questions: simple });
  await press(staff.initiator, polls.scheduled, 'submit');
  await approve(staff.reviewer, polls.scheduled);
  polls.review = await write(['Market place', 'Рыночная площадь']);
  await press(staff.initiator, polls.review, 'submit');
  polls.left = await write(['Ferry piers', 'Причалы парома']);
  await press(staff.initiator, polls.left, 'submit');
  polls.late = await write(['Bathing places', 'Места для купания']);
  polls.draft = await write(['Library hours', 'Часы работы библиотеки']);
  polls.begun = await write(['Playgrounds', 'Детские площадки'], { questions: [] });
  polls.english = await write(ENGLISH, { questions: [ALL_TYPES[0], ALL_TYPES[3]].map(questionFields) });
  const basics = (await staff.initiator.get(`/staff/polls/${polls.english}/basics`)).expect(200);
  (await basics.form(formOf('editor/save-basics')).fill({ 'languages[]': ['en'] }).submit()).expect(200);
  await openPoll(staff, polls.english);
  await published(staff.statistician, polls.published);
  await save(staff.initiator, polls.published, 'outcome', 'editor/save-outcome', both('outcome', ['Two more buses.', 'Ещё два автобуса.']));
  browser = await launch();
}, { timeout: 240_000 });
after(async () => {
  await browser?.close();
  await portal?.dispose();
  await provider?.close();
});

const sending = (endpoint, fields, button) => (page) => send(page, endpoint, fields, button);
const sendingFile = (text) => (page) => sendFile(page, 'editor/import', 'file', text);
const ANSWER = 'take/answer';
const SAVE = 'button[type=submit].govuk-button:not(.govuk-button--secondary)';

/** A page: `path`, or what to do once it is open; `status` unless it is 200; `named` as `inspect` takes it. */
const ANYBODY = () => [
  { name: 'start', path: '/' },
  { name: 'services', path: '/services' },
  { name: 'protection', path: '/protection' },
  { name: 'accessibility', path: '/accessibility' },
  { name: 'display', path: '/display' },
  { name: 'polls-open', path: '/polls' },
  { name: 'polls-mine-signed-out', path: '/polls?tab=mine' },
  { name: 'polls-results', path: '/polls?tab=results' },
  { name: 'poll-signed-out', path: `/polls/${polls.open}` },
  { name: 'poll-published', path: `/polls/${polls.published}` },
  { name: 'results', path: `/polls/${polls.published}/results` },
  { name: 'sign-in', path: '/sign-in' },
  { name: 'sign-in-for-a-poll', path: `/polls/${polls.open}`, act: (page) => go(page, 'main a.govuk-button[href^="/sign-in"]') },
  { name: 'error-not-found', path: '/nowhere', status: 404 },
  { name: 'error-no-such-poll', path: '/polls/00000000-0000-4000-8000-000000000000', status: 404 },
  { name: 'error-sign-in-not-completed', path: '/auth/callback?state=forged&code=x', status: 400 },
];

const CITIZEN = () => [
  { name: 'start-signed-in', path: '/' },
  { name: 'polls-mine', path: '/polls' },
  { name: 'poll-to-begin', path: `/polls/${polls.answered}` },
  { name: 'poll-for-others', path: `/polls/${polls.regional}` },
  ...ALL_TYPES.flatMap(({ kind }, i) => [
    {
      name: `question-${i + 1}-${kind}`, path: `/polls/${polls.open}`,
      act: async (page) => {
        // The second language begins anew.
        const discard = page.locator(`main a[href="/answers/${polls.open}/discard"]`);
        if (i === 0 && await discard.count()) {
          await go(page, discard);
          await send(page, 'answers/discard');
          await page.goto(`/polls/${polls.open}`);
        }
        await send(page, 'take/start');
        return page.goto(`/polls/${polls.open}/take/${i + 1}`);
      },
    },
    {
      name: `question-${i + 1}-${kind}-error`, path: `/polls/${polls.open}/take/${i + 1}`, status: 422,
      act: (page) => attempt(page, ANSWER, [{}, {}, {}, {}, { text: 'half an hour' }, { day: '31', month: '2', year: '2024' }, { text: 'long '.repeat(60) }][i]),
      // The next question opens only after this one was answered.
      then: sending(ANSWER, [{ choice: 'o1' }, { 'choices[]': ['o1'] }, { choice: 'no' }, { choice: '3' }, { text: '20' },
        { day: '1', month: '2', year: '2024' }, { text: '' }][i]),
    },
  ]),
  { name: 'poll-begun', path: `/polls/${polls.open}` },
  { name: 'discard', path: `/answers/${polls.open}/discard` },
  { name: 'check', path: `/polls/${polls.open}/check` },
  { name: 'check-consent-missing', path: `/polls/${polls.open}/check`, act: sending('take/send'), status: 422 },
  {
    name: 'receipt', path: `/polls/${polls.answered}`,
    act: async (page) => {
      if (!await form(page, 'take/start').count()) return page.goto(`/polls/${polls.answered}/receipt`);
      await send(page, 'take/start');
      await send(page, ANSWER, { choice: 'o1' });
      return send(page, 'take/send');
    },
  },
  { name: 'poll-answered', path: `/polls/${polls.answered}` },
  { name: 'answers', path: '/answers' },
  { name: 'own-answers', path: `/answers/${polls.answered}` },
  { name: 'withdraw', path: `/answers/${polls.answered}/withdraw` },
  { name: 'sign-in-again', path: '/sign-in' },
  { name: 'notices', path: '/notices' },
  { name: 'account', path: '/account' },
  { name: 'account-data', path: '/account/data' },
  { name: 'account-consents', path: '/account/consents' },
  {
    name: 'account-consent', path: '/account/consents',
    act: (page) => go(page, page.locator('main a[href^="/account/consents/"]').first()),
  },
  { name: 'account-access', path: '/account/access' },
  { name: 'account-sign-ins', path: '/account/sign-ins' },
  {
    name: 'account-settings', path: '/account/settings',
    // The other language names itself in its own words.
    then: async (page) => assert.equal(await page.locator('label[lang]').count(), 1),
  },
  { name: 'account-delete', path: '/account/delete' },
  { name: 'account-delete-error', path: '/account/delete', act: sending('account/delete', { word: '?' }), status: 422 },
  ...Object.entries({ poll: '', question: '/take/1', scale: '/take/2' })
    .map(([name, page]) => ({ name: `${name}-in-english`, path: `/polls/${polls.english}${page}`, named: ENGLISH })),
  {
    name: 'check-in-english', path: `/polls/${polls.english}`, named: ENGLISH,
    act: async (page) => {
      let response = await send(page, 'take/start');
      for (const answer of [{ choice: 'o1' }, { choice: '3' }]) {
        if (await form(page, ANSWER).count()) response = await send(page, ANSWER, answer);
      }
      return response;
    },
  },
  { name: 'discard-in-english', path: `/answers/${polls.english}/discard`, named: ENGLISH },
  { name: 'error-no-role', path: '/staff/audit', status: 403 },
];

const part = (poll, name) => `/staff/polls/${polls[poll]}/${name}`;

const INITIATOR = () => [
  { name: 'staff', path: '/staff' },
  // An administrator appointed them, which is listed there, too.
  { name: 'account-access-of-staff', path: '/account/access' },
  { name: 'staff-department', path: `/staff/departments/${department}` },
  { name: 'staff-new-poll', path: `/staff/departments/${department}/new` },
  {
    name: 'staff-new-poll-error', path: `/staff/departments/${department}/new`, status: 422,
    act: sending('editor/create', { 'languages[]': ['en', 'ru'], 'title[en]': 'Only in English', 'title[ru]': '' }),
  },
  { name: 'staff-import', path: `/staff/departments/${department}/import` },
  { name: 'staff-import-error', path: `/staff/departments/${department}/import`, act: sendingFile('not a questionnaire'), status: 422 },
  {
    name: 'staff-import-faulty', path: `/staff/departments/${department}/import`, status: 422,
    act: sendingFile(JSON.stringify({
      format: 'veche-questionnaire/1', languages: ['en', 'ru'], title: { en: 'Ferries' }, purpose: { en: 'Why', ru: 'Зачем' },
      questions: [{ code: 'q1', title: { en: 'One?', ru: 'Один?' }, required: true, type: 'single_choice', options: [] }],
      audience: { regions: ['99'], genders: [], unknown: 'admit' },
    })),
  },
  { name: 'staff-poll-draft-incomplete', path: `/staff/polls/${polls.begun}` },
  { name: 'staff-poll-draft', path: `/staff/polls/${polls.draft}` },
  { name: 'staff-basics', path: part('draft', 'basics') },
  { name: 'staff-basics-error', path: part('draft', 'basics'), act: sending('editor/save-basics', { 'title[en]': '' }), status: 422 },
  {
    // Somebody sent it to review meanwhile, and took it back.
    name: 'staff-basics-unsaved', path: part('late', 'basics'),
    act: async (page) => {
      await press(office.initiator, polls.late, 'submit');
      await send(page, 'editor/save-basics', { 'title[en]': '2027', 'title[ru]': '2027' });
      await press(office.initiator, polls.late, 'withdraw');
      return page.goto(part('late', 'basics'));
    },
    then: async (page) => assert.equal(await page.inputValue('[name="title[en]"]'), '2027'),
  },
  { name: 'staff-questions', path: part('draft', 'questions') },
  { name: 'staff-questions-none', path: part('begun', 'questions') },
  { name: 'staff-question-delete', path: part('draft', 'questions/q1/delete') },
  { name: 'staff-question-kind', path: part('draft', 'questions/new') },
  ...ALL_TYPES.flatMap(({ kind }, i) => [
    { name: `staff-question-${kind}`, path: part('draft', `questions/q${i + 1}`) },
    {
      name: `staff-question-${kind}-error`, path: part('draft', `questions/new?kind=${kind}`), status: 422,
      act: sending('editor/save-question', {}, SAVE),
    },
  ]),
  { name: 'staff-special', path: part('draft', 'special') },
  { name: 'staff-audience', path: part('draft', 'audience') },
  { name: 'staff-audience-error', path: part('draft', 'audience'), act: sending('editor/save-audience', { age_from: '60', age_to: '18' }), status: 422 },
  { name: 'staff-schedule', path: part('draft', 'schedule') },
  {
    name: 'staff-schedule-error', path: part('draft', 'schedule'), status: 422,
    act: sending('editor/save-schedule', { opens_date: '', closes_time: '', retention_days: 'many' }),
  },
  { name: 'staff-plan', path: part('draft', 'plan') },
  { name: 'staff-notice', path: part('draft', 'notice') },
  { name: 'staff-citizen', path: part('draft', 'citizen') },
  { name: 'staff-citizen-told', path: part('draft', 'citizen?region=&age=30&gender=female') },
  { name: 'staff-citizen-error', path: part('draft', 'citizen?region=&age=old&gender=') },
  { name: 'staff-preview', path: part('draft', 'preview/1') },
  { name: 'staff-preview-last', path: part('draft', 'preview/7') },
  { name: 'staff-delete', path: part('draft', 'delete') },
  { name: 'staff-poll-in-review', path: `/staff/polls/${polls.review}` },
  { name: 'staff-poll-scheduled', path: `/staff/polls/${polls.scheduled}` },
  { name: 'staff-open', path: part('scheduled', 'open') },
  { name: 'staff-take-back', path: part('scheduled', 'take-back') },
  { name: 'staff-poll-open', path: `/staff/polls/${polls.open}` },
  { name: 'staff-close', path: part('open', 'close') },
  ...['', '/notice', '/citizen?region=&age=30&gender=', '/preview/1', '/preview/2', '/close'].map((page) => (
    { name: `staff-in-english${page.replace(/\W+/g, '-')}`, path: `/staff/polls/${polls.english}${page}`, named: ENGLISH })),
  { name: 'staff-poll-published', path: `/staff/polls/${polls.published}` },
  { name: 'staff-outcome', path: part('published', 'outcome') },
  { name: 'staff-outcome-delete', path: part('published', 'outcome/delete') },
  { name: 'staff-outcome-error', path: part('published', 'outcome'), act: sending('editor/save-outcome', { 'outcome[en]': '' }), status: 422 },
];

/** The other button of the form that approves. */
const RETURN = 'button[formaction$="/editor/return"]';

const REVIEWER = () => [
  { name: 'reviews', path: '/staff/reviews' },
  { name: 'review', path: `/staff/reviews/${polls.review}` },
  { name: 'review-citizen', path: `/staff/reviews/${polls.review}/citizen?region=&age=30&gender=` },
  { name: 'review-preview', path: `/staff/reviews/${polls.review}/preview/1` },
  {
    name: 'review-taken-back', path: `/staff/reviews/${polls.left}`,
    act: async (page) => {
      await press(office.initiator, polls.left, 'withdraw');
      return send(page, 'editor/approve', { reason: '17.05 ≠ 15.07' }, RETURN);
    },
    then: async (page) => {
      assert.equal(await page.inputValue('#reason'), '17.05 ≠ 15.07');
      await press(office.initiator, polls.left, 'submit');
    },
  },
  { name: 'review-error', path: `/staff/reviews/${polls.review}`, act: sending('editor/approve', { reason: '' }, RETURN), status: 422 },
  { name: 'review-reason-on-approval', path: `/staff/reviews/${polls.review}`, act: sending('editor/approve', { reason: 'Which one?' }), status: 422 },
];

const STATISTICIAN = () => [
  { name: 'statistics', path: `/staff/departments/${department}/statistics` },
  { name: 'staff-results', path: `/staff/polls/${polls.published}/results` },
];

const ADMINISTRATOR = () => [
  { name: 'staff-administrator', path: '/staff' },
  { name: 'admin', path: '/staff/admin' },
  { name: 'admin-error', path: '/staff/admin', act: sending('staff/create-department', { name_en: '', name_ru: '' }), status: 422 },
  { name: 'admin-role', path: '/staff/admin', act: (page) => go(page, page.locator('main a[href^="/staff/admin/roles/"]').first()) },
  { name: 'admin-department', path: `/staff/admin/${department}` },
  {
    name: 'admin-department-error', path: `/staff/admin/${department}`, status: 422,
    act: sending('staff/appoint', { code: 'AAAAA-AAAAA', role: 'initiator' }),
  },
  {
    name: 'admin-department-changed', path: `/staff/admin/${department}`,
    act: async (page) => {
      // Somebody else was quicker.
      await form(page, 'staff/change-department').locator('[name=seen]').evaluate((field) => { field.value = 'another'; });
      return send(page, 'staff/change-department', { name_en: 'Department of rails', name_ru: 'Департамент путей' });
    },
  },
];

const AUDITOR = () => [
  { name: 'audit', path: '/staff/audit' },
  { name: 'audit-filtered', path: '/staff/audit?action=poll_opened' },
];

const EVERYTHING = 'name,birth_date,gender,email,phone,region,documents,snils,inn,vehicles,children';

const READERS = [
  { reader: 'anybody', pages: ANYBODY },
  // Who released everything, so that the pages of the account are full.
  { reader: 'a citizen', login: 'citizen-alma', need: EVERYTHING, pages: CITIZEN },
  { reader: 'an initiator', login: 'staff-initiator', pages: INITIATOR },
  { reader: 'a reviewer', login: 'staff-reviewer', pages: REVIEWER },
  { reader: 'a statistician', login: 'staff-statistician', pages: STATISTICIAN },
  { reader: 'an administrator', login: 'staff-administrator', pages: ADMINISTRATOR },
  { reader: 'an auditor', login: 'staff-auditor', pages: AUDITOR },
];

/** Most pixels of a narrow phone's height that the header may take. */
const HEADER = 120;

test('the header of a narrow phone', { skip, timeout: 60_000 }, async (t) => {
  const { page, context, problems, close } = await visitor(browser, {
    origin: portal.origin, phone: true, options: { viewport: { width: 320, height: 640 } },
  });
  t.after(close);
  for (const login of [undefined, FEW[1].sub]) {
    if (login) await signIn(page, login);
    for (const language of ['en', 'ru']) {
      await context.addCookies([{ name: LANGUAGE_COOKIE, value: language, url: portal.origin }]);
      await page.goto('/');
      // The number of notices scrolls with the sections and must not widen the page.
      assert.equal(await page.locator('.veche-header__count').count(), login ? 1 : 0);
      await fitsWidth(page);
      const height = await page.locator('.veche-header').evaluate((header) => header.offsetHeight);
      assert.ok(height <= HEADER, `${height} px, ${login ?? 'signed out'}, ${language}`);
    }
  }
  assert.deepEqual(problems, []);
});

/** Least pixels of a finger. */
const FINGER = 44;

test('the longest scale: each step a finger wide, its number on one line', { skip, timeout: 60_000 }, async (t) => {
  const { page, problems, close } = await visitor(browser, { origin: portal.origin });
  t.after(close);
  await signIn(page, FEW[1].sub);
  for (const width of [1280, 641, 320]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`/polls/${polls.english}/take/2`);
    // As a scale from 0 to 20 has them; the poll's own has fewer.
    const labels = await page.locator('.veche-scale__points').evaluate((points) => {
      const [first] = points.children;
      points.replaceChildren(...Array.from({ length: 21 }, (_, step) => {
        const point = first.cloneNode(true);
        point.querySelector('label').textContent = String(step);
        return point;
      }));
      return [...points.querySelectorAll('label')].map((label) => {
        const words = document.createRange();
        words.selectNodeContents(label);
        return { lines: words.getClientRects().length, width: label.offsetWidth, height: label.offsetHeight };
      });
    });
    for (const [step, label] of labels.entries()) {
      assert.equal(label.lines, 1, `${step} at ${width} px`);
      assert.ok(label.width >= FINGER && label.height >= FINGER, `${step} at ${width} px: ${label.width} × ${label.height}`);
    }
    await fitsWidth(page);
  }
  assert.deepEqual(problems, []);
});

/** A visitor with these display settings, as the cookie has them. */
async function looking(t, display, settings = {}) {
  const visit = await visitor(browser, { origin: portal.origin, ...settings });
  t.after(visit.close);
  await visit.context.addCookies([{ name: 'display', value: display, url: portal.origin }]);
  return visit.page;
}

test('in dark colours of the system the bar of progress shows how far one is', { skip, timeout: 60_000 }, async (t) => {
  const page = await looking(t, 'normal.standard.normal');
  await signIn(page, FEW[1].sub);
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
  await page.goto(`/polls/${polls.english}/take/1`);
  const bar = await page.locator('.veche-progress__bar').evaluate((element) => getComputedStyle(element).backgroundColor);
  assert.notEqual(bar, 'rgb(255, 255, 255)', 'as what is done');
});

test('in two colours an edge tells what has the focus', { skip, timeout: 60_000 }, async (t) => {
  for (const scheme of ['contrast', 'dark', 'yellow']) {
    const page = await looking(t, `normal.${scheme}.normal`);
    await page.goto('/display');
    await page.keyboard.press('Tab');
    for (const selector of ['main .govuk-button', '.veche-header__sign-in']) {
      const element = page.locator(selector).first();
      await element.focus();
      const { color, style } = await element.evaluate((focused) => {
        const { outlineColor, outlineStyle } = getComputedStyle(focused);
        return { color: outlineColor, style: outlineStyle };
      });
      assert.equal(style, 'solid', `${selector}, ${scheme}`);
      assert.notEqual(color, 'rgba(0, 0, 0, 0)', `${selector}, ${scheme}`);
    }
  }
});

test('in large letters the word between options is whole', { skip, timeout: 60_000 }, async (t) => {
  const page = await looking(t, 'large.standard.normal', { language: 'ru' });
  await signIn(page, 'staff-initiator');
  await page.goto(part('draft', 'preview/2'));
  const lines = await page.locator('.govuk-checkboxes__divider').evaluate((divider) => {
    const words = document.createRange();
    words.selectNodeContents(divider);
    return words.getClientRects().length;
  });
  assert.equal(lines, 1);
});

test('in the largest letters on a narrow phone no figure covers another', { skip, timeout: 60_000 }, async (t) => {
  const page = await looking(t, 'larger.standard.wide');
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto(`/polls/${polls.published}/results`);
  const stacks = await page.locator('.veche-chart__stack').evaluateAll((all) => all.map((stack) => {
    const places = [...stack.querySelectorAll('text')].map((text) => text.getBoundingClientRect()).sort((one, other) => one.left - other.left);
    return places.filter(({ left }, i) => i > 0 && left < places[i - 1].right).length;
  }));
  assert.ok(stacks.length > 0, 'a stacked bar');
  assert.deepEqual(stacks.filter(Boolean), []);
});

// What a citizen does on the way is done once: the second language finds it done.
for (const { reader, login, need, pages } of READERS) {
  test(`pages of ${reader}`, { skip, timeout: 600_000 }, async (t) => {
    const { page, context, problems, close } = await visitor(browser, { origin: portal.origin });
    t.after(close);
    if (login) await signIn(page, login, { need });
    const links = new Set();
    for (const language of ['en', 'ru']) {
      await context.addCookies([{ name: LANGUAGE_COOKIE, value: language, url: portal.origin }]);
      for (const { name, path, act, then, named, status = 200 } of pages()) {
        await t.test(`${name}, ${language}`, async () => {
          const opened = await page.goto(path);
          const response = act ? await act(page) : opened;
          // Nothing was sent where the page found the faults itself.
          if (response) assert.equal(response.status(), status, page.url());
          for (const link of await inspect(page, { name, language, named, known: [...KNOWN, ...SCOPES] })) links.add(link);
          assert.deepEqual(problems.splice(0), [], 'the browser has nothing to complain of');
          if (then) await then(page);
        });
      }
    }
    await t.test('every link leads somewhere', async () => {
      const dead = [];
      for (const link of links) {
        const response = await context.request.get(link, { maxRedirects: 5, headers: { accept: 'text/html' } });
        if (!response.ok()) dead.push(`${response.status()} ${link}`);
      }
      assert.deepEqual(dead, []);
    });
  });
}
