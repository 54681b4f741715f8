// The files of a published poll say the same, figure by figure, to programs that did not write them: JSON-stat to the
// toolkit of the format's author, the report to a PDF reader, the table and the workbooks to a spreadsheet's rules. And every
// screen and file says the same as every other: what one withholds, none shows.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import JSONstat from 'jsonstat-toolkit';

import { all as allOf, textOf as wordsOf } from '../lib/html.mjs';
import { isBuilt } from '../lib/portal.mjs';
import { code, FACETS, LANGUAGES, number, ROOT, sentences, share, startDemonstration } from '../lib/publication.mjs';
import { linesOf, tablesOf } from '../lib/report.mjs';
import { sheetsOf } from '../lib/workbook.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

let publication;
let portal;
let anyone;
let poll;
before(async () => {
  if (skip) return;
  publication = await startDemonstration('exports');
  ({ portal, anyone, polls: [poll] } = publication);
}, { timeout: 120_000 });
after(() => portal?.dispose());

const file = (ending, language) => publication.file(poll, ending, language);
const lines = (language) => publication.lines(poll, language);

test('JSON-stat has the figures of the table and no others', { skip }, async () => {
  for (const language of LANGUAGES) {
    const all = await lines(language);
    assert.ok(all.length > 50, 'a release with breakdowns');
    const collection = JSONstat(JSON.parse((await file('jsonstat.json', language)).text));
    assert.equal(collection.class, 'collection');
    const read = new Map();
    for (let i = 0; i < collection.length; i += 1) {
      const set = collection.Dataset(i);
      assert.equal(set.class, 'dataset', set.label);
      assert.deepEqual(set.role.metric, ['metric']);
      const table = `${set.Dimension('question')?.id[0] ?? ''} ${set.extension.breakdown ?? ''}`;
      assert.ok(!read.has(table), `${table} stands twice`);
      // Every place of the cube that says something.
      const said = new Map();
      for (const cell of set.toTable({ type: 'arrobj', content: 'id', status: true })) {
        if (cell.value === null && cell.status === null) continue;
        const { value, status, metric, ...place } = cell;
        // A count that is not published is a blank in the table.
        if (status === 'not_published') assert.ok(value === null && metric === 'count', `${table} has ${value} ${metric}`);
        said.set(JSON.stringify([...FACETS.map((facet) => place[facet] ?? ''), place.option ?? '', metric]), status === 'not_published' ? '' : value ?? status);
      }
      read.set(table, said);
      for (const id of set.id) {
        for (const category of set.Dimension(id).id) assert.ok(set.Dimension(id).Category(category).label, `${id} ${category}`);
      }
    }
    for (const line of all) {
      const said = read.get(`${line.question} ${line.breakdown}`);
      assert.ok(said, `no dataset for ${line.question} ${line.breakdown}`);
      const people = { count: line.count, ...(line.residents && { residents: line.residents }) };
      const metrics = line.option ? { count: line.count, percent: line.percent, base: line.base } : people;
      for (const [metric, figure] of Object.entries(metrics)) {
        const place = JSON.stringify([...FACETS.map((facet) => line[facet]), code(line.option), metric]);
        assert.equal(String(said.get(place)), figure, place);
        said.delete(place);
      }
    }
    for (const [table, said] of read) assert.deepEqual([...said], [], `${table} says more than the table`);
  }
});

/** The text of a PDF, with the columns where they stand. */
const textOf = (pdf) => execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, maxBuffer: 1e8 }).toString('utf8');

/** How often each number stands in a text; thousands are set apart by a comma or a space that does not break. */
function numbers(text) {
  const found = new Map();
  for (const [number] of text.replace(/(?<=\d)[,\u00a0](?=\d{3}\b)/g, '').matchAll(/\d+/g)) {
    found.set(number, (found.get(number) ?? 0) + 1);
  }
  return found;
}

