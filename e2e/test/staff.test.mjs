// A poll's whole life, by the people whose work it is: the administrator appoints, the initiator writes, the reviewer
// returns and approves, citizens answer, the statistician reads, the auditor checks; and nobody sees more than that.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { fitsWidth, launch, visitor } from '../lib/browser.mjs';
import { SCRIPTS } from '../lib/engine.mjs';
import { expectFaults, expectSound, fill, form, go, journey, mainText, pathOf, send, sendFile, signIn } from '../lib/hand.mjs';
import { isBuilt, startPortal } from '../lib/portal.mjs';
import { ALL_TYPES, crowd, evenAnswers, NIGHT_BUS, OFFICE, questionFields, STAFF } from '../lib/questionnaire.mjs';
import { both, inDays, inParallel, published, signIn as enter, takePart } from '../lib/steps.mjs';
import { until } from '../lib/wait.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';
const CROWD = crowd(24);
const ROLES = ['administrator', 'initiator', 'reviewer', 'statistician', 'auditor'];
const DEPARTMENT = OFFICE.department;

let provider;
let browser;
before(async () => {
  if (skip) return;
  provider = await startProvider({ people: [...STAFF, ...CROWD] });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await provider?.close();
});

const idOf = (page) => /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(page.url())[0];
const done = (page) => page.locator('.govuk-notification-banner--success').waitFor();
const linkTo = (page, name) => page.locator('main').getByRole('link', { name, exact: true });
/** A button of the rows of options, or the one that saves. */
const pressed = (value) => `button[name=action][value="${value}"]:not(.govuk-visually-hidden)`;
const SAVE_QUESTION = 'editor/save-question';

/** Reads the staff code out on the page of settings, where it is made if there is none. */
async function codeOf(page) {
  await page.goto('/account/settings');
  if (await form(page, 'account/staff-code').count()) await send(page, 'account/staff-code');
  return /\b[0-9A-Z]{5}-[0-9A-Z]{5}\b/.exec(await mainText(page))[0];
}

/** Whoever typed something is asked before another form of the page, that of the language, leads away from it. */
async function staysWithItsWords(page, endpoint, name) {
  const field = form(page, endpoint).locator(`[name="${name}"]`);
  await until('the page to notice what is typed', async () => {
    await field.fill('Typed and not sent');
    return page.locator('form[data-typed]').count();
  });
  const asked = page.waitForEvent('dialog');
  const pressed = page.locator('#switch-language button').click({ noWaitAfter: true });
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.dismiss();
  await pressed;
  assert.equal(await field.inputValue(), 'Typed and not sent');
}

/** So is whoever leaves a form that came back: what is in it is not saved, though nobody has typed in it since. */
const asksForWhatCameBack = (page) => until('the page to ask for what came back', () => page.evaluate(() => {
  const leaving = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(leaving);
  return leaving.defaultPrevented;
}));

/** What goes wrong first with a question of each type: the fields, and those at fault. */
const MISTAKES = {
  single_choice: [{ 'options[1][text][en]': '', 'options[1][text][ru]': '', 'options[2][text][en]': '', 'options[2][text][ru]': '' }, ['options[0][text][en]']],
  multiple_choice: [{ least: '3', most: '2' }, ['most']],
  yes_no: [{ 'title[ru]': '' }, ['title[ru]']],
  scale: [{ to: '1', 'low[ru]': '' }, ['low[ru]', 'to']],
  number: [{ bins: '30, ten' }, ['bins']],
  date: [{ date_min: '2026-01-01', date_max: '2020-01-01' }, ['date_max']],
  short_text: [{ max_chars: 'long' }, ['max_chars']],
};

