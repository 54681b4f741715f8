// The workbooks as an office program opens them: every sheet, every cell, and nothing to complain of.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { missing, open } from '../lib/office.mjs';
import { isBuilt } from '../lib/portal.mjs';
import { code, FACETS, LANGUAGES, sentences, share, startDemonstration } from '../lib/publication.mjs';

const skip = isBuilt() ? missing() ?? false : 'the portal is not built';

let publication;
before(async () => {
  if (skip) return;
  publication = await startDemonstration('office');
}, { timeout: 120_000 });
after(() => publication?.portal.dispose());

/**
 * What the program says of a right file: `ignoredErrors` (ISO/IEC 29500-1, 18.3.1.51) tells Excel that codes which look like
 * numbers are meant to be text, and this program does not know it.
 */
const KNOWN = { xlsx: /^Unexpected element 'ignoredErrors' in state : worksheet$/, ods: /^$/ };

/** A share as a cell has it, in the table's way. */
const asTable = (cell) => (cell === '' ? '' : /^[\d.]+$/.test(cell) ? String(Math.round(Number(cell) * 100)) : share(cell));

/** What a page's text is made of: white space of any kind is one space. */
const plain = (text) => text.replace(/\s+/g, ' ');

/** The columns whose cells are numbers; codes are text, or `01` would become 1. A share at an end is in words. */
const NUMBERS = ['count', 'base'];

/** The sheets with figures that the table's lines make: columns and rows of texts. */
function wantedSheets(lines, { title, yes, no, headlines, participation, breakdowns }) {
  const exact = (line) => (line.exact === 'true' ? yes : no);
  const facets = (names) => names.flatMap((facet) => [[facet, (line) => code(line[facet])], [`${facet}_label`, (line) => code(line[`${facet}_label`])]]);
  const sheet = (columns, rows) => ({ keys: columns.map(([key]) => key), rows: [columns.map(([key]) => title(key)), ...rows.map((line) => columns.map(([, value]) => value(line)))] });
  const sheets = new Map();
  for (const [by, name] of [['', headlines], ...breakdowns]) {
    const mine = lines.filter((line) => line.question && line.breakdown === by);
    if (!mine.length) continue;
    sheets.set(name, sheet([
      ['question', (line) => code(line.question)], ['question_text', (line) => code(line.question_text)],
      ...facets(FACETS.filter((facet) => by.split('_by_').includes(facet))),
      ['option', (line) => code(line.option)], ['option_label', (line) => code(line.option_label)],
      ['count', (line) => line.count], ['percent', (line) => line.percent], ['base', (line) => line.base],
      ...(by ? [] : [['exact', exact]]),
    ], mine));
  }
  const names = new Map([['', headlines], ...breakdowns]);
  sheets.set(participation, sheet([
    ['breakdown', (line) => names.get(line.breakdown)], ...facets(FACETS), ['count', (line) => line.count], ['exact', exact],
  ], lines.filter((line) => !line.question)));
  return sheets;
}