test('the report has every figure of the table', { skip }, async () => {
  for (const language of LANGUAGES) {
    const answer = await file('pdf', language);
    assert.equal(answer.headers['content-type'], 'application/pdf');
    assert.equal(answer.body.subarray(0, 5).toString(), '%PDF-');
    const text = textOf(answer.body);
    const all = await lines(language);
    const wanted = new Map();
    for (const { count, percent, option } of all) {
      for (const figure of [...(count ? [count] : []), ...(option ? [percent.replace(/[<>]=/, '')] : [])]) wanted.set(figure, (wanted.get(figure) ?? 0) + 1);
    }
    const found = numbers(text);
    for (const [number, times] of wanted) assert.ok((found.get(number) ?? 0) >= times, `${language}: ${number} ${times} times`);
    for (const { question_text: question } of all.filter((line) => line.question && !line.breakdown)) {
      const words = question.split(' ').slice(0, 3).join(' ');
      assert.ok(text.includes(words), `${language}: ${words}`);
    }
    assert.match(text, language === 'en' ? /Page 1 of \d+/ : /Страница 1 из \d+/);
    assert.match(text, /D = 5, V = 3, js = 2/);
  }
});

test('pictures of charts', { skip }, async () => {
  const [{ question }] = (await lines('en')).filter((line) => line.question);
  for (const language of LANGUAGES) {
    const address = `/polls/${poll}/results/${question}`;
    const svg = (await anyone.get(`${address}.svg?lang=${language}`)).expect(200);
    assert.match(svg.headers['content-type'], /^image\/svg\+xml/);
    assert.match(svg.text, /<title[^>]*>.+<\/title>/s);
    assert.match(svg.text, /<desc[^>]*>.+<\/desc>/s);
    for (const { option_label: option, percent } of (await lines(language)).filter((line) => line.question === question && !line.breakdown)) {
      assert.ok(svg.text.includes(option.split(' ')[0]) && svg.text.includes(percent), `${option} ${percent}`);
    }
    const png = (await anyone.get(`${address}.png?lang=${language}&by=region`)).expect(200);
    assert.equal(png.headers['content-type'], 'image/png');
    assert.equal(png.body.subarray(1, 4).toString(), 'PNG');
    assert.ok(png.body.readUInt32BE(16) >= 1000 && png.body.length > 10_000, 'a picture with something on it');
  }
  for (const query of ['?by=nothing', '?by=gender,region', '?region=01', '?filter=1']) {
    const refused = (await anyone.get(`/polls/${poll}/results/${question}.svg${query}`)).expect(404);
    assert.match(refused.text, /no such breakdown/, query);
  }
  assert.match((await anyone.get(`/polls/${poll}/results/nothing.svg`)).expect(404).text, /no published chart/);
  (await anyone.get(`/polls/${poll}/results/${question}.gif`)).expect(404);
});

test('the page links to every file', { skip }, async () => {
  for (const language of LANGUAGES) {
    const page = (await anyone.get(`/polls/${poll}/results`, { headers: { 'accept-language': language } })).expect(200);
    for (const ending of ['csv', 'xlsx', 'ods', 'jsonstat.json', 'pdf', 'csv-metadata.json']) {
      const link = page.one(`a[href="/polls/${poll}/results.${ending}?lang=${language}"]`);
      assert.ok(link, `${ending} in ${language}`);
      (await anyone.get(link.attribs.href)).expect(200);
    }
  }
});

/** The regions of the demonstration in words. */
const portalRegions = (language) => JSON.parse(readFileSync(path.join(ROOT, 'server/src/demo/regions.json'), 'utf8')).map((region) => region[language]);

/** Figures by their places: `question|breakdown|categories|option` → `count percent base`. */
class Figures extends Map {
  put(question, by, categories, option, ...figures) {
    const place = [question, by, categories.filter(Boolean).join(' '), option].join('|');
    // Everywhere the rule is the same: a cell of a breakdown of whose share a bound is told has no count, and no other lacks it.
    const [count, percent] = figures;
    assert.equal(count === '' || count === null, /[<>]/.test(percent), `${place}: ${figures}`);
    const said = figures.join(' ');
    assert.ok(!this.has(place) || this.get(place) === said, `${place}: ${this.get(place)} and ${said}`);
    this.set(place, said);
  }

  /** Those of some places only. */
  only(pattern) { return new Figures([...this].filter(([place]) => pattern.test(place))); }

  get sorted() { return [...this].sort(([a], [b]) => (a < b ? -1 : 1)); }
}

function fromCsv(rows) {
  const found = new Figures();
  for (const line of rows) found.put(line.question, line.breakdown, FACETS.map((facet) => line[facet]), code(line.option), line.count, line.percent, line.base);
  return found;
}

