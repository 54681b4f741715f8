// The files of a published poll say the same, figure by figure, to programs that did not write them: JSON-stat to the
// toolkit of the format's author, the report to a PDF reader, the table to a spreadsheet's rules.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import JSONstat from 'jsonstat-toolkit';

import { Client } from '../lib/http.mjs';
import { BINARY, freePort, isBuilt, Portal } from '../lib/portal.mjs';
import { parseCsv } from '../lib/steps.mjs';

const skip = isBuilt() ? false : 'the portal is not built';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LANGUAGES = ['en', 'ru'];
const FACETS = ['region', 'age_band', 'gender'];

let portal;
let anyone;
let poll;
before(async () => {
  if (skip) return;
  const dir = mkdtempSync(path.join(tmpdir(), 'veche-e2e-exports-'));
  const port = await freePort();
  portal = new Portal({
    binary: BINARY, args: ['demo', '--data', path.join(dir, 'data'), '--port', String(port)], dir, cwd: ROOT,
    origin: `http://127.0.0.1:${port}`, logName: 'exports',
  });
  await portal.start({ timeout: 60_000 });
  await portal.waitForLog(/https?:\/\//);
  portal.origin = /Veche is at (http:\/\/[^\s/]+)/.exec(portal.log)?.[1] ?? portal.origin;
  anyone = new Client({ origin: portal.origin });
  const list = (await anyone.get('/polls?tab=results')).expect(200);
  [, poll] = /\/polls\/([0-9a-f-]{36})\/results/.exec(list.text);
}, { timeout: 120_000 });
after(() => portal?.dispose());

const file = async (ending, language) => (await anyone.get(`/polls/${poll}/results.${ending}?lang=${language}`)).expect(200);

/** The lines of the table, as objects. */
async function lines(language) {
  const [columns, ...rows] = parseCsv((await file('csv', language)).text);
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
}

/** What a spreadsheet would take for a formula has an apostrophe in the table, and in no other format. */
const code = (text) => text.replace(/^'/, '');

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
        said.set(JSON.stringify([...FACETS.map((facet) => place[facet] ?? ''), place.option ?? '', metric]), value ?? status);
      }
      read.set(table, said);
      for (const id of set.id) {
        for (const category of set.Dimension(id).id) assert.ok(set.Dimension(id).Category(category).label, `${id} ${category}`);
      }
    }
    for (const line of all) {
      const said = read.get(`${line.question} ${line.breakdown}`);
      assert.ok(said, `no dataset for ${line.question} ${line.breakdown}`);
      const metrics = line.option ? { count: line.count, percent: line.percent, base: line.base } : { count: line.count };
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
      for (const figure of option ? [count, percent.replace(/[<>]=/, '')] : [count]) wanted.set(figure, (wanted.get(figure) ?? 0) + 1);
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
