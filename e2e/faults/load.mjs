// People who answer, change, withdraw and look at their own answers, over and over, and write down what they heard.

import { all, textOf } from '../lib/html.mjs';
import { Client } from '../lib/http.mjs';
import * as steps from '../lib/steps.mjs';
import { wait } from '../lib/wait.mjs';
import { choiceOf, numberOf, ROUNDS } from './check.mjs';


/** What a person meets while something is broken: a connection that ends, or a page of an error. */
class Outage extends Error {}

/** The poll takes no answers any more, says the portal. */
class Closed extends Error {}

/** The session is gone: after a restore, for instance. */
class SignedOut extends Error {}

const BROKEN_WIRE = /ECONN|EPIPE|socket hang up|aborted|no answer within/;

/** Whether nothing was answered. */
const isCut = (error) => BROKEN_WIRE.test(`${error.code} ${error.message}`);

/** The id on a page that says that something broke: a page of an error, or the note on the page that a form led to. */
const errorId = (page) => page.textOf('.veche-error-id');

/** What is said on top of a page of the form before it: that it was done, that it was not, what is wrong with it, or nothing. */
function saidOf(page) {
  if (page.hasForm('.govuk-notification-banner--success')) return 'done';
  if (page.hasForm('.govuk-notification-banner')) return 'refused';
  return page.hasForm('.govuk-error-summary') ? 'wrong' : undefined;
}

/** A browser whose exchanges are written down. */
class Witness extends Client {
  constructor(history, person, options) {
    super(options);
    this.history = history;
    this.person = person;
  }

  async request(url, options = {}) {
    const began = performance.now();
    const note = (outcome) => this.history.note({
      what: 'http', person: this.person, method: options.method ?? 'GET', path: new URL(url, this.origin).pathname,
      ms: Math.round(performance.now() - began), ...outcome,
    });
    try {
      const page = await super.request(url, options);
      const id = errorId(page) ?? undefined;
      const cut = page.status >= 500 || id !== undefined;
      note({ status: page.status, ...(cut && { cut, id }) });
      if (cut) {
        // Whoever runs the portal has to find it in the log; where there was only no room there is nothing to find.
        if (page.status !== 503 && page.status !== 502 && page.status !== 504 && !id) throw new Error(`an error without an id: ${page.describe()}`);
        throw new Outage(page.describe());
      }
      if (page.path === '/sign-in' && !new URL(url, this.origin).pathname.startsWith('/sign-in')) throw new SignedOut(page.describe());
      return page;
    } catch (error) {
      if (!isCut(error)) throw error;
      note({ error: error.code ?? error.message, cut: true });
      throw new Outage(error.message, { cause: error });
    }
  }
}

/** One person of the load. */
class Person {
  #round = 0;

  #forms;

  constructor(load, index) {
    Object.assign(this, { load, index, answered: false, closed: false });
  }

  async signIn() {
    const { target, history, login } = this.load;
    this.client = await steps.signIn(target, login(this.index), { client: new Witness(history, this.index, { origin: target.origin }) });
    this.#forms = undefined;
  }

  get #poll() { return this.load.poll; }