const PERCENT_IS = { exactly: '', at_most: '<=', at_least: '>=' };
const percentOf = ({ percent, percent_is: is }) => `${PERCENT_IS[is]}${percent}`;

/** The API's answer, and that of the pages' functions: the same shape but for the percentages. */
function fromJson(release, shareOf = percentOf) {
  const found = new Figures();
  if (release.responses !== null) found.put('', '', [], '', release.responses, '', release.responses);
  for (const { by, rows } of release.participation) {
    for (const row of rows) {
      const [categories, count] = Array.isArray(row) ? row : [row.categories, row.count];
      found.put('', by, categories.map((one) => one.code), '', count, '', count);
    }
  }
  for (const question of release.questions) {
    const tables = [...(question.headline ? [{ by: '', rows: [{ categories: [], ...question.headline }] }] : []), ...question.breakdowns];
    for (const { by, rows } of tables) {
      for (const { categories, base, figures } of rows) {
        const place = [question.code, by, categories.map((one) => one.code)];
        // Of written answers only their number is published, and that in the headline.
        if (!figures.length && !by) found.put(...place, '', base, '', base);
        for (const figure of figures) found.put(...place, figure.code, figure.count, shareOf(figure), base);
      }
    }
  }
  return found;
}

/** How often each of them is there. */
const tally = (shares) => shares.reduce((found, one) => found.set(one, (found.get(one) ?? 0) + 1), new Map());

/** The shares in words: `12%`, `5% or less`, in a narrow place `≤ 5%`. */
const sharesIn = (words) => [...words.matchAll(/([≤≥])?\s?(\d+\s?%(?:\s(?:or less|or more|и менее|и более))?)/g)]
  .map(([, sign, said]) => `${{ '≤': '<=', '≥': '>=' }[sign] ?? ''}${share(said)}`);

/** The shares that a report prints: those in its tables, and those in its charts, whose type is smaller than that of sentences. */
function fromReport(pdf) {
  const report = linesOf(pdf);
  const tables = tablesOf(report);
  const drawn = report.filter(({ size }, i) => size < 10 && !tables.some(({ start, end }) => start <= i && i < end));
  return {
    tables: tables.flatMap(({ rows }) => rows.flat()).flatMap((cell) => sharesIn(cell.join(' '))),
    charts: drawn.flatMap(({ text }) => sharesIn(text)),
  };
}

const functionPercent = ({ percent }) => {
  const [[is, value]] = Object.entries(percent);
  return `${PERCENT_IS[is]}${value}`;
};

/** A workbook's sheets; `plan` are the codes of the breakdowns in their order, by which the sheets follow the cover. */
function fromWorkbook(file, plan, columns) {
  const found = new Figures();
  const [, ...sheets] = [...sheetsOf(file)];
  for (const [name, [head, ...rows]] of sheets) {
    const at = (key) => head.indexOf(columns[key]);
    const facets = ['region', 'age_band', 'gender'].filter((facet) => at(facet) >= 0);
    const of = (row, key) => (at(key) < 0 ? '' : row[at(key)] ?? '');
    for (const row of rows) {
      const categories = facets.map((facet) => of(row, facet));
      const by = plan.find((one) => one.split('_by_').sort().join() === facets.filter((facet, i) => categories[i]).sort().join()) ?? '';
      const percent = of(row, 'percent');
      const count = of(row, 'count');
      const said = percent === '' ? '' : /^[\d.]+$/.test(percent) ? String(Math.round(Number(percent) * 100)) : share(percent);
      found.put(of(row, 'question'), by, categories, of(row, 'option'), count, said, at('base') < 0 ? count : of(row, 'base'));
    }
  }
  return found;
}

