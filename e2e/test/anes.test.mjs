// The expected counts, against sums taken from the file another way.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ageBandOf, asPeople, breakdown, headline, placeOf, QUESTIONS, respondents } from '../lib/anes.mjs';

const column = (name) => {
  const [header, ...lines] = readFileSync(new URL('../data/anes96.csv', import.meta.url), 'utf8').trim().split('\n');
  const at = header.split(',').indexOf(name);
  return lines.map((line) => line.split(',')[at]);
};

test('944 respondents, and every answer is one of the options', () => {
  const rows = respondents();
  assert.equal(rows.length, 944);
  assert.equal(new Set(rows.map(({ sub }) => sub)).size, 944);
  for (const question of Object.keys(QUESTIONS)) {
    assert.equal(headline(rows, question).reduce((a, b) => a + b), 944, question);
    assert.equal(QUESTIONS[question].labels.length, QUESTIONS[question].values.length, question);
  }
});

test('headlines agree with a plain count of the column', () => {
  const rows = respondents();
  // Counted with `cut`, `sort` and `uniq`: 551 expected to vote for Clinton, 393 for Dole.
  assert.deepEqual(headline(rows, 'expected_vote'), [551, 393]);
  for (const [question, { values }] of Object.entries(QUESTIONS)) {
    const cells = column(question);
    assert.deepEqual(headline(rows, question), values.map((value) => cells.filter((cell) => Number(cell) === value).length));
  }
});

test('breakdowns add up to the headline', () => {
  const rows = respondents();
  for (const by of [(row) => row.place, (row) => row.ageBand, (row) => `${row.place} ${row.ageBand}`]) {
    const groups = breakdown(rows, 'party_identification', by);
    const sum = [...groups.values()].reduce((sums, { counts }) => sums.map((n, i) => n + counts[i]), Array(7).fill(0));
    assert.deepEqual(sum, headline(rows, 'party_identification'));
    for (const { total, counts } of groups.values()) assert.equal(counts.reduce((a, b) => a + b), total);
  }
});

test('classes have the edges they are described by', () => {
  assert.deepEqual([0, 9, 10, 99, 100, 999, 1000, 7300].map(placeOf),
    ['rural', 'rural', 'town', 'town', 'city', 'city', 'metropolis', 'metropolis']);
  assert.deepEqual([17, 18, 24, 25, 64, 65, 91].map((age) => ageBandOf(age)),
    ['0-17', '18-24', '18-24', '25-34', '55-64', '65+', '65+']);
});

test('people are as old as the file says on any day, and have no gender', () => {
  const rows = respondents();
  const regions = Object.fromEntries(['rural', 'town', 'city', 'metropolis'].map((name, i) => [name, { code: `0${i}`, name }]));
  for (const day of ['2026-01-01', '2026-12-31']) {
    const today = new Date(`${day}T12:00:00Z`);
    const people = asPeople(rows, { today, regions });
    assert.equal(today.getUTCFullYear() - Number(people[0].birthDate.slice(0, 4)), rows[0].age);
    assert.ok(people[0].birthDate.slice(5) <= day.slice(5), 'had their birthday this year');
    assert.ok(people.every((person) => person.gender === undefined && person.region));
  }
});