for (const ending of ['xlsx', 'ods']) {
  test(`an office program opens ${ending.toUpperCase()}`, { skip, timeout: 120_000 }, async (t) => {
    let cells = 0;
    const outcomes = [];
    let lacking = 0;
    for (const language of LANGUAGES) {
      const titles = sentences(language, 'exports');
      const words = sentences(language, 'results');
      const common = sentences(language, 'common');
      for (const poll of publication.polls) {
        const what = `${ending} of ${poll} in ${language}`;
        const { sheets, kinds, said } = open((await publication.file(poll, ending, language)).body, ending);
        assert.deepEqual(said.filter((line) => !KNOWN[ending].test(line)), [], `what the program says of ${what}`);

        const page = (await publication.anyone.get(`/polls/${poll}/results`, { headers: { 'accept-language': language } })).expect(200);
        const tabs = page.all('nav.veche-tabs a').map((link) => [new URL(link.attribs.href, page.url).searchParams.get('by') ?? '', link]);
        const names = page.textsOf('nav.veche-tabs a');
        const breakdowns = tabs.map(([by], i) => [by, names[i]]).filter(([by]) => by);
        const wanted = wantedSheets(await publication.lines(poll, language), {
          title: (key) => titles[`column_${key}`], yes: common.yes, no: common.no, headlines: words.headlines, participation: words.participation, breakdowns,
        });
        assert.deepEqual([...sheets.keys()], [titles.about, ...wanted.keys()], `sheets of ${what}`);

        for (const [name, { keys, rows }] of wanted) {
          const at = keys.indexOf('percent');
          if (at >= 0) for (const row of rows.slice(1)) assert.equal(row[keys.indexOf('count')] === '', /[<>]/.test(row[at]), `${row}, ${what}`);
          const found = sheets.get(name).map((row, i) => row.map((cell, column) => (i && column === at ? asTable(cell) : cell)));
          assert.deepEqual(found, rows, `${name}, ${what}`);
          for (const [column, key] of keys.entries()) {
            const allowed = NUMBERS.includes(key) ? ['number'] : key === 'percent' ? ['number', 'text'] : ['text'];
            for (const kind of kinds.get(name)[column] ?? []) assert.ok(allowed.includes(kind), `${name}, ${key} is ${kind}, ${what}`);
          }
          cells += rows.length * keys.length;
        }

        // The cover says what the page says: its facts by their names, the method sentence by sentence, the digest.
        const [[title], , ...cover] = sheets.get(titles.about);
        assert.equal(title, page.textsOf('h1 span').at(-1), what);
        const values = page.textsOf('main dl dd');
        const facts = new Map(page.textsOf('main dl dt').map((label, i) => [label, values[i]]));
        const seen = page.textOf('main');
        const named = new Map(cover);
        for (const [label, value] of facts) if (named.has(label)) assert.equal(plain(named.get(label)), value, `${label}, ${what}`);
        for (const label of [words.asked_by, words.published, words.responses]) assert.ok(facts.has(label) && named.has(label), `${label}, ${what}`);
        const decided = page.textsOf(`h2:contains("${words.outcome}") ~ p.govuk-body:not([class*=print])`);
        if (decided.length) assert.deepEqual(named.get(words.outcome).split('\n').map(plain), decided, `${words.outcome}, ${what}`);
        outcomes.push(decided.length);
        // Which breakdowns lack rows, and why, stands on the page of each.
        const pages = new Map(breakdowns.map(([by, name]) => [name, by]));
        const pageOf = async (name) => (await publication.anyone.get(`/polls/${poll}/results?by=${pages.get(name)}`, { headers: { 'accept-language': language } })).textOf('main');
        for (const [label, value] of cover) {
          if (label === titles.address) {
            assert.equal(value, page.url.replace(/\?.*/, ''), what);
            continue;
          }
          for (const line of value.split('\n')) {
            const end = line.indexOf('. ');
            const of = line.slice(0, end).split('; ');
            if (end > 0 && of.every((name) => pages.has(name))) {
              for (const name of of) assert.ok((await pageOf(name)).includes(plain(line.slice(end + 2))), `${name} does not say “${line}”, ${what}`);
              lacking += of.length;
            } else {
              assert.ok(seen.includes(plain(line)), `the page does not say “${label} ${line}”, ${what}`);
            }
          }
        }
        const how = page.textsOf('[aria-labelledby=download] ~ ul.govuk-list--bullet li, [aria-labelledby=download] ~ .veche-results__method');
        assert.ok(how.length > 5, `how the figures were made, ${what}`);
        for (const sentence of how) {
          assert.ok(cover.some(([label, value]) => plain(value) === sentence || plain(`${label} ${value}`) === sentence), `the cover lacks “${sentence}”, ${what}`);
        }
        cells += cover.length * 2;
      }
    }
    assert.ok(cells > 2000, `${cells} cells`);
    assert.ok(lacking > 10, `${lacking} breakdowns lack rows`);
    assert.ok(Math.max(...outcomes) > 1, 'an outcome of several lines');
    t.diagnostic(`${cells} cells of ${publication.polls.length * LANGUAGES.length} workbooks`);
  });
}

test('a damaged workbook is noticed', { skip }, async () => {
  for (const ending of ['xlsx', 'ods']) {
    const { body } = await publication.file(publication.polls[0], ending, 'en');
    assert.throws(() => open(body.subarray(0, body.length - 300), ending), /ssconvert/, ending);
  }
});
