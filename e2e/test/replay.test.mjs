// The main job, end to end, with real answers: a department writes a poll, a second person approves it, 944 people sign
// in and answer, the poll closes, and what is published is what they said: to the person in the headlines, and never
// more than 5 off in the breakdowns, where no row of under 10 people may be seen at all.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { AGE_BANDS, asPeople, breakdown, headline, PLACES, QUESTIONS, respondents } from '../lib/anes.mjs';
import { Client } from '../lib/http.mjs';
import { startPortal } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';
import { startProvider } from '../provider/provider.mjs';

/** How many people answer at the same time. */
const HANDS = 8;
/** The most by which a number in a breakdown may differ from the truth, and the largest that is never published. */
const MOST_NOISE = 5;
const NEVER_UP_TO = 2;
const LEAST_ROW = 10;

/** Instead of how many took part. */
const NOT_SHOWN = 'Not shown yet';

const CODES = Object.keys(QUESTIONS);
const rows = respondents();
const regions = Object.fromEntries(PLACES.map(({ name }, i) => [name, { code: `place-${i + 1}`, name: `Place of ${name}` }]));
const regionOf = (row) => regions[row.place].code;

/** A scale's options are its steps; a choice's are named `o1`, `o2`, … in their order. */
const optionOf = (question, value) => (question === 'expected_vote' ? `o${value + 1}` : String(value));

const scale = (question) => {
  const { text, values, labels } = QUESTIONS[question];
  return {
    kind: 'scale', ...steps.both('title', text), from: values[0], to: values.at(-1),
    ...steps.both('low', labels[0]), ...steps.both('high', labels.at(-1)),
  };
};

let provider;
let portal;
let office;
let poll;
let csv;

before(async () => {
  const people = [
    ...asPeople(rows, { today: new Date(), regions }),
    ...['boss', 'writer', 'second'].map((sub) => ({ sub, givenName: sub, familyName: 'Staff', birthDate: '1980-05-05' })),
  ];
  provider = await startProvider({ variant: 'A', people });
  portal = await startPortal({
    name: 'replay', provider, settings: { administrators: ['boss'], regions: Object.values(regions) },
  });
});
after(async () => {
  await portal?.dispose();
  await provider?.close();
});

test('a department writes the poll, a second person approves it, it opens', async () => {
  office = await steps.openOffice(portal, {
    administrator: 'boss', department: 'Election studies', staff: { initiator: 'writer', reviewer: 'second' },
  });
  poll = await steps.writePoll(office.initiator, office.department, {
    title: 'The election of 1996',
    special: 'political_opinion',
    plan: ['region', 'age_band', 'gender', 'region_by_age_band'],
    questions: [
      { kind: 'single_choice', ...steps.both('title', QUESTIONS.expected_vote.text), ...steps.options(...QUESTIONS.expected_vote.labels) },
      ...CODES.slice(1).map(scale),
    ],
  });
  await steps.openPoll(office, poll);
  const page = (await new Client({ origin: portal.origin }).get('/polls?tab=open')).expect(200);
  assert.ok(page.one(`a[href="/polls/${poll}"]`), page.describe());
});

test('944 people sign in and answer', { timeout: 15 * 60_000 }, async (t) => {
  const started = performance.now();
  const references = new Set();
  const slowest = { signIn: 0, answer: 0 };
  const timed = async (what, work) => {
    const from = performance.now();
    const result = await work();
    slowest[what] = Math.max(slowest[what], performance.now() - from);
    return result;
  };
  await steps.inParallel(HANDS, rows, async (row) => {
    const person = new Client({ origin: portal.origin });
    const page = (await person.get(`/polls/${poll}`)).expect(200);
    const back = await timed('signIn', async () =>
      steps.passSignIn(await page.click('main a[href^="/sign-in"]'), row.sub));
    assert.equal(back.expect(200).path, `/polls/${poll}`);
    const answers = CODES.map((question) => ({ choice: optionOf(question, row[question]) }));
    const receipt = await timed('answer', async () => steps.send(await steps.answerAll(await steps.beginAt(back), answers)));
    const reference = steps.referenceOf(receipt);
    assert.ok(reference, receipt.describe());
    references.add(reference);
    if (references.size === 100) {
      const staff = (await office.initiator.get(`/staff/polls/${poll}`)).expect(200);
      assert.equal(staff.textOf('.veche-figures'), NOT_SHOWN);
    }
  });
  const seconds = (performance.now() - started) / 1000;
  t.diagnostic(`${rows.length} people in ${seconds.toFixed(1)} s: ${(rows.length / seconds).toFixed(1)} a second, ${HANDS} at once; `
    + `slowest sign-in ${slowest.signIn.toFixed(0)} ms, slowest questionnaire ${slowest.answer.toFixed(0)} ms; `
    + `${(portal.memory() / 2 ** 20).toFixed(0)} MB of memory`);
  assert.equal(references.size, rows.length, 'every reference is one of its own');
});