/** The tables of a page of results; words are turned into codes by what the API calls them. */
function fromPage(page, release, by, unpublished) {
  const found = new Figures();
  const counted = (words) => (words === unpublished ? '' : number(words));
  const codes = new Map([...release.participation, ...release.questions.flatMap(({ breakdowns }) => breakdowns)]
    .flatMap(({ rows }) => rows.flatMap(({ categories }) => categories.map(({ label, code: one }) => [label, one]))));
  const cellsOf = (row) => allOf(row, 'td').map((cell) => allOf(cell, '.veche-line').map(wordsOf));
  const rowsOf = (table) => allOf(table, 'tbody tr').map((row) => ({
    heads: allOf(row, 'th').map(wordsOf), cells: cellsOf(row), total: row.attribs.class.includes('total'),
  }));
  const known = (label) => {
    assert.ok(codes.has(label), `the page has a row “${label}” that the API does not publish`);
    return codes.get(label);
  };
  const summary = page.one('table:has(#participation)');
  if (summary) {
    for (const { heads, cells: [[count]], total } of rowsOf(summary)) {
      found.put('', total ? '' : by, total ? [] : heads.map(known), '', number(count), '', number(count));
    }
  }
  for (const question of release.questions) {
    const [table] = page.all(`table:has(#q-${question.code}-${by ? 'by' : 'table'})`);
    if (!table) continue;
    const options = question.headline.figures;
    const rows = rowsOf(table);
    if (by) {
      for (const { heads, cells: [[base], ...figures], total } of rows) {
        assert.equal(figures.length, options.length);
        figures.forEach(([percent, count], i) => found.put(question.code, total ? '' : by, total ? [] : heads.map(known), options[i].code, counted(count), share(percent), number(base)));
      }
    } else {
      const base = number(rows.find(({ total }) => total).cells[0][0]);
      for (const { heads: [label], cells: [[count], [percent]] } of rows.filter(({ total }) => !total)) {
        const option = options.find((one) => one.label === label);
        assert.ok(option, `${question.code}: ${label}`);
        found.put(question.code, '', [], option.code, number(count), share(percent), base);
      }
    }
  }
  return found;
}

