// Statistics in use: a new statistician's way to a table that answers a question, without help; and the pages of
// comparison, tokens and interim totals, in both languages, phone and desktop.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { launch, LANGUAGE_COOKIE, visitor } from '../lib/browser.mjs';
import { go, passSignIn, send, signIn } from '../lib/hand.mjs';
import { Client } from '../lib/http.mjs';
import { inspect } from '../lib/inspect.mjs';
import { isBuilt, REGIONS, startPortal } from '../lib/portal.mjs';
import { ALL_TYPES, crowd, OFFICE, questionFields, STAFF } from '../lib/questionnaire.mjs';
import * as steps from '../lib/steps.mjs';
import { sheetsOf } from '../lib/workbook.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

/** Two thirds live in the first region; half are young, half are old. */
const CROWD = crowd(60).map((one, i) => ({
  ...one, region: REGIONS[i < 40 ? 0 : 1], birthDate: `${i % 2 ? 1958 : 1996}-03-01`,
}));
const QUESTION = questionFields(ALL_TYPES[0]);
const KNOWN = [...REGIONS.map(({ name }) => name), 'Test provider', 'Test Operator', 'Quarterly report'].flatMap((words) => words.split(' '));

let provider;
let portal;
let browser;
let department;
const polls = {};

before(async () => {
  if (skip) return;
  provider = await startProvider({ people: [...STAFF, ...CROWD] });
  portal = await startPortal({ name: 'statistics', provider, settings: { administrators: ['staff-administrator'] } });
  const staff = await steps.openOffice(portal, OFFICE);
  ({ department } = staff);
  const people = [];
  const ask = async (title, questions = [QUESTION]) => {
    const poll = await steps.writePoll(staff.initiator, department, { title, purpose: ['To plan the buses', 'Чтобы спланировать автобусы'], questions, plan: ['region', 'age_band', 'region_by_age_band'], closes: steps.inDays(30) });
    await steps.openPoll(staff, poll);
    await steps.inParallel(4, CROWD, async ({ sub }, i) => {
      people[i] ??= await steps.signIn(portal, sub, { need: 'region,birth_date,gender' });
      await steps.takePart(people[i], poll, [{ choice: ['o1', 'o2', i % 4 ? 'o2' : 'o3'][i % 2 + (i % 8 > 5 ? 1 : 0)] }]);
    });
    return poll;
  };
  for (const [name, title] of [['earlier', ['Ways to work', 'Дорога на работу']], ['later', ['Ways to work, again', 'Дорога на работу, ещё раз']]]) {
    polls[name] = await ask(title);
    await steps.press(staff.initiator, polls[name], 'close');
    await steps.published(staff.statistician, polls[name]);
  }
  const lights = ['Lights', 'Фонари'];
  polls.live = await ask(lights, steps.ofItsOwn(lights, [QUESTION]));
  polls.none = await steps.writePoll(staff.initiator, department, { title: ['Benches', 'Скамейки'], purpose: ['To plan the park', 'Чтобы спланировать парк'], questions: steps.ofItsOwn(['Benches', 'Скамейки'], [QUESTION]) });
  await steps.openPoll(staff, polls.none);
  const deadline = performance.now() + 90_000;
  while (!(await staff.statistician.get(`/polls/${polls.live}`)).one('section[aria-labelledby=interim] table')) {
    assert.ok(performance.now() < deadline, 'no batch was drawn');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  browser = await launch();
}, { timeout: 240_000 });
after(async () => {
  await browser?.close();
  await portal?.dispose();
  await provider?.close();
});

/** Clicks after signing in until the file is there. */
const STEPS = 5;

test('from sign-in to a table of answers by age in my region', { skip, timeout: 120_000 }, async (t) => {
  for (const [language, words] of Object.entries({
    en: { signIn: 'Sign in', staff: 'For staff', statistics: /^Statistics of the department/, poll: 'Ways to work, again', by: 'By region and age', file: /^Download all tables \(Excel\)/, sheet: 'By region and age', option: 'By bus', columns: ['Region', 'Age', 'Answer'] },
    ru: { signIn: 'Войти', staff: 'Сотрудникам', statistics: /^Статистика ведомства/, poll: 'Дорога на работу, ещё раз', by: 'По регионам и возрасту', file: /^Скачать все таблицы \(Excel\)/, sheet: 'По регионам и возрасту', option: 'На автобусе' },
  })) {
    const { page, problems, close } = await visitor(browser, { origin: portal.origin, language });
    t.after(close);
    let loads = 0;
    page.on('load', () => { loads += 1; });
    // The portal's address is all that one has to know; from here on only what stands on the pages.
    await page.goto('/');
    const started = performance.now();
    const taken = [];
    /** What a person would find and press: by its words, and in sight. */
    const press = async (role, name, { within = page, away = true } = {}) => {
      const target = within.getByRole(role, { name, exact: typeof name === 'string' }).first();
      await target.waitFor({ state: 'visible' });
      taken.push(`${role} ${name}`);
      if (away) await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), target.click()]);
      else await target.click();
    };
    await press('link', words.signIn);
    await passSignIn(page, 'staff-statistician');
    const signedIn = taken.length;
    const before = loads;
    await press('link', words.staff);
    await press('link', words.statistics);
    await press('link', words.poll);
    await press('link', words.by);
    // The answer stands on the page…
    const table = page.locator('main table').filter({ hasText: words.option }).first();
    assert.match((await table.innerText()).replace(/\s+/g, ' '), /Northern Shore/);
    // …and in the file.
    const [download] = await Promise.all([page.waitForEvent('download'), press('link', words.file, { away: false })]);
    const file = readFileSync(await download.path());
    const seconds = (performance.now() - started) / 1000;
    t.diagnostic(`${language}: ${taken.length - signedIn} clicks after signing in, ${loads - before} pages, ${seconds.toFixed(1)} s with sign-in`);
    assert.match(download.suggestedFilename(), /\.xlsx$/);
    const rows = sheetsOf(file).get(words.sheet);
    assert.ok(rows, `a sheet “${words.sheet}”: ${[...sheetsOf(file).keys()].join(', ')}`);
    const mine = rows.filter((row) => row.includes('Northern Shore') && row.includes(words.option));
    assert.equal(new Set(mine.map((row) => row.join())).size, 2, 'two age bands of my region');
    assert.ok(taken.length - signedIn <= STEPS, taken.join(' → '));
    assert.ok(loads - before <= STEPS - 1, `${loads - before} pages`);
    assert.deepEqual(problems, []);
  }
});