async function addQuestion(page, question) {
  await go(page, linkTo(page, 'Add a question'));
  await page.locator(`input[name=kind][value=${question.kind}]`).check();
  await go(page, 'main form button[type=submit]');
  for (const rows = question.options?.length ?? 0; await page.locator('input[name^="options["][name$="[text][en]"]').count() < rows;) {
    await send(page, SAVE_QUESTION, {}, pressed('add'));
  }
  const { kind, ...right } = questionFields(question);
  const [wrong, fields] = MISTAKES[kind];
  await expectFaults(page, await send(page, SAVE_QUESTION, { ...right, ...wrong }, pressed('save')), fields);
  const names = Object.keys(right).filter((name) => !(name in wrong) && typeof right[name] === 'string' && name !== 'order');
  for (const name of names) assert.equal(await page.locator(`[name="${name}"]`).inputValue(), right[name], `${name} is not lost`);
  await expectSound(page, await send(page, SAVE_QUESTION, right, pressed('save')));
  assert.match(pathOf(page), /\/questions$/);
}

for (const javaScript of SCRIPTS) {
  test(`a poll's life, JavaScript ${javaScript ? 'on' : 'off'}`, { skip, timeout: 300_000 }, async (t) => {
    const step = journey(t);
    const portal = await startPortal({
      name: `staff-${javaScript ? 'on' : 'off'}`, provider, settings: { administrators: ['staff-administrator'] },
    });
    t.after(() => portal.dispose());
    const at = {};
    const everybody = [];
    for (const role of ROLES) {
      const someone = await visitor(browser, { origin: portal.origin, javaScript });
      t.after(someone.close);
      everybody.push(someone);
      at[role] = someone.page;
      await signIn(at[role], `staff-${role}`);
    }
    let department;
    let poll;

    await step('the administrator makes a department and appoints', async () => {
      const page = at.administrator;
      await page.goto('/staff');
      await go(page, 'main a[href="/staff/admin"]');
      await expectFaults(page, await send(page, 'staff/create-department', { name_en: DEPARTMENT[0], name_ru: '' }), ['name_ru']);
      assert.equal(await page.locator('[name=name_en]').inputValue(), DEPARTMENT[0]);
      await expectSound(page, await send(page, 'staff/create-department', { name_en: DEPARTMENT[0], name_ru: DEPARTMENT[1], region: '01' }));
      if (pathOf(page) === '/staff/admin') await go(page, linkTo(page, DEPARTMENT[0]));
      department = idOf(page);
      await expectFaults(page, await send(page, 'staff/appoint', { code: 'AAAAA-AAAAA', role: 'initiator' }), ['code']);
      for (const role of ['initiator', 'statistician', 'reviewer', 'auditor']) {
        const inDepartment = role === 'initiator' || role === 'statistician';
        await page.goto(inDepartment ? `/staff/admin/${department}` : '/staff/admin');
        // As one types a code that was read out over the telephone.
        const code = (await codeOf(at[role])).toLowerCase().replace('-', ' ');
        await expectSound(page, await send(page, 'staff/appoint', { code, role }));
        await done(page);
      }
      assert.match(await mainText(page), /Rita|Aurora/);
      // Taken away, it counts at once; given again, too.
      await go(page, page.locator('tr', { hasText: 'Rita' }).locator('a[href^="/staff/admin/roles/"]'));
      assert.match(await mainText(page), /Reviewer.*Rita/s);
      await send(page, 'staff/remove');
      await done(page);
      assert.equal((await at.reviewer.goto('/staff/reviews')).status(), 403);
      await page.goto('/staff/admin');
      await send(page, 'staff/appoint', { code: await codeOf(at.reviewer), role: 'reviewer' });
      assert.equal((await at.reviewer.goto('/staff/reviews')).status(), 200);
    });

    await step('the initiator writes a poll, with mistakes on the way', async () => {
      const page = at.initiator;
      await page.goto('/');
      await go(page, 'header a[href="/staff"]');
      await go(page, `main a[href="/staff/departments/${department}"]`);
      await go(page, `main a[href="/staff/departments/${department}/new"]`);
      const begun = { 'languages[]': ['en', 'ru'], ...both('title', NIGHT_BUS.title), ...both('purpose', NIGHT_BUS.purpose), start: 'blank' };
      await expectFaults(page, await send(page, 'editor/create', { ...begun, 'title[ru]': '', 'purpose[en]': ' ' }), ['title[ru]', 'purpose[en]']);
      assert.equal(await page.locator('[name="title[en]"]').inputValue(), NIGHT_BUS.title[0]);
      await expectSound(page, await send(page, 'editor/create', begun));
      poll = idOf(page);
      assert.equal(await form(page, 'editor/submit').count(), 0, 'an unfinished poll cannot be sent');

      await page.goto(`/staff/polls/${poll}`);
      await go(page, `main .govuk-task-list a[href="/staff/polls/${poll}/questions"]`);
      for (const question of ALL_TYPES) await addQuestion(page, question);
      await addQuestion(page, { ...ALL_TYPES[2], title: ['Shall this be deleted?', 'Это удалить?'] });
      const titles = () => page.locator('.veche-questions__title').allTextContents();
      assert.equal((await titles()).length, 8);
      await go(page, page.locator('.veche-questions a[href$="/delete"]').last());
      await send(page, 'editor/delete-question');
      await go(page, form(page, 'editor/move-question').first().locator('button'));
      assert.equal((await titles())[1].trim(), ALL_TYPES[0].title[0], 'moved down');
      await page.locator('#question-q1:focus').waitFor();
      await go(page, form(page, 'editor/move-question').first().locator('button'));
      assert.deepEqual((await titles()).map((title) => title.trim()), ALL_TYPES.map(({ title }) => title[0]));

      // Rows of options move and go without being saved.
      await page.goto(`/staff/polls/${poll}/questions/q1`);
      await send(page, SAVE_QUESTION, {}, pressed('down-0'));
      assert.equal(await page.locator('[name="options[0][text][en]"]').inputValue(), 'By car');
      await page.locator('#option-2:focus').waitFor();
      await send(page, SAVE_QUESTION, {}, pressed('remove-0'));
      assert.equal(await page.locator('input[name^="options["][name$="[text][en]"]').count(), 2);

      await page.goto(`/staff/polls/${poll}/special`);
      await expectFaults(page, await send(page, 'editor/save-special'), ['special']);
      await expectSound(page, await send(page, 'editor/save-special', { special: 'none' }));
      await page.goto(`/staff/polls/${poll}/audience`);
      await expectFaults(page, await send(page, 'editor/save-audience', { age_from: '90', age_to: '18', unknown: 'admit' }), ['age_to']);
      await expectSound(page, await send(page, 'editor/save-audience', { age_from: '18', age_to: '', unknown: 'admit' }));
      await page.goto(`/staff/polls/${poll}/schedule`);
      const day = (days) => inDays(days).toISOString().slice(0, 10);
      const schedule = { opens_date: day(1), opens_time: '09:00', closes_date: day(30), closes_time: '18:00', retention_days: '30' };
      await expectFaults(page, await send(page, 'editor/save-schedule', { ...schedule, closes_date: day(-1), opens_date: day(-2) }), ['opens_date', 'closes_date']);
      if (javaScript) await asksForWhatCameBack(page);
      await expectFaults(page, await send(page, 'editor/save-schedule', { ...schedule, closes_date: schedule.opens_date, closes_time: '08:00' }), ['closes_date']);
      await expectSound(page, await send(page, 'editor/save-schedule', schedule));
      await page.goto(`/staff/polls/${poll}/plan`);
      await expectSound(page, await send(page, 'editor/save-plan', { 'breakdowns[]': ['region', 'gender'] }));
      await page.goto(`/staff/polls/${poll}/notice`);
      assert.match(await mainText(page), /30/, 'the notice is made of the settings');
      await page.goto(`/staff/polls/${poll}/preview/1`);
      assert.match(await mainText(page), new RegExp(ALL_TYPES[0].title[0].replace('?', '\\?')));
      await page.goto(`/staff/polls/${poll}`);
      await expectSound(page, await send(page, 'editor/submit'));
      await done(page);
    });

    await step('the questionnaire is taken away as a file, and another draft is made of it', async () => {
      const page = at.initiator;
      await page.goto(`/staff/polls/${poll}`);
      const copy = await page.context().request.get(`/staff/polls/${poll}/questionnaire.json`);
      assert.equal(copy.status(), 200);
      assert.equal(await linkTo(page, 'Download the questionnaire').getAttribute('href'), new URL(copy.url()).pathname);
      const file = await copy.json();
      assert.deepEqual(file.questions.map(({ title }) => title.en), ALL_TYPES.map(({ title }) => title[0]));
      await page.goto(`/staff/departments/${department}/new`);
      await go(page, linkTo(page, 'Start from a file'));
      await expectFaults(page, await send(page, 'editor/import'), ['file']);
      await expectFaults(page, await sendFile(page, 'editor/import', 'file', 'title: Night bus'), ['file']);
      const faulty = structuredClone(file);
      faulty.questions[0].options.splice(1);
      faulty.questions[3].title = {};
      await expectFaults(page, await sendFile(page, 'editor/import', 'file', JSON.stringify(faulty)), ['file-1', 'file-2', 'file-3']);
      assert.match(await mainText(page), /Question 1: give at least two options.*Question 4: a text is missing in one language \(Russian\)/);
      await expectSound(page, await sendFile(page, 'editor/import', 'file', await copy.text()));
      await done(page);
      assert.notEqual(idOf(page), poll);
      await go(page, `main .govuk-task-list a[href="/staff/polls/${idOf(page)}/questions"]`);
      const titles = await page.locator('.veche-questions__title').allTextContents();
      assert.deepEqual(titles.map((title) => title.trim()), ALL_TYPES.map(({ title }) => title[0]));
      await page.goto(`/staff/polls/${idOf(page)}/delete`);
      await expectSound(page, await send(page, 'editor/delete'));
      await done(page);
    });

    await step('the reviewer returns it with a reason', async () => {
      const page = at.reviewer;
      await page.goto('/staff/reviews');
      await go(page, linkTo(page, NIGHT_BUS.title[0]));
      const back = 'button[formaction$="/editor/return"]';
      await expectFaults(page, await send(page, 'editor/approve', { reason: '  ' }, back), ['reason']);
      const reason = 'Please say which lines are meant.';
      await expectFaults(page, await send(page, 'editor/approve', { reason }), ['reason']);
      assert.equal(await page.inputValue('#reason'), reason);
      await expectSound(page, await send(page, 'editor/approve', {}, back));
      await done(page);
    });

    await step('the initiator reads why, corrects, and sends it again', async () => {
      const page = at.initiator;
      await page.goto(`/staff/polls/${poll}`);
      assert.match(await mainText(page), /Please say which lines are meant\./);
      await go(page, `main .govuk-task-list a[href="/staff/polls/${poll}/basics"]`);
      if (javaScript) await staysWithItsWords(page, 'editor/save-basics', 'title[en]');
      await expectSound(page, await send(page, 'editor/save-basics', both('title', ['Night bus, lines 1 to 4', 'Ночной автобус, маршруты 1–4'])));
      await page.goto(`/staff/polls/${poll}`);
      await send(page, 'editor/submit');
      assert.equal((await page.goto(`/staff/reviews/${poll}`)).status(), 403, 'nobody reviews without the role');
    });

    await step('the reviewer approves, the initiator opens', async () => {
      await at.reviewer.goto(`/staff/reviews/${poll}`);
      await expectSound(at.reviewer, await send(at.reviewer, 'editor/approve'));
      await done(at.reviewer);
      const page = at.initiator;
      await page.goto(`/staff/polls/${poll}`);
      await go(page, `main a[href="/staff/polls/${poll}/open"]`);
      await expectSound(page, await send(page, 'editor/open'));
      await done(page);
      assert.equal((await page.goto(`/staff/polls/${poll}/questions/q1`)).status() < 400 && await form(page, SAVE_QUESTION).count(), false,
        'an open poll can no longer be written');
    });

    await step('citizens answer, and staff learn nothing before fifty have', async () => {
      const answer = async ({ sub }, i) => takePart(await enter(portal, sub), poll, evenAnswers(i));
      await inParallel(4, CROWD.slice(0, 9), answer);
      const page = at.initiator;
      await page.goto(`/staff/polls/${poll}`);
      const few = await page.locator('.veche-figures').first().innerText();
      await inParallel(4, CROWD.slice(9), (one, i) => answer(one, i + 9));
      await page.goto(`/staff/polls/${poll}`);
      const many = await page.locator('.veche-figures').first().innerText();
      assert.deepEqual([few, many], ['Not shown yet', 'Not shown yet']);
      assert.doesNotMatch(await mainText(page), /Person|Number \d/);
      await at.statistician.goto(`/staff/polls/${poll}/results`);
      assert.equal(await at.statistician.locator('main table, main svg').count(), 0, 'no results before closing');
    });

    await step('it closes, and the results are published', async () => {
      const page = at.initiator;
      await go(page, `main a[href="/staff/polls/${poll}/close"]`);
      await expectSound(page, await send(page, 'editor/close'));
      await done(page);
      await published(await enter(portal, 'staff-statistician'), poll);
    });

    await step('the statistician reads tables and a chart, and takes the figures away', async () => {
      const page = at.statistician;
      await page.goto('/staff');
      await go(page, `main a[href="/staff/departments/${department}/statistics"]`);
      await go(page, linkTo(page, 'Night bus, lines 1 to 4'));
      const text = await mainText(page);
      assert.match(text, /\b24\b/, 'the number of responses');
      assert.ok(await page.locator('main svg').count() > 0, 'a chart');
      const table = page.locator('main table', { hasText: 'By car' }).first();
      assert.match((await table.innerText()).replace(/\s+/g, ' '), /By bus.*12/s, 'and the same as a table');
      await fitsWidth(page);
      const csv = await page.locator('main a[href*=".csv?"]').first().getAttribute('href');
      const answer = await page.context().request.get(csv);
      assert.equal(answer.status(), 200);
      assert.match(answer.headers()['content-type'], /text\/csv/);
      const figures = await answer.text();
      assert.match(figures, /12/);
      assert.doesNotMatch(figures, /A word of a citizen|crowd-/);
    });

    await step('the initiator writes what was decided, and citizens read it', async () => {
      const page = at.initiator;
      await page.goto(`/staff/polls/${poll}/outcome`);
      await expectFaults(page, await send(page, 'editor/save-outcome', both('outcome', ['Two more buses.', ''])), ['outcome[ru]']);
      await expectSound(page, await send(page, 'editor/save-outcome', both('outcome', ['Two more buses.', 'Ещё два автобуса.'])));
      const citizen = await visitor(browser, { origin: portal.origin, javaScript, language: 'ru' });
      t.after(citizen.close);
      await citizen.page.goto(`/polls/${poll}/results`);
      assert.match(await mainText(citizen.page), /Ещё два автобуса/);
    });

    await step('the auditor finds what staff did, and nothing of citizens', async () => {
      const page = at.auditor;
      await page.goto('/staff');
      await go(page, 'main a[href="/staff/audit"]');
      const log = await mainText(page);
      for (const words of ['Sent a poll for review', 'Returned a poll', 'Approved a poll', 'Opened a poll', 'Closed a poll', 'Decided on results', 'Gave a role']) {
        assert.ok(log.includes(words), `the log says “${words}”`);
      }
      assert.doesNotMatch(log, /Person|crowd-|A word of a citizen/);
      await page.goto('/staff/audit?action=poll_returned');
      const returned = page.locator('main tbody tr');
      assert.equal(await returned.count(), 1);
    });

    await step('nobody of the staff sees what belongs to another role', async () => {
      const places = {
        administrator: ['/staff/admin', `/staff/admin/${department}`], reviewer: ['/staff/reviews'], auditor: ['/staff/audit'],
        initiator: [`/staff/departments/${department}`, `/staff/departments/${department}/new`, `/staff/polls/${poll}/outcome`],
        statistician: [`/staff/departments/${department}/statistics`],
      };
      for (const role of ROLES) {
        for (const [owner, paths] of Object.entries(places)) {
          for (const path of paths) {
            const status = (await at[role].goto(path)).status();
            if (role === owner) assert.equal(status, 200, `${role} at ${path}`);
            else if (!(role === 'initiator' && owner === 'statistician')) assert.ok([403, 404].includes(status), `${role} at ${path}: ${status}`);
          }
        }
        // Staff who took no part have no answers of anybody.
        await at[role].goto(`/answers/${poll}`);
        assert.doesNotMatch(await mainText(at[role]), /A word of a citizen/);
      }
    });

    await step('no page complained', () => {
      assert.deepEqual(everybody.flatMap(({ problems }) => problems), []);
    });
  });
}