test('of a special category nothing is known before the end', async () => {
  const anyone = new Client({ origin: portal.origin });
  for (const path of ['results', 'results.csv']) (await anyone.get(`/polls/${poll}/${path}`)).expect(404);
  const staff = (await office.initiator.get(`/staff/polls/${poll}`)).expect(200);
  assert.equal(staff.textOf('.veche-figures'), NOT_SHOWN);
});

test('the poll closes and is published without anybody doing it', async () => {
  await steps.press(office.initiator, poll, 'close');
  await steps.published(new Client({ origin: portal.origin }), poll, { timeout: 120_000 });
  const file = (await new Client({ origin: portal.origin }).get(`/polls/${poll}/results.csv`)).expect(200);
  assert.match(file.headers['content-type'], /text\/csv/);
  const [columns, ...lines] = steps.parseCsv(file.text);
  csv = lines.map((line) => Object.fromEntries(columns.map((name, i) => [name, line[i]])));
  csv.questions = [...new Set(csv.map((line) => line.question).filter(Boolean))];
  assert.equal(csv.questions.length, CODES.length);
});

/** Lines of a question's headline, or of one of its breakdowns. */
const linesOf = (question, by = '') => csv.filter((line) =>
  line.question === csv.questions[CODES.indexOf(question)] && line.breakdown === by);

test('944 responses, and every headline exactly as the file has it', () => {
  const [all] = csv.filter((line) => line.question === '' && line.breakdown === '');
  assert.equal(all.count, '944');
  for (const question of CODES) {
    const lines = linesOf(question);
    assert.deepEqual(lines.map((line) => line.option), QUESTIONS[question].values.map((value) => optionOf(question, value)), question);
    assert.deepEqual(lines.map((line) => Number(line.count)), headline(rows, question), question);
    for (const line of lines) {
      assert.equal(line.base, '944');
      assert.equal(line.exact, 'true');
    }
  }
});

const BREAKDOWNS = {
  region: regionOf,
  age_band: (row) => row.ageBand,
  gender: () => 'not-stated',
  region_by_age_band: (row) => `${regionOf(row)} ${row.ageBand}`,
};
const keyOf = (line) => [line.region, line.age_band, line.gender].filter(Boolean).join(' ');

for (const [by, category] of Object.entries(BREAKDOWNS)) {
  test(`by ${by}: rows of ten and more, no cell of one or two, none more than five off`, (t) => {
    const published = new Set();
    let off = 0;
    // Of whom everything is told as it is: what the headline says exactly is not said again with noise.
    let everybody = 0;
    for (const question of CODES) {
      const truth = breakdown(rows, question, category);
      for (const line of linesOf(question, by)) {
        const row = truth.get(keyOf(line));
        assert.ok(row, `${keyOf(line)} is nobody`);
        assert.ok(row.total >= LEAST_ROW, `${keyOf(line)} has ${row.total} people`);
        published.add(keyOf(line));
        const i = QUESTIONS[question].values.findIndex((value) => optionOf(question, value) === line.option);
        // Beside a share at an end no count is told.
        assert.equal(line.count === '', /[<>]/.test(line.percent), `${keyOf(line)}: ${line.count}, ${line.percent}`);
        const told = line.count === '' ? [] : [[Number(line.count), row.counts[i]]];
        for (const [shown, true_] of [...told, [Number(line.base), row.total]]) {
          assert.ok(Number.isInteger(shown) && (shown === 0 || shown > NEVER_UP_TO), `${shown} in ${keyOf(line)}`);
          assert.ok(Math.abs(shown - true_) <= MOST_NOISE, `${shown} for ${true_} in ${keyOf(line)}`);
          if (row.total === rows.length) {
            assert.equal(shown, true_, 'everybody');
            everybody += 1;
          } else if (shown !== true_) {
            off += 1;
          }
        }
        assert.equal(line.exact, 'false');
      }
    }
    assert.ok(published.size > 0, 'some rows are published');
    if (by === 'gender') assert.ok(everybody > 0 && published.size === 1, 'nobody said what gender they are');
    else assert.ok(off > 0 && everybody === 0, 'the numbers were changed');
    const small = [...breakdown(rows, CODES[0], category)].filter(([, { total }]) => total < LEAST_ROW);
    for (const [key] of small) assert.equal(published.has(key), false, key);
    t.diagnostic(`${published.size} rows published, ${small.length} of under ${LEAST_ROW} people withheld`);
  });
}

