// The PDF report, table by table: every figure stands in the row and the column where the published table has it, told by its
// place on the paper alone; what is withheld is nowhere, and the sentence that says so is where rows are missing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { isBuilt } from '../lib/portal.mjs';
import { code, FACETS, LANGUAGES, number, sentences, share, startDemonstration } from '../lib/publication.mjs';
import { linesOf, tablesOf } from '../lib/report.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

let publication;
let program;
before(async () => {
  if (skip) return;
  publication = await startDemonstration('report');
  program = await publication.program(await publication.asStaff('demo-tatyana'));
}, { timeout: 120_000 });
after(() => publication?.portal.dispose());

/** Words without the spaces at which a cell's lines may have been broken. */
const squeezed = (words) => words.replace(/\s+/g, '');
const named = (lines) => squeezed(lines.join(' '));

/** A sentence of the locale with its values. */
const say = (sentence, values) => sentence.replace(/\{\{ (\w+) \}\}/g, (_, name) => values[name]);

/** A share above a number of people, as the published table has them; a share at an end stands alone. A share may take two lines. */
function figureOf(lines) {
  const words = [...lines];
  const count = /^[\d,\s]+$/.test(words.at(-1) ?? '') ? number(words.pop()) : '';
  return `${share(words.join(' '))} ${count}`;
}

/** The tables that the published lines make, in the report's order: `blocks` tells how many answers stand in one. */
function wantedTables(lines, release, words, titles, breakdowns) {
  const wanted = [];
  const questions = [...new Set(lines.map((line) => line.question).filter(Boolean))];
  const labels = (line) => FACETS.filter((facet) => line[facet]).map((facet) => squeezed(code(line[`${facet}_label`])));
  const rowsOf = (some) => {
    const rows = new Map();
    for (const line of some) {
      const key = JSON.stringify(labels(line));
      if (!rows.has(key)) rows.set(key, { labels: labels(line), base: line.base, figures: new Map() });
      rows.get(key).figures.set(squeezed(code(line.option_label)), `${line.percent} ${line.count}`);
    }
    return [...rows.values()];
  };
  for (const [i, question] of questions.entries()) {
    const of = (by) => lines.filter((line) => line.question === question && line.breakdown === by);
    const all = of('');
    // Of written answers only their number is published, in a sentence.
    if (!all[0].option) continue;
    wanted.push({
      caption: say(words.same_figures, { number: i + 1 }), kind: 'headline', head: [words.option, words.people, words.share].map(squeezed),
      rows: [...all.map((line) => [squeezed(code(line.option_label)), line.count, line.percent]), [squeezed(words.all_who_answered), all[0].base, '']],
    });
    for (const by of release.plan) {
      const rows = rowsOf(of(by));
      if (!rows.length) continue;
      const { complete } = release.questions.find((one) => one.code === question).breakdowns.find((table) => table.by === by);
      const [everybody] = rowsOf(all);
      wanted.push({
        caption: say(words.figures_by, { number: i + 1, by: breakdowns.get(by) }), kind: 'breakdown', by, complete, options: [...everybody.figures.keys()],
        part: new RegExp(`^${say(titles.by_question, { number: i + 1, by: breakdowns.get(by), from: '(\\d+)', to: '(\\d+)', all: '(\\d+)' }).replace(/\./g, '\\.')}$`),
        rows: [...rows, { ...everybody, labels: [squeezed(words.everybody_row)] }],
      });
    }
  }
  for (const by of release.plan) {
    const mine = lines.filter((line) => !line.question && line.breakdown === by);
    if (!mine.length) continue;
    const { complete } = release.participation.find((table) => table.by === by);
    wanted.push({
      caption: breakdowns.get(by), kind: 'participation', by, complete,
      rows: [...mine.map((line) => [...labels(line), line.count]), [squeezed(words.everybody_row), String(release.responses)]],
    });
  }
  return wanted;
}