  /** Where a form led to, if it did not lead to where it leads when all is well: throws what that means. */
  async #elsewhere(response) {
    if (response.status !== 303 && response.status !== 302) throw new Error(`neither done nor refused: ${response.describe()}`);
    const page = await this.client.get(response.location, { from: response });
    const said = saidOf(page);
    if (said === 'refused') throw new Closed(page.describe());
    this.#unsaid(said, page);
    throw new Outage(`led elsewhere: ${page.describe()}`);
  }

  /** Where nothing is said, nothing is known. It is written down: a form that is swallowed without a word is for no reason. */
  #unsaid(said, page) {
    if (said !== 'wrong') this.load.history.note({ what: 'elsewhere', person: this.index, path: page.path });
  }

  /** The forms of both questions: they stay as they are, so that a person need not fetch them each time. */
  async #begin() {
    const page = await this.client.get(`/polls/${this.#poll}`);
    if (!page.hasForm(steps.formOf('take/start')) && !page.hasForm(steps.formOf('answers/change'))) {
      throw new Closed(page.describe());
    }
    await steps.beginAt(page);
    const first = (await this.client.get(`/polls/${this.#poll}/take/1`)).expect(200);
    if (!first.hasForm(steps.formOf('take/answer'))) throw new Closed(first.describe());
    const led = await first.form(steps.formOf('take/answer')).fill({ choice: 'o1' }).submit(undefined, { follow: false });
    if (!led.location?.includes(`/polls/${this.#poll}/`)) await this.#elsewhere(led);
    const second = (await this.client.get(`/polls/${this.#poll}/take/2`)).expect(200);
    // The first form was taken; the poll may have closed since, which the next turn finds out.
    if (!second.hasForm(steps.formOf('take/answer'))) throw new Outage(`led elsewhere: ${second.describe()}`);
    this.#forms = [first, second];
  }

  async #type(form, values, leadsTo) {
    const led = await form.form(steps.formOf('take/answer')).fill(values).submit(undefined, { follow: false });
    if (led.location && new URL(led.location).pathname === `/polls/${this.#poll}${leadsTo}`) return;
    await this.#elsewhere(led);
  }

  /** Sends something and writes down what was heard of it. */
  async #order(value, submit, leadsTo) {
    const { history } = this.load;
    const id = `${this.index}-${this.load.nextId()}`;
    history.note({ what: 'sent', person: this.index, id, value });
    try {
      const led = await submit();
      const done = led.location && leadsTo(new URL(led.location));
      if (!done) await this.#elsewhere(led);
      history.note({ what: 'acknowledged', person: this.index, id });
      this.load.acknowledged += 1;
      return led;
    } catch (error) {
      const what = error instanceof Closed ? 'refused' : 'unheard';
      history.note({ what, person: this.index, id, why: error.constructor.name });
      throw error;
    }
  }

  async #answer() {
    const { history } = this.load;
    this.#round += 1;
    if (this.#round >= ROUNDS) throw new Error('more answers than numbers');
    const number = numberOf(this.index, this.#round);
    if (!this.#forms) await this.#begin();
    await this.#type(this.#forms[0], { choice: choiceOf(number) }, '/take/2');
    await this.#type(this.#forms[1], { text: number }, '/check');
    const check = await this.client.get(`/polls/${this.#poll}/check`);
    if (!check.hasForm(steps.formOf('take/send'))) throw new Closed(check.describe());
    const led = await this.#order(number, () => check.form(steps.formOf('take/send')).submit(undefined, { follow: false }),
      ({ pathname }) => pathname === `/polls/${this.#poll}/receipt`);
    this.answered = true;
    const receipt = (await this.client.get(led.location, { from: led })).expect(200);
    // Where there should be a receipt there is the poll's page: nothing is stored, and the checker has to hear of it.
    if (!steps.referenceOf(receipt)) history.note({ what: 'saw', person: this.index, value: null });
  }

  async #withdraw() {
    const form = await this.client.get(`/answers/${this.#poll}/withdraw`);
    if (!form.hasForm(steps.formOf('answers/withdraw'))) {
      if (form.status !== 404) throw new Closed(form.describe());
      // An earlier withdrawal, of which nothing was heard, was done; where there was none, an answer is lost, and the checker
      // has to hear of it.
      this.load.history.note({ what: 'saw', person: this.index, value: null });
      this.answered = false;
      return;
    }
    // A withdrawal leads to the poll's page whatever came of it, and that page says what.
    await this.#order(null, async () => {
      const led = await form.form(steps.formOf('answers/withdraw')).submit(undefined, { follow: false });
      const page = await this.client.get(led.location, { from: led });
      const said = saidOf(page);
      if (said === 'refused') throw new Closed(page.describe());
      if (said === 'done') return led;
      this.#unsaid(said, page);
      throw new Outage(page.describe());
    }, ({ pathname }) => pathname === `/polls/${this.#poll}`);
    this.answered = false;
  }

  /** What the person's own page shows now. @returns {Promise<{number: number, choice: string} | null>} */
  async own() {
    const page = await this.client.get(`/answers/${this.#poll}`);
    if (page.status === 404) return null;
    const rows = all(page.expect(200).one('main dl'), '.govuk-summary-list__row').map(textOf);
    const number = Number(rows[1].replace(/[^0-9]/g, ''));
    const choice = /\bFirst\b/.test(rows[0]) ? 'o1' : /\bSecond\b/.test(rows[0]) ? 'o2' : rows[0];
    return { number, choice };
  }

  async look() {
    const own = await this.own();
    this.load.history.note({ what: 'saw', person: this.index, value: own?.number ?? null });
    this.answered = own !== null;
    if (own && own.choice !== choiceOf(own.number)) throw new Error(`half of an answer: ${JSON.stringify(own)}`);
  }

  /** Answers, or changes, or withdraws, and looks; until the load is to end. */
  async run() {
    const { load } = this;
    while (!load.stopping && !this.closed) {
      try {
        if (this.answered && Math.random() < load.withdrawals) await this.#withdraw();
        else await this.#answer();
        if (Math.random() < 0.4) await this.look();
        await wait(Math.random() * load.pause);
      } catch (error) {
        if (error instanceof Outage) {
          // The forms are still on the screen.
          load.lastOutage = error.message;
          await wait(50 + Math.random() * 100);
        } else if (error instanceof Closed && load.mayClose) {
          this.#forms = undefined;
          load.closed += 1;
          await wait(200);
        } else if (error instanceof SignedOut && load.mayBeSignedOut) {
          await persistently(() => this.signIn());
        } else throw error;
      }
    }
  }
}

