// Somebody who fetches everything that they may see, over and over, while people answer, change and withdraw. Before a
// poll closes nothing of it may move but a stored batch of interim totals, with the participation of then in tens; of a
// special category not even that.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Client } from '../lib/http.mjs';
import { isBuilt, startPortal } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';
import { endpoints, FILES, FUNCTIONS, PAGES, ROLES, wordsOf } from '../lib/surface.mjs';
import { crowd, OFFICE, STAFF } from '../lib/questionnaire.mjs';
import { until } from '../lib/wait.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';
const CROWD = crowd(72);
/** With so many responses the first batch is counted: at 50 to 59, and nobody outside knows which. */
const BATCH = 60;
/** The scheduler looks every five seconds. */
const TICKS = 12_000;

const QUESTIONS = [
  { kind: 'single_choice', ...steps.both('title', 'Which line do you take?'), ...steps.options('Red line', 'Green line', 'Blue line') },
  { kind: 'multiple_choice', ...steps.both('title', 'What do you miss there?'), ...steps.options('Seats', 'Light', 'Time'), least: 1, most: 3 },
  { kind: 'yes_no', ...steps.both('title', 'Do you travel at night?') },
];
const answersOf = (i) => [{ choice: `o${1 + (i % 3)}` }, { 'choices[]': [`o${1 + (i % 2)}`, 'o3'] }, { choice: i % 4 ? 'yes' : 'no' }];
const PLAN = ['region', 'age_band', 'gender', 'region_by_age_band'];

let provider;
let portal;
let department;
const polls = {};
/** Who watches: somebody of each role, a program with the department's token, and anybody. */
const watchers = {};
let token;

before(async () => {
  if (skip) return;
  provider = await startProvider({ people: [...STAFF, ...CROWD] });
  portal = await startPortal({ name: 'watch', provider, settings: { administrators: ['staff-administrator'] } });
  const staff = await steps.openOffice(portal, OFFICE);
  ({ department } = staff);
  for (const [name, special] of [['plain', 'none'], ['special', 'health']]) {
    const title = `A ${name} poll`;
    polls[name] = await steps.writePoll(staff.initiator, department, { title, special, plan: PLAN, questions: steps.ofItsOwn(title, QUESTIONS) });
    await steps.openPoll(staff, polls[name]);
  }
  // With a new role the first page gives the session another id, which is nothing for several requests at once.
  for (const role of ROLES) (await staff[role].get('/staff')).expect(200);
  const form = (await staff.statistician.get(`/staff/departments/${department}/tokens`)).expect(200).form(steps.formOf('tokens/create'));
  token = /veche_[\w-]+/.exec((await form.fill({ name: 'A program' }).submit()).expect(200).text)[0];
  Object.assign(watchers, {
    ...Object.fromEntries(ROLES.map((role) => [role, staff[role]])), anybody: new Client({ origin: portal.origin }),
    program: new Client({ origin: portal.origin, headers: { authorization: `Bearer ${token}`, accept: 'application/json' } }),
  });
  // What came a moment ago is new once more, however often it is looked at. The page of notices itself counts none.
  for (const role of ROLES) {
    await until('notices that were seen', async () => {
      (await staff[role].get('/notices')).expect(200);
      return !(await staff[role].get('/services')).expect(200).text.includes('veche-header__count');
    });
  }
}, { timeout: 180_000 });
after(async () => {
  await portal?.dispose();
  await provider?.close();
});