test('interim totals are the same for everybody and for staff', { skip }, async () => {
  const statistician = await steps.signIn(portal, 'staff-statistician');
  const figures = (page) => page.expect(200).textsOf('section[aria-labelledby=interim] td');
  const anybody = figures(await new Client({ origin: portal.origin }).get(`/polls/${polls.live}`));
  assert.equal(anybody.length, 3, 'a total for each option');
  assert.deepEqual(figures(await statistician.get(`/staff/polls/${polls.live}/results`)), anybody);
});

/** To where it is asked once more. */
const revoking = (page) => go(page, page.locator('main a[href*="/tokens/"]').first());

const READERS = [
  {
    reader: 'anybody', pages: () => [
      { name: 'poll-live', path: `/polls/${polls.live}` },
      { name: 'poll-live-none', path: `/polls/${polls.none}` },
      { name: 'poll-live-filter', path: `/polls/${polls.live}?region=01`, status: 404 },
      { name: 'results-to-compare', path: `/polls/${polls.later}/results` },
      { name: 'results-by-two', path: `/polls/${polls.later}/results?by=region_by_age_band` },
      { name: 'results-filter', path: `/polls/${polls.later}/results?region=01`, status: 404 },
      { name: 'comparison', path: `/polls/${polls.earlier}/compare?with=${polls.later}` },
      { name: 'comparison-by-age', path: `/polls/${polls.earlier}/compare?with=${polls.later}&by=age_band` },
      { name: 'comparison-by-two', path: `/polls/${polls.earlier}/compare?with=${polls.later}&by=region_by_age_band` },
      { name: 'comparison-not-planned', path: `/polls/${polls.earlier}/compare?with=${polls.later}&by=gender`, status: 404 },
    ],
  },
  {
    reader: 'a statistician', login: 'staff-statistician', pages: () => [
      { name: 'statistics-running', path: `/staff/departments/${department}/statistics` },
      { name: 'staff-results-live', path: `/staff/polls/${polls.live}/results` },
      { name: 'staff-results-filter', path: `/staff/polls/${polls.live}/results?by=region`, status: 404 },
      { name: 'staff-results-by-two', path: `/staff/polls/${polls.later}/results?by=region_by_age_band` },
      { name: 'tokens-error', path: `/staff/departments/${department}/tokens`, act: (page) => send(page, 'tokens/create', { name: '' }), status: 422 },
      { name: 'tokens-new', path: `/staff/departments/${department}/tokens`, act: (page) => send(page, 'tokens/create', { name: 'Quarterly report' }) },
      { name: 'tokens', path: `/staff/departments/${department}/tokens` },
      { name: 'token-revocation', path: `/staff/departments/${department}/tokens`, act: (page) => revoking(page) },
      { name: 'tokens-revoked', path: `/staff/departments/${department}/tokens`, act: (page) => revoking(page).then(() => send(page, 'tokens/revoke')) },
    ],
  },
];

for (const { reader, login, pages } of READERS) {
  test(`statistics as ${reader} sees them`, { skip, timeout: 300_000 }, async (t) => {
    const { page, context, problems, close } = await visitor(browser, { origin: portal.origin });
    t.after(close);
    if (login) await signIn(page, login);
    for (const language of ['en', 'ru']) {
      await context.addCookies([{ name: LANGUAGE_COOKIE, value: language, url: portal.origin }]);
      for (const { name, path, act, status = 200 } of pages()) {
        await t.test(`${name}, ${language}`, async () => {
          const opened = await page.goto(path);
          const response = act ? await act(page) : opened;
          assert.equal(response.status(), status, page.url());
          const token = /veche_[\w-]+/g;
          const known = [...KNOWN, ...((await page.locator('main').innerText()).match(token) ?? []).flatMap((one) => one.match(/[A-Za-z]{2,}/g) ?? [])];
          await inspect(page, { name, language, known });
          assert.deepEqual(problems.splice(0), [], 'the browser has nothing to complain of');
        });
      }
    }
  });
}
