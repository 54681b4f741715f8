// The published polls of the demonstration, for tests that read them in other programs: a portal with their releases, their
// table as records, and what files and pages write in their own ways brought into the table's.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client } from './http.mjs';
import { startDemo } from './portal.mjs';
import { formOf, parseCsv } from './steps.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const LANGUAGES = ['en', 'ru'];
export const FACETS = ['region', 'age_band', 'gender'];

/** A file of sentences: `exports`, `results`. */
export const sentences = (language, name) => JSON.parse(readFileSync(path.join(ROOT, `app/locales/${language}/${name}.json`), 'utf8'));

/** What a spreadsheet would take for a formula has an apostrophe in the table, and in no other format. */
export const code = (text) => text.replace(/^'/, '');

/** `12%`, `5 % и менее` as the table has it: `12`, `<=5`. */
export const share = (words) => `${/less|менее/.test(words) ? '<=' : /more|более/.test(words) ? '>=' : ''}${/\d+/.exec(words)[0]}`;

/** A number without what sets its thousands apart. */
export const number = (words) => words.replace(/[,\s\u00a0\u202f]/g, '');

/** The records of a table of comma-separated values. */
export function recordsOf(csv) {
  const [columns, ...rows] = parseCsv(csv);
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
}

/** A portal with the demonstration's polls. `name` names its log. Whoever starts it disposes of `portal`. */
export async function startDemonstration(name) {
  const portal = await startDemo(name);
  const anyone = new Client({ origin: portal.origin });
  const list = (await anyone.get('/polls?tab=results')).expect(200);
  const polls = [...new Set([...list.text.matchAll(/\/polls\/([0-9a-f-]{36})\/results/g)].map(([, poll]) => poll))];
  const file = async (poll, ending, language, reader = anyone) => (await reader.get(`/polls/${poll}/results.${ending}?lang=${language}`)).expect(200);
  return {
    portal,
    anyone,
    /** The published ones. */
    polls,
    /** A file of one. */
    file,
    /** The lines of its table, as objects. */
    lines: async (poll, language) => recordsOf((await file(poll, 'csv', language)).text),
    /** Someone of the staff, signed in. */
    async asStaff(sub) {
      const person = new Client({ origin: portal.origin });
      let page = (await (await person.get('/sign-in')).form('form[action="/auth/sign-in"]').submit()).expect(200);
      const { name: field } = page.one(`button.person[value="${sub}"]`).attribs;
      page = (await page.form(`form:has(button.person[value="${sub}"])`).submit({ name: field, value: sub })).expect(200);
      if (page.one('button[name=decision][value=allow]')) page = await page.form('form:has(button[name=decision])').submit({ name: 'decision', value: 'allow' });
      assert.ok(page.expect(200).hasForm('form[action="/auth/sign-out"]'), page.describe());
      return person;
    },
    /** A program with a statistician's token. */
    async program(statistician) {
      const desk = (await statistician.get('/staff')).expect(200);
      const [, department] = /\/staff\/departments\/([0-9a-f-]{36})\/statistics/.exec(desk.text);
      const form = (await statistician.get(`/staff/departments/${department}/tokens`)).expect(200).form(formOf('tokens/create'));
      const token = /veche_[\w-]+/.exec((await form.fill({ name: 'Figures' }).submit()).expect(200).text)[0];
      return new Client({ origin: portal.origin, headers: { authorization: `Bearer ${token}`, accept: 'application/json' } });
    },
  };
}