test('every figure of the report stands in its row and its column', { skip, timeout: 120_000 }, async (t) => {
  let figures = 0;
  let divided = 0;
  for (const language of LANGUAGES) {
    const words = sentences(language, 'results');
    const titles = sentences(language, 'exports');
    for (const poll of publication.polls) {
      const what = `${poll} in ${language}`;
      const release = (await program.get(`/api/v1/releases/${poll}?lang=${language}`)).expect(200).json;
      const page = (await publication.anyone.get(`/polls/${poll}/results`, { headers: { 'accept-language': language } })).expect(200);
      const names = page.textsOf('nav.veche-tabs a');
      const breakdowns = new Map(page.all('nav.veche-tabs a').map((link, i) => [new URL(link.attribs.href, page.url).searchParams.get('by') ?? '', names[i]]));
      const lines = linesOf((await publication.file(poll, 'pdf', language)).body);
      const found = tablesOf(lines);
      const missing = squeezed(say(words.rows_missing, { least: 10 }));
      /** What stands below a table until something larger begins. */
      const notes = ({ end }) => {
        const below = [];
        for (let i = end; i < lines.length && below.length < 12 && lines[i].size <= 10.2 && lines[i].chunks.length === 1; i += 1) below.push(lines[i].text);
        return squeezed(below.join(' '));
      };
      let next = 0;
      for (const wanted of wantedTables(await publication.lines(poll, language), release, words, titles, breakdowns)) {
        const about = `“${wanted.caption}”, ${what}`;
        let table = found[next];
        if (wanted.kind === 'breakdown') {
          const seen = wanted.rows.map(() => new Map());
          for (let from = 0; from < wanted.options.length;) {
            table = found[next];
            next += 1;
            const facets = FACETS.filter((facet) => wanted.by.split('_by_').includes(facet));
            assert.equal(table.names, facets.length, about);
            const options = table.head.slice(table.names + 1).map(squeezed);
            assert.deepEqual(options, wanted.options.slice(from, from + options.length), `columns of ${about}`);
            if (options.length === wanted.options.length) assert.equal(table.caption, wanted.caption);
            else {
              const [, first, last, all] = wanted.part.exec(table.caption) ?? assert.fail(`“${table.caption}” is not ${wanted.part}`);
              assert.deepEqual([first, last, all].map(Number), [from + 1, from + options.length, wanted.options.length], about);
              divided += 1;
            }
            assert.deepEqual(table.head.slice(0, table.names + 1).map(squeezed), [...facets.map((facet) => squeezed(titles[`column_${facet}_label`])), squeezed(words.answers)], about);
            assert.equal(table.rows.length, wanted.rows.length, `rows of ${about}`);
            for (const [i, row] of table.rows.entries()) {
              const { labels, base } = wanted.rows[i];
              assert.deepEqual(row.slice(0, table.names).map(named).filter(Boolean), labels, about);
              assert.equal(number(row[table.names].join('')), base, `${labels} of ${about}`);
              for (const [column, option] of options.entries()) seen[i].set(option, figureOf(row[table.names + 1 + column]));
            }
            from += options.length;
          }
          for (const [i, { labels, figures: published }] of wanted.rows.entries()) {
            assert.deepEqual([...seen[i]], [...published], `${labels} of ${about}`);
            figures += published.size;
          }
          assert.ok(notes(table).includes(squeezed(titles.share_and_people)), `what the cells mean, ${about}`);
        } else {
          next += 1;
          assert.equal(table.caption, wanted.caption, what);
          if (wanted.head) assert.deepEqual(table.head.map(squeezed), wanted.head, about);
          const rows = table.rows.map((row) => (wanted.kind === 'headline'
            ? [named(row[0]), number(row[1].join('')), row[2].length ? share(row[2].join(' ')) : '']
            // Behind the people may stand how many live there, and how many of each thousand responded.
            : [...row.slice(0, table.names).map(named).filter(Boolean), number(row[table.names].join(''))]));
          assert.deepEqual(rows, wanted.rows, about);
          figures += rows.length;
        }
        if (wanted.complete !== undefined) assert.equal(notes(table).includes(missing), !wanted.complete, `whether rows are missing, ${about}`);
      }
      assert.equal(next, found.length, `no further table in the report of ${what}`);
      // As often as rows are missing; where a breakdown has no row at all, its name stands there and why.
      const tables = [...release.participation, ...release.questions.flatMap((question) => question.breakdowns)];
      const small = squeezed(lines.filter(({ size }) => size === 10.2).map(({ text }) => text).join(' '));
      const times = (sentence) => small.split(sentence).length - 1;
      assert.equal(times(missing), tables.filter(({ complete, rows }) => !complete && rows.length).length, `sentences about missing rows, ${what}`);
      const none = release.questions.flatMap(({ breakdowns: of }, i) => of.filter(({ rows }) => !rows.length).map(({ by }) => say(words.figures_by, { number: i + 1, by: breakdowns.get(by) })));
      none.push(...release.participation.filter(({ rows }) => !rows.length).map(({ by }) => breakdowns.get(by)));
      assert.equal(times(squeezed(say(words.rows_none, { least: 10 }))), none.length, `breakdowns without a row, ${what}`);
      for (const name of none) assert.ok(lines.some(({ text, size }) => size === 10.8 && squeezed(text) === squeezed(name)), `“${name}” is named, ${what}`);
    }
  }
  t.diagnostic(`${figures} figures in their places, ${divided} tables in parts`);
  assert.ok(figures > 1000, `${figures} figures`);
});

test('a figure in another place is noticed', { skip }, async () => {
  const lines = linesOf((await publication.file(publication.polls[0], 'pdf', 'en')).body);
  const right = tablesOf(lines);
  const wide = right.find((table) => table.names === 1 && table.head.length > 4);
  // Two numbers of one row change places.
  const row = lines.slice(wide.start, wide.end).find(({ chunks, size }) => size === 9.6 && chunks.length === wide.head.length);
  const [, , one, other] = row.chunks;
  [one.text, other.text] = [other.text, one.text];
  const wrong = tablesOf(lines);
  const changed = right.flatMap((table, i) => table.rows.flatMap((cells, j) => cells.flatMap((cell, k) => (
    JSON.stringify(cell) === JSON.stringify(wrong[i].rows[j][k]) ? [] : [`${i} ${j} ${k}`]))));
  assert.notEqual(one.text, other.text);
  assert.equal(changed.length, 2, changed.join());
});
