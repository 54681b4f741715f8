// What people sent and what they heard, in order, as JSON lines in `out/faults/`: the only witness of the checker. The
// people are invented; nothing like it exists in the portal.
//
// | what | of | means |
// | --- | --- | --- |
// | `sent` | person, id, value | an answer (a number) or a withdrawal (`null`) leaves the person |
// | `acknowledged` | person, id | the portal said that it is stored, or withdrawn |
// | `refused` | person, id | the portal said that it was not taken |
// | `unheard` | person, id | nothing was heard, or that something broke: it may be stored or not |
// | `elsewhere` | person, path | a form led to a page that does not belong to it and says nothing of it: it was swallowed |
// | `saw` | person, value | what the person's own page showed |
// | `http` | person, method, path, status or error, ms | one exchange, redirects included |
// | `fault` | kind | something was broken, or mended |
//
// `t` is monotonic, in milliseconds.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OUT = fileURLToPath(new URL('../out/faults', import.meta.url));

export class History {
  #file;

  #begun = performance.now();

  /** @type {object[]} what the checker reads: all but the exchanges */
  events = [];

  requests = 0;

  /** The exchanges that failed. */
  cuts = [];

  /** The longest waits, each of them longer than all that ended later. */
  #waits = [];

  /** @param {string} name names the file, e2e/out/faults/NAME.jsonl */
  constructor(name) {
    mkdirSync(OUT, { recursive: true });
    this.path = `${OUT}/${name}.jsonl`;
    this.#file = openSync(this.path, 'w');
  }

  get cutOff() { return this.cuts.length; }

  /** The forms that were swallowed without a word: where nothing breaks there is none. */
  get swallowed() { return this.events.filter(({ what }) => what === 'elsewhere'); }

  /** The longest that anybody waited for an answer or an error, in milliseconds. */
  get slowest() { return this.#waits[0]?.ms ?? 0; }

  get now() { return performance.now() - this.#begun; }

  /** @returns {number} when */
  note(event) {
    const t = Math.round(this.now * 1000) / 1000;
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify({ t, ...event })}\n`);
    if (event.what === 'http') {
      this.requests += 1;
      if (event.cut) this.cuts.push({ t, ...event });
      while (this.#waits.at(-1)?.ms <= event.ms) this.#waits.pop();
      this.#waits.push({ t, ms: event.ms });
    } else this.events.push({ t, ...event });
    return t;
  }

  /** Whether somebody noticed after `t` that something is broken: an exchange failed, or took so many milliseconds. */
  noticed(t, ms = Infinity) { return this.cuts.at(-1)?.t > t || this.#waits.some((wait) => wait.t > t && wait.ms >= ms); }

  /** How many of a kind there are. */
  count(what) { return this.events.filter((event) => event.what === what).length; }

  close() {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
