// A trial: a poll, the people who answer it, what is broken meanwhile, and the verdict.

import { Client } from '../lib/http.mjs';
import * as steps from '../lib/steps.mjs';
import { startProvider } from '../provider/provider.mjs';
import { check, count, ROUNDS } from './check.mjs';
import { History } from './history.mjs';
import { Load } from './load.mjs';

/** Enough that both choices are published, whoever chose what. */
export const PEOPLE = 32;

/** Seconds that a request may take. */
export const PATIENCE = 6;

const login = (index) => `citizen-${index}`;

export const STAFF = ['boss', 'writer', 'second'].map((sub) => ({ sub, givenName: sub, familyName: 'Staff', birthDate: '1980-05-05' }));

/** Settings of the portal: `configToml` takes them. A request may take `PATIENCE` seconds. */
export const SETTINGS = { administrators: ['boss'], limits: { request_seconds: PATIENCE } };

/** An identity provider that knows the staff and so many people. */
export const startPeople = (people = PEOPLE) => startProvider({
  variant: 'A', people: [...STAFF, ...Array.from({ length: people }, (_, i) => ({ sub: login(i), givenName: `N${i}`, birthDate: '1990-01-01' }))],
});

export class Trial {
  /**
   * @param {object} options
   * @param {string} options.name of the history's file
   * @param {{origin: string}} options.target a portal that runs
   * @param {() => {responses: number, people: number}} options.stored what the vault holds
   * @param {number} [options.people]
   * @param {Date} [options.closes] when the poll ends by itself; otherwise the verdict closes it
   */
  static async open({ name, target, stored, people = PEOPLE, closes }) {
    const trial = new Trial();
    const office = await steps.openOffice(target, {
      administrator: 'boss', department: 'Trials', staff: { initiator: 'writer', reviewer: 'second' },
    });
    const poll = await steps.writePoll(office.initiator, office.department, {
      // It is opened at once, whenever it was to open.
      title: 'In a storm', closes, opens: closes && new Date(closes.getTime() - 10 * 60_000), questions: [
        { kind: 'single_choice', ...steps.both('title', 'Which one?'), ...steps.options('First', 'Second') },
        { kind: 'number', ...steps.both('title', 'Which round?'), min: 0, max: people * ROUNDS, bins: String((people * ROUNDS) / 2) },
      ],
    });
    await steps.openPoll(office, poll);
    const history = new History(name);
    const load = new Load({ target, history, poll, people, login });
    await load.signIn();
    return Object.assign(trial, { office, poll, target, stored, history, load });
  }

  /** Writes down that something was broken, or mended. */
  fault(kind) { return this.history.note({ what: 'fault', kind }); }

  /** Everybody whose session has ended signs in again. */
  async signInAgain() {
    this.office.initiator = await steps.signIn(this.target, 'writer');
    await this.load.signIn();
  }

  /** The published headline. Whoever closed the poll, the scheduler publishes it. */
  async release() {
    const anyone = new Client({ origin: this.target.origin });
    await steps.published(anyone, this.poll, { timeout: 120_000 });
    const [columns, ...rows] = steps.parseCsv((await anyone.get(`/polls/${this.poll}/results.csv`)).expect(200).text);
    const lines = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
    const headline = lines.filter((line) => line.breakdown === '');
    const first = headline.filter((line) => /^Which one/.test(line.question_text));
    return {
      total: Number(headline.find((line) => line.question === '').count),
      options: Object.fromEntries(first.map((line) => [line.option, Number(line.count)])),
    };
  }

  /**
   * Everybody looks at their page, the poll closes, the release is read, and all of it is compared.
   * @param {object} [options]
   * @param {number} [options.until] of `check`
   * @param {boolean} [options.closed] whether the poll is closed already
   * @returns what `lineOf` prints
   */
  async verdict({ until, closed = false } = {}) {
    await this.load.stop();
    if (!closed) await steps.press(this.office.initiator, this.poll, 'close');
    const release = await this.release();
    const pages = await this.load.pages();
    const wrong = check(this.history.events, { pages, stored: this.stored(), release, until });
    this.history.note({ what: 'verdict', pages: Object.fromEntries(pages), release, wrong });
    return this.tally(wrong);
  }

  /** The figures of a trial's line. */
  tally(wrong) {
    const { history } = this;
    return {
      requests: history.requests, acknowledged: history.count('acknowledged'), cutOff: history.cutOff, slowest: history.slowest,
      swallowed: history.swallowed.length,
      lost: wrong.lost.length, twice: wrong.twice.length, mixed: wrong.mixed.length + wrong.untold.length,
      wrong: Object.values(wrong).flat(), sound: count(wrong) === 0,
    };
  }

  close() { this.history.close(); }
}

/** Of several trials of one fault. */
export const together = (tallies) => tallies.reduce((one, other) => ({
  ...Object.fromEntries(['requests', 'acknowledged', 'cutOff', 'swallowed', 'lost', 'twice', 'mixed'].map((name) => [name, one[name] + other[name]])),
  slowest: Math.max(one.slowest, other.slowest), wrong: [...one.wrong, ...other.wrong], sound: one.sound && other.sound,
}));