/** Tries again what was cut off. */
export async function persistently(work, patience = 60_000) {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Outage) && !isCut(error)) throw error;
      if (performance.now() > deadline) throw new Error(`it does not come back: ${error.message}`, { cause: error });
      await wait(100);
    }
  }
}

export class Load {
  #id = 0;

  #running;

  #failure;

  acknowledged = 0;

  /** How often somebody was told that the poll is closed. */
  closed = 0;

  stopping = false;

  mayClose = false;

  mayBeSignedOut = false;

  /** How many of the turns of somebody who has answered are withdrawals. */
  withdrawals = 0.1;

  /** The most that a person waits between two turns, in milliseconds. */
  pause = 60;

  constructor({ target, history, poll, people, login }) {
    Object.assign(this, { target, history, poll, login });
    this.people = Array.from({ length: people }, (_, index) => new Person(this, index));
  }

  nextId() { return (this.#id += 1); }

  async signIn() { await steps.inParallel(8, this.people, (person) => person.signIn()); }

  /** Begins. What goes wrong with the load shows up wherever it is waited for. */
  start(people = this.people) {
    this.stopping = false;
    this.#running = Promise.all(people.map((person) => person.run())).catch((error) => { this.#failure ??= error; this.stopping = true; });
  }

  async stop() {
    this.stopping = true;
    await this.#running;
    if (this.#failure) throw this.#failure;
  }

  /** Waits until something is so; fails when the load failed, or in time. */
  async until(what, found, patience = 60_000) {
    const deadline = performance.now() + patience;
    for (;;) {
      if (this.#failure) throw this.#failure;
      const value = await found();
      if (value) return value;
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}; the last outage: ${this.lastOutage}`);
      await wait(20);
    }
  }

  /** Waits until so many more answers are acknowledged. @returns {Promise<number>} how long that took, in milliseconds */
  async progress(more = this.people.length, patience = 60_000) {
    const [from, began] = [this.acknowledged, performance.now()];
    await this.until(`${more} acknowledgements`, () => this.acknowledged >= from + more, patience);
    return performance.now() - began;
  }

  /** Waits until somebody notices that something is broken. */
  async noticed(patience = 60_000) {
    const from = this.history.cutOff;
    await this.until('somebody to notice', () => this.history.cutOff > from, patience);
  }

  /** Everybody's own page. */
  async pages() {
    const pages = new Map();
    await steps.inParallel(8, this.people, async (person) => {
      const own = async () => {
        try {
          return await person.own();
        } catch (error) {
          if (!(error instanceof SignedOut) || !this.mayBeSignedOut) throw error;
          await person.signIn();
          return person.own();
        }
      };
      pages.set(person.index, await persistently(own));
    });
    return pages;
  }
}
