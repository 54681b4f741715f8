// The checker: a history against what the pages show, what the database holds and what was published. Pure.
//
// An answer is a number that says whose it is and which of theirs (`numberOf`), and a choice that follows from the number,
// so that a page with a part of one answer and a part of another gives itself away.

/** Answers that one person can send in a trial. */
export const ROUNDS = 10_000;

/** The number that a person's so-manieth answer holds. */
export const numberOf = (person, round) => person * ROUNDS + round;

export const personOf = (number) => Math.floor(number / ROUNDS);

/** The choice that goes with a number: at any time about as many people have the one as the other. */
export const choiceOf = (number) => ((personOf(number) + number) % 2 ? 'o1' : 'o2');

/** A headline is exact when every option has nobody or as many as this; otherwise it is off by this much at most. */
const LEAST = 10;
const NOISE = 5;

/**
 * What one person's page may show, by what the person heard: what is certain (the last answer acknowledged, or seen since),
 * or one sent later of which nothing was heard.
 */
class Expected {
  certain = null;

  /** Sent since, outcome unknown, in order. */
  maybe = [];

  refused = new Set();

  sent(id, value) { this.maybe.push({ id, value }); }

  /** What was sent before the one acknowledged was over when that one was sent. */
  acknowledged(id) {
    const index = this.maybe.findIndex((one) => one.id === id);
    if (index < 0) throw new Error(`${id} was acknowledged and never sent`);
    this.certain = this.maybe[index].value;
    this.maybe.splice(0, index + 1);
  }

  refusedToTake(id) {
    const index = this.maybe.findIndex((one) => one.id === id);
    if (index < 0) throw new Error(`${id} was refused and never sent`);
    const [{ value }] = this.maybe.splice(index, 1);
    if (value !== null) this.refused.add(value);
  }

  /** @returns {string | undefined} what is wrong with a page that shows `value`: lost, mixed, or untold */
  saw(person, value) {
    if (value === this.certain) return undefined;
    const index = this.maybe.findLastIndex((one) => one.value === value);
    if (index >= 0) {
      // A page that showed it has acknowledged it, too.
      this.certain = value;
      this.maybe.splice(0, index + 1);
      return undefined;
    }
    if (value !== null && personOf(value) !== person) return 'mixed';
    return this.refused.has(value) ? 'untold' : 'lost';
  }

  get words() { return `expected ${this.certain}${this.maybe.length ? ` or one of ${this.maybe.map((one) => one.value)}` : ''}`; }
}

/**
 * @typedef {object} Page what a person's own page showed: `number`, and the `choice` beside it; `null` where there is no answer
 * @param {object[]} events of a `History`
 * @param {object} seen
 * @param {Map<number, {number: number, choice: string} | null>} seen.pages of everybody, at closing
 * @param {{responses: number, people: number}} [seen.stored] rows of the vault, and distinct pseudonyms among them
 * @param {{total: number, options: Record<string, number>}} [seen.release] the headline
 * @param {number} [seen.until] the state is that of this moment (a backup): what was heard later proves nothing
 * @returns {{lost: string[], twice: string[], mixed: string[], untold: string[]}} what is wrong, in words
 */
export function check(events, { pages, stored, release, until = Infinity }) {
  const wrong = { lost: [], twice: [], mixed: [], untold: [] };
  const expected = new Map();
  const of = (person) => {
    if (!expected.has(person)) expected.set(person, new Expected());
    return expected.get(person);
  };
  const look = (person, value, where) => {
    const { words } = of(person);
    const fault = of(person).saw(person, value);
    if (fault) wrong[fault].push(`${where} of person ${person} shows ${value}; ${words}`);
  };
  for (const event of events) {
    const { person, id, value, t } = event;
    if (event.what === 'sent') of(person).sent(id, value);
    // What was refused is never stored, whenever that was said.
    else if (event.what === 'refused') of(person).refusedToTake(id);
    else if (t <= until && event.what === 'acknowledged') of(person).acknowledged(id);
    else if (t <= until && event.what === 'saw') look(person, value, `at ${Math.round(t)} ms the page`);
  }

  for (const person of expected.keys()) if (!pages.has(person)) wrong.lost.push(`nobody looked at the page of person ${person}`);
  let answered = 0;
  const chosen = {};
  for (const [person, page] of pages) {
    look(person, page?.number ?? null, 'the last page');
    if (!page) continue;
    answered += 1;
    chosen[page.choice] = (chosen[page.choice] ?? 0) + 1;
    if (page.choice !== choiceOf(page.number)) wrong.mixed.push(`the page of person ${person} has ${page.choice} beside ${page.number}`);
  }

  /** More than there are people is somebody twice, less is somebody lost. */
  const compare = (where, count) => {
    if (count > answered) wrong.twice.push(`${count} ${where}, but ${answered} people have an answer on their page`);
    if (count < answered) wrong.lost.push(`${count} ${where}, but ${answered} people have an answer on their page`);
  };
  if (stored) {
    compare('rows are stored', stored.responses);
    if (stored.people !== stored.responses) wrong.twice.push(`${stored.responses} rows have ${stored.people} pseudonyms`);
  }
  if (release) {
    compare('responses are published', release.total);
    const exact = Object.values(chosen).every((people) => people >= LEAST);
    for (const option of new Set([...Object.keys(release.options), ...Object.keys(chosen)])) {
      const published = release.options[option] ?? 0;
      const truth = chosen[option] ?? 0;
      if (Math.abs(published - truth) > (exact ? 0 : NOISE)) wrong.mixed.push(`${option} is published as ${published}, but stands on ${truth} pages`);
    }
  }
  return wrong;
}

/** How much is wrong altogether. */
export const count = (wrong) => Object.values(wrong).reduce((sum, { length }) => sum + length, 0);