test('every screen and every file has the same figures, and none a row that another withholds', { skip, timeout: 300_000 }, async (t) => {
  const statistician = await publication.asStaff('demo-tatyana');
  const program = await publication.program(statistician);
  const { releases } = (await program.get('/api/v1/releases')).expect(200).json;
  const json = { site: 'same-origin', headers: { accept: 'application/json' } };
  let withheld = 0;
  for (const language of LANGUAGES) {
    for (const { poll: published, responses } of releases) {
      const what = `${published} in ${language}`;
      const release = (await program.get(`/api/v1/releases/${published}?lang=${language}`)).expect(200).json;
      assert.equal(release.responses, responses);
      const api = fromJson(release);
      assert.ok(api.size > 20, what);
      const get = async (ending, reader = anyone) => (await reader.get(`/polls/${published}/results.${ending}?lang=${language}`)).expect(200);
      assert.deepEqual(fromCsv(await publication.lines(published, language)).sorted, api.sorted, `CSV of ${what}`);
      const names = JSON.parse((await get('csv-metadata.json')).text).tableSchema.columns;
      const columns = Object.fromEntries(Object.entries(sentences(language, 'exports')).filter(([key]) => key.startsWith('column_')).map(([key, words]) => [key.slice(7), words]));
      assert.ok(names.length >= 15);
      for (const ending of ['xlsx', 'ods']) {
        for (const reader of [anyone, statistician]) {
          const found = fromWorkbook((await get(ending, reader)).body, release.plan, columns);
          assert.deepEqual(found.sorted, api.sorted, `${ending} of ${what}`);
        }
      }
      for (const ending of ['csv', 'jsonstat.json', 'csv-metadata.json']) {
        assert.ok((await get(ending)).body.equals((await get(ending, statistician)).body), `${ending} of ${what}, for staff and for anybody`);
      }

      const headers = { 'accept-language': language, cookie: null };
      const charts = [];
      const stacked = new Set();
      for (const by of ['', ...release.plan]) {
        const here = new RegExp(by ? `^\\w*\\|(${by})?\\|` : '^\\w+\\|\\|');
        const wanted = api.only(here).only(/\|[^|]+$/);
        const query = by ? `?by=${by}` : '';
        statistician.cookies.set(new URL(portal.origin).hostname, 'language', language);
        for (const page of [
          await anyone.get(`/polls/${published}/results${query}`, { headers }),
          await statistician.get(`/staff/polls/${published}/results${query}`),
        ]) {
          const found = fromPage(page.expect(200), release, by, sentences(language, 'results').count_not_published);
          for (const [place, said] of found) assert.equal(said, api.get(place), `${page.url} in ${language}: ${place}`);
          for (const [place] of wanted) assert.ok(found.has(place), `${page.url} in ${language} lacks ${place}`);
          if (by) for (const [place] of api.only(new RegExp(`^\\|${by}\\|`))) assert.ok(found.has(place), `${page.url} lacks ${place}`);
        }
        for (const [reader, name] of [[anyone, 'read'], [statistician, 'staff']]) {
          const said = (await reader.get(`/api/results/${name}?${new URLSearchParams({ poll: published, by })}`, json)).expect(200).json;
          const results = name === 'staff' ? said.published : said;
          for (const question of results.questions) if (question.stacked) stacked.add(question.code);
          const found = fromJson(results, functionPercent);
          for (const [place, figures] of found) assert.equal(figures, api.get(place), `${name} ${by}: ${place}`);
          for (const [place] of wanted) assert.ok(found.has(place), `${name} ${by} lacks ${place}`);
        }
        // Charts: a bar or a part for every published figure and for no other, in words for whoever cannot see it.
        for (const question of release.questions) {
          const answer = await anyone.get(`/polls/${published}/results/${question.code}.svg?lang=${language}${by ? `&by=${by}` : ''}`);
          if (answer.status === 404) continue;
          const said = answer.expect(200).text.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"');
          // A breakdown stands beside everybody.
          const rows = [question.headline, ...(by ? question.breakdowns.find((table) => table.by === by).rows : [])];
          const wantedShares = rows.flatMap(({ figures }) => figures.map(percentOf)).sort();
          charts.push({ question: question.code, by, shares: wantedShares });
          const description = /<desc[^>]*>(.*?)<\/desc>/s.exec(said)[1];
          const shares = [...description.matchAll(/: (\d+)[\s\u00a0\u202f]?%(?:[\s\u00a0]*(or less|or more|и менее|и более))?/g)].map(([, value, end]) => share(`${value} ${end ?? ''}`)).sort();
          assert.deepEqual(shares, wantedShares, `${answer.url}: ${description}`);
        }
      }

      // What nobody publishes is not in the report either: neither the words of a region without a row …
      const pdf = (await get('pdf')).body;
      const text = textOf(pdf).replace(/\s+/g, ' ');
      const shown = new Set([...release.participation, ...release.questions.flatMap(({ breakdowns }) => breakdowns)]
        .flatMap(({ rows }) => rows.flatMap(({ categories }) => categories.map(({ label }) => label))));
      const everywhere = portalRegions(language);
      for (const label of everywhere.filter((one) => !shown.has(one))) {
        assert.ok(!text.includes(label), `the report of ${what} names ${label}`);
      }
      withheld += [...release.participation, ...release.questions.flatMap(({ breakdowns }) => breakdowns)].filter(({ complete }) => !complete).length;
      // … nor a share more or less than the release has: each breakdown's table ends with everybody.
      const report = fromReport(pdf);
      const printed = release.questions.filter(({ headline }) => headline?.figures.length).flatMap(({ headline, breakdowns }) => [
        headline, ...breakdowns.filter(({ rows }) => rows.length).flatMap(({ rows }) => [...rows, headline]),
      ]);
      assert.deepEqual(report.tables.sort(), printed.flatMap(({ figures }) => figures.map(percentOf)).sort(), `shares in the tables of the report of ${what}`);
      // Charts are those that are pictures, too. What does not fit under its part of a stacked bar is left to the table;
      // that of everybody alone names its parts with their shares.
      const whole = charts.filter(({ question, by }) => !stacked.has(question) || !by).flatMap(({ shares }) => shares);
      const parts = charts.filter(({ question }) => stacked.has(question)).flatMap(({ shares }) => shares);
      const [drawn, least, parted] = [report.charts, whole, parts].map(tally);
      for (const one of new Set([...drawn.keys(), ...least.keys()])) {
        const [times, from, to] = [drawn.get(one) ?? 0, least.get(one) ?? 0, (least.get(one) ?? 0) + (parted.get(one) ?? 0)];
        assert.ok(from <= times && times <= to, `${one} stands ${times} times in the charts of the report of ${what}, and not ${from} to ${to} times`);
      }
      assert.ok(drawn.size > 5, `charts in the report of ${what}`);
    }
  }
  t.diagnostic(`${releases.length} releases, ${withheld / LANGUAGES.length} tables with rows withheld`);
  assert.ok(withheld > 0, 'something is withheld, so that it could be shown by mistake');
});