test('nobody stated a gender: they are one row of their own, and there are no women and no men', () => {
  const lines = csv.filter((line) => line.breakdown === 'gender');
  assert.deepEqual([...new Set(lines.map((line) => line.gender))], ['not-stated']);
});

test('the same people get the same number in every table', () => {
  // A region's denominator is the same set of people in each question, and in the table of participation.
  for (const region of Object.values(regions)) {
    const numbers = new Set(csv.filter((line) => line.breakdown === 'region' && line.region === region.code)
      .map((line) => line.base));
    assert.equal(numbers.size, 1, [...numbers].join());
  }
});

/** Tables of a page as rows of cells. */
const figures = (page, selector) => page.all(selector).map(rowsOf);

function rowsOf(table) {
  const text = (node) => (node.type === 'text' ? node.data : (node.children ?? []).map(text).join(' '));
  const cells = (row) => row.children.filter((cell) => cell.name === 'th' || cell.name === 'td')
    .map((cell) => text(cell).replace(/\s+/g, ' ').trim());
  const found = [];
  const walk = (node) => {
    if (node.name === 'tr') found.push(cells(node));
    else for (const child of node.children ?? []) walk(child);
  };
  walk(table);
  return found;
}

/** `1,234`, `1 234` → 1234 */
const number = (text) => Number(text.replace(/[^0-9]/g, ''));

test('screen and file agree', async () => {
  const anyone = new Client({ origin: portal.origin });
  const page = (await anyone.get(`/polls/${poll}/results`)).expect(200);
  assert.match(page.textOf('main'), /944/);
  const tables = figures(page, 'main table');
  assert.equal(tables.length, CODES.length);
  CODES.forEach((question, i) => {
    const options = tables[i].slice(1, -1);
    assert.deepEqual(options.map(([, count]) => number(count)), linesOf(question).map((line) => Number(line.count)), question);
  });

  for (const by of Object.keys(BREAKDOWNS)) {
    const shown = (await anyone.get(`/polls/${poll}/results?by=${by}`)).expect(200);
    const heads = by.includes('_by_') ? 2 : 1;
    // Three columns have the headlines (answer, people, share) and participation.
    const ofQuestions = figures(shown, 'main table').filter(([header]) => header.length > 3);
    assert.equal(ofQuestions.length, CODES.length, `${by}: ${ofQuestions.length} tables`);
    CODES.forEach((question, i) => {
      assert.equal(ofQuestions[i][0].length, heads + 1 + QUESTIONS[question].values.length, `${by} ${question}`);
      const file = linesOf(question, by);
      const onScreen = ofQuestions[i].slice(1, -1).flatMap((row) =>
        row.slice(heads + 1).map((cell) => ({ base: number(row[heads]), count: /withheld$|скрыто$/.test(cell) ? null : number(cell.split(' ').at(-1)) })));
      assert.deepEqual(onScreen, file.map((line) => ({ base: Number(line.base), count: line.count === '' ? null : Number(line.count) })), `${by} ${question}`);
    });
  }
});

test('what is not in the plan cannot be asked, on screen or as a file', async () => {
  const anyone = new Client({ origin: portal.origin });
  for (const query of ['by=age_band_by_gender', 'by=everything', 'region=place-1', 'filter=x', 'age_band=18-24']) {
    (await anyone.get(`/polls/${poll}/results?${query}`)).expect(404);
    (await anyone.get(`/polls/${poll}/results.csv?${query}`)).expect(404);
  }
});

test('the age bands of the file are those of the portal', () => {
  const bands = new Set(csv.map((line) => line.age_band).filter(Boolean));
  for (const band of bands) assert.ok(AGE_BANDS.some((start) => band.startsWith(String(start))), band);
});
