// The 944 respondents of the ANES of 1996: as people who can sign in, and as the counts that the portal must publish.

import { readFileSync } from 'node:fs';

const FILE = new URL('../data/anes96.csv', import.meta.url);

/**
 * The questions that the replay asks. `values` are the file's codes in order, `labels` what the options say,
 * `code` a stable option code of the same position.
 */
export const QUESTIONS = {
  expected_vote: {
    text: 'Whom do you expect to vote for?', special: true,
    values: [0, 1], labels: ['Clinton', 'Dole'],
  },
  party_identification: {
    text: 'Where do you stand between the two parties?', special: true,
    values: [0, 1, 2, 3, 4, 5, 6],
    labels: ['Strong Democrat', 'Weak Democrat', 'Leaning Democrat', 'Independent', 'Leaning Republican',
      'Weak Republican', 'Strong Republican'],
  },
  tv_news_days: {
    text: 'On how many days of the past week did you watch the news on TV?', special: false,
    values: [0, 1, 2, 3, 4, 5, 6, 7],
    labels: ['No day', '1 day', '2 days', '3 days', '4 days', '5 days', '6 days', 'Every day'],
  },
  self_left_right: {
    text: 'Where would you place yourself between liberal and conservative?', special: true,
    values: [1, 2, 3, 4, 5, 6, 7],
    labels: ['Extremely liberal', 'Liberal', 'Slightly liberal', 'In the middle', 'Slightly conservative',
      'Conservative', 'Extremely conservative'],
  },
};

/** Place size classes, standing in for regions; `upTo` is the last thousand that belongs. */
export const PLACES = [
  { name: 'rural', upTo: 9 }, { name: 'town', upTo: 99 }, { name: 'city', upTo: 999 }, { name: 'metropolis', upTo: Infinity },
];

/** First years of the age bands; the last one is open. */
export const AGE_BANDS = [18, 25, 35, 45, 55, 65];

export const placeOf = (thousands) => PLACES.find(({ upTo }) => thousands <= upTo).name;

/** `18-24` … `65+`; under the first band `0-17`: the codes that the portal publishes. */
export function ageBandOf(age, starts = AGE_BANDS) {
  const i = starts.findLastIndex((start) => age >= start);
  if (i < 0) return `0-${starts[0] - 1}`;
  return i === starts.length - 1 ? `${starts[i]}+` : `${starts[i]}-${starts[i + 1] - 1}`;
}

/** @returns {{sub: string, place: string, age: number, ageBand: string, expected_vote: number}[]} rows in file order */
export function respondents({ ageBands = AGE_BANDS } = {}) {
  const [header, ...lines] = readFileSync(FILE, 'utf8').trim().split(/\r?\n/).map((line) => line.split(','));
  return lines.map((line, i) => {
    const row = Object.fromEntries(header.map((name, column) => [name, Number(line[column])]));
    return {
      sub: `anes-${String(i + 1).padStart(4, '0')}`, ...row,
      place: placeOf(row.place_population_thousands), ageBand: ageBandOf(row.age, ageBands),
    };
  });
}

/**
 * Respondents as the provider knows them (see provider/people.mjs): no gender, a birth date that makes them exactly
 * as old as the file says, whatever the day of the year, and the place as the region.
 *
 * @param {object[]} rows
 * @param {{today: Date, regions: Record<string, {code: string, name: string}>}} options the portal's region for each place
 */
export function asPeople(rows, { today, regions }) {
  return rows.map((row) => ({
    sub: row.sub,
    givenName: 'Respondent',
    familyName: row.sub.slice(5),
    birthDate: `${today.getUTCFullYear() - row.age}-01-01`,
    region: regions[row.place],
  }));
}

/** Counts of each of a question's values in its order, over these rows. */
export function headline(rows, question) {
  const { values } = QUESTIONS[question];
  return values.map((value) => rows.filter((row) => row[question] === value).length);
}

/**
 * A breakdown: for each value that occurs, its denominator and the counts of the options.
 *
 * @param {(row: object) => string} by e.g. `(row) => row.place`, `(row) => row.ageBand`, or both joined
 * @returns {Map<string, {total: number, counts: number[]}>}
 */
export function breakdown(rows, question, by) {
  const groups = Map.groupBy?.(rows, by) ?? rows.reduce((map, row) => {
    const value = by(row);
    return map.set(value, [...(map.get(value) ?? []), row]);
  }, new Map());
  return new Map([...groups].map(([value, group]) => [value, { total: group.length, counts: headline(group, question) }]));
}