/** Every address that there is to ask of a poll and of its department, by a GET. */
function addresses(poll) {
  const values = { department, question: 'q1', number: '1', with: polls.plain };
  const filled = (text) => text.replace(/:(\w+)/g, (_, name) => (name === 'poll' ? poll : values[name]));
  const functions = [...endpoints()].filter(([, method]) => method === 'GET').map(([name]) => {
    const fields = Object.keys(FUNCTIONS[name].fields).map((field) => [field, field === 'poll' ? poll : values[field] ?? '']);
    return `/api/${name}?${new URLSearchParams(fields)}`;
  });
  const results = `/polls/${poll}/results`;
  // When a watcher was last seen is their own affair, and moves.
  return [
    ...[...Object.keys(PAGES).map(filled), ...functions].filter((address) => !/sign-ins/.test(address)),
    ...FILES.map((ending) => `${results}.${ending}`),
    ...['q1', 'q2', 'q3'].flatMap((question) => [`${results}/${question}.svg`, `${results}/${question}.png?by=region`]),
    '/polls?tab=open', '/polls?tab=results', `/staff/polls/${poll}/results?by=region`, `${results}?by=age_band`,
    '/api/v1/releases', `/api/v1/releases/${poll}`, '/api/v1/openapi.json', '/healthz',
  ];
}

/** The day in a token's `used`, and in the cell behind the day on which the token was made. */
const USED = /("used":")[^"]*|(\d{4}(?:<!>)?<\/td><td class="govuk-table__cell">)\d{1,2} [A-Z][a-z]+ \d{4}/g;

/** What the watcher's own account is sealed into for its form, by another nonce each time. */
const MARK = /(name="mark" value=|"mark":)"[0-9a-f]+"/;

/** The id of a poll to come, drawn for the form that makes it. */
const DRAWN = /((?:name="new" value=|"new":)")[0-9a-f-]+/g;

/**
 * What a watcher sees of one address: status, all that caches go by, and every byte of the words, but for the day on which
 * their own token was used last, which is another one after midnight, the mark of a form of their own, and what is drawn for
 * a form that makes a poll.
 */
async function look(watcher, address) {
  // A function that is asked for a page leads back to one, whatever it says.
  const asked = address.startsWith('/api/') ? { accept: 'application/json' } : {};
  const page = await watchers[watcher].get(address, { follow: false, headers: asked });
  assert.ok(page.status < 500, `${address}: ${page.describe()}`);
  const { etag, 'last-modified': changed, location, 'content-type': kind } = page.headers;
  const words = wordsOf(page);
  const drawn = [DRAWN, '$1DRAWN'];
  const moving = Object.entries({
    tokens: [[USED, '$1$2A DAY'], drawn], 'account/delet': [[MARK, '$1MARK']], 'account/data': [[MARK, '$1MARK']],
    [`${department}/new`]: [drawn], [`${department}/import`]: [drawn], 'editor/new': [drawn], 'editor/file': [drawn],
  }).find(([part]) => address.includes(part));
  const lasting = (moving?.[1] ?? []).reduce((text, [pattern, mark]) => text.replace(pattern, mark), words);
  return JSON.stringify({ status: page.status, etag, changed, location, kind, words: lasting });
}

/** Everything that everybody sees, once. */
async function everything(poll) {
  const seen = new Map();
  const places = Object.keys(watchers).flatMap((watcher) => addresses(poll).map((address) => [watcher, address]))
    // These have nothing to do with polls that they are not shown as staff.
    .filter(([watcher, address]) => !['administrator', 'auditor', 'reviewer'].includes(watcher) || /^\/(api\/)?(staff|editor)\b/.test(address));
  await steps.inParallel(4, places, async ([watcher, address]) => {
    seen.set(`${watcher} ${address}`, await look(watcher, address));
  });
  return seen;
}

/** Where two looks differ, with the place of the first difference. */
function differences(before, now) {
  return [...now].filter(([place, said]) => said !== before.get(place)).map(([place, said]) => {
    const old = before.get(place);
    let i = 0;
    while (said[i] === old[i]) i += 1;
    return `${place}: …${old.slice(Math.max(0, i - 60), i + 60)}… → …${said.slice(Math.max(0, i - 60), i + 60)}…`;
  });
}

/**
 * Takes out what may move: how many took part, in tens, and a batch of interim totals. Gives what is left, and how many
 * participation said.
 */
function masked(said) {
  const tens = new Set();
  const keep = (pattern, text) => text.replace(pattern, (whole, number) => {
    tens.add(Number(number));
    return whole.replace(number, 'TENS');
  });
  let text = JSON.parse(said).words;
  text = keep(/(\d+) or more/g, text).replace(/Not shown yet|TENS or more/g, 'PARTICIPATION');
  text = keep(/"(?:at_least|participation)":(\d+)/g, text).replace(/("(?:at_least|participation)":)(?:null|TENS)/g, '$1PARTICIPATION');
  text = text.replace(/<p class="govuk-body veche-figures">.*?<\/p><p class="govuk-hint">.*?<\/p>/g, (whole) => {
    // The hint below speaks of fifty, of everybody's polls.
    tens.add(Number(/\d+/.exec(whole.split('</p>')[0])?.[0] ?? 0));
    return 'FIGURES';
  });
  const live = /<section aria-labelledby="interim">.*?<\/section>/s.exec(text)?.[0] ?? /"live":\{.*?\}\]\}|"live":\{[^[]*\[\]\}/s.exec(text)?.[0];
  return { rest: live ? text.replace(live, 'LIVE') : text, tens: [...tens], live };
}

/** What must hold of any moment: only participation, in tens, and interim totals have moved. */
function assertExplained(before, now, most) {
  for (const [place, said] of now) {
    const [old, fresh] = [masked(before.get(place)), masked(said)];
    assert.ok(fresh.rest === old.rest, `something else is shown: ${differences(new Map([[place, old.rest]]), new Map([[place, fresh.rest]]))}`);
    for (const tens of fresh.tens) {
      assert.equal(tens % 10, 0, `${place}: ${tens} people`);
      // The department's page tells of both polls.
      const limit = /statistics|results\/department/.test(place) ? CROWD.length : most;
      assert.ok(tens <= limit, `${place}: ${tens} of ${limit}`);
    }
  }
}

/** What must hold of any moment of a poll of a special category: nothing has moved. */
const assertUnmoved = (before, now) => assert.deepEqual(differences(before, now).slice(0, 5), []);

const people = [];
const person = async (i) => (people[i] ??= await steps.signIn(portal, CROWD[i].sub, { need: 'region,birth_date,gender' }));
const answer = async (i, poll) => steps.takePart(await person(i), poll, answersOf(i));
const change = async (i, poll) => steps.send(await steps.answerAgain(await person(i), poll, answersOf(i + 1)));
async function withdraw(i, poll) {
  const page = (await (await person(i)).get(`/answers/${poll}/withdraw`)).expect(200);
  (await page.form(steps.formOf('answers/withdraw')).submit()).expect(200);
}
/** Waits until the interim totals are there. */
async function drawn(poll) {
  const deadline = performance.now() + 90_000;
  while (!/aria-labelledby="interim"[\s\S]*<table/.test((await watchers.anybody.get(`/polls/${poll}`)).expect(200).text)) {
    assert.ok(performance.now() < deadline, 'no batch was drawn');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

for (const name of ['plain', 'special']) {
  test(`nothing of one answer is seen of a ${name} poll`, { skip, timeout: 600_000 }, async (t) => {
    const poll = polls[name];
    const assertAt = name === 'special' ? assertUnmoved : assertExplained;
    // The first look marks the token as used today, and what is compared is to be seen on one day.
    const today = () => new Date().toISOString().slice(0, 10);
    let at;
    for (let day; day !== today();) {
      day = today();
      await everything(poll);
      at = await everything(poll);
    }
    const start = at;

    await t.test('each role is shown what is theirs', () => {
      const theirs = {
        initiator: [`/staff/polls/${poll}`, `/api/editor/poll?poll=${poll}`], statistician: [`/staff/polls/${poll}/results`],
        reviewer: ['/staff/reviews', '/api/editor/reviews?'], administrator: ['/staff/admin', `/staff/admin/${department}`, '/api/staff/admin?'],
        auditor: ['/staff/audit', '/api/staff/log?'], program: ['/api/v1/releases'],
      };
      for (const [watcher, address] of Object.entries(theirs).flatMap(([watcher, all]) => all.map((one) => [watcher, one]))) {
        assert.equal(JSON.parse(start.get(`${watcher} ${address}`)).status, 200, `${watcher} ${address}`);
      }
    });

    await t.test('while many answer, change and withdraw', async () => {
      let busy = true;
      const looks = [];
      const watching = (async () => {
        // Twice at least: the first look may be longer than everybody together takes to answer.
        while (busy || looks.length < 2) looks.push(await everything(poll));
      })();
      try {
        await steps.inParallel(3, CROWD.slice(0, 42), async (_, i) => {
          await answer(i, poll);
          if (i % 5 === 0) await change(i, poll);
          if (i % 7 === 0) {
            await withdraw(i, poll);
            await answer(i, poll);
          }
        });
      } finally {
        busy = false;
        await watching;
      }
      t.diagnostic(`${looks.length} looks at ${start.size} addresses`);
      for (const moment of looks) assertAt(start, moment, 42);
      at = await everything(poll);
      assertAt(start, at, 40);
    });

    /** Does something that nobody may see. */
    const unseen = async (what, act) => {
      await t.test(what, async () => {
        await act();
        assertUnmoved(at, await everything(poll));
      });
    };
    await unseen('one more answer', () => answer(42, poll));
    await unseen('one changes', () => change(3, poll));
    await unseen('one withdraws', () => withdraw(4, poll));
    await unseen('the same one answers again', () => answer(4, poll));

    await t.test('with enough answers for a batch', async () => {
      for (let i = 43; i < BATCH; i += 1) await answer(i, poll);
      if (name === 'plain') await drawn(poll);
      else await new Promise((resolve) => setTimeout(resolve, TICKS));
      const now = await everything(poll);
      assertAt(start, now, BATCH);
      const live = [...now].map(([place, said]) => [place, masked(said).live]).filter(([, totals]) => totals && !/"batches":0|59 responses are in/.test(totals));
      if (name === 'special') {
        assert.deepEqual(live.map(([place]) => place), [], 'interim totals of a special category');
        for (const [place, said] of now) assert.doesNotMatch(said, /aria-labelledby=\\"interim\\"|"live\\":\{/, place);
        // Nor how many took part, wherever staff are told of it. The department's page tells of the other poll, too.
        for (const [address, told] of [
          [`/staff/polls/${poll}`, /veche-figures">Not shown yet</], [`/staff/polls/${poll}/results`, />Not shown yet</],
          [`/staff/departments/${department}/statistics`, />A special poll<(?:(?!<\/tr>).)*>Not shown yet</s],
          [`/api/editor/poll?poll=${poll}`, /"participation":null/], [`/api/results/staff?poll=${poll}`, /"at_least":null/],
        ]) assert.match(JSON.parse(now.get(`initiator ${address}`)).words, told, address);
      } else {
        // The pages of staff and of everybody, and the functions behind them: the same totals.
        assert.ok(live.length >= 5, live.map(([place]) => place).join('\n'));
        const totals = new Set(live.map(([, html]) => (html.startsWith('<')
          ? [...html.matchAll(/<td[^>]*><span[^>]*>(\d+)</g)].map(([, total]) => total).join()
          : [...html.matchAll(/,(\d+)\]/g)].map(([, total]) => total).join())));
        assert.equal(totals.size, 1, [...totals].join(' | '));
      }
      at = now;
    });
    await unseen('one who is in the totals changes', () => change(10, poll));
    await unseen('answers after the batch', async () => {
      for (let i = BATCH; i < BATCH + 8; i += 1) await answer(i, poll);
    });
    await unseen('one who is in the totals withdraws', () => withdraw(11, poll));
    await unseen('and answers again', () => answer(11, poll));
    await unseen('the server starts anew', () => portal.restart());

    await unseen('the next ten', async () => {
      for (let i = BATCH + 8; i < BATCH + 12; i += 1) await answer(i, poll);
    });
  });
}
