// The checker of fault runs finds what it is there to find: on histories made by hand, each with one thing wrong.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';

import { check, choiceOf, count, numberOf } from '../faults/check.mjs';
import { run } from '../faults/faults.mjs';
import { History } from '../faults/history.mjs';
import { Load } from '../faults/load.mjs';
import { Client, closeConnections } from '../lib/http.mjs';

/** Twelve of them chose the one and twelve the other: enough that the headline is exact. */
const PEOPLE = 24;

/** A history in which everybody sent one answer and saw the receipt, and what is then seen everywhere. */
function sound() {
  const events = [];
  const pages = new Map();
  const options = {};
  for (let person = 0; person < PEOPLE; person += 1) {
    const number = numberOf(person, 1);
    events.push({ t: person, what: 'sent', person, id: `${person}a`, value: number }, { t: person + 0.5, what: 'acknowledged', person, id: `${person}a` });
    pages.set(person, { number, choice: choiceOf(number) });
    options[choiceOf(number)] = (options[choiceOf(number)] ?? 0) + 1;
  }
  return { events, pages, stored: { responses: PEOPLE, people: PEOPLE }, release: { total: PEOPLE, options } };
}

const found = ({ events, ...seen }) => {
  const wrong = check(events, seen);
  return Object.fromEntries(Object.entries(wrong).filter(([, list]) => list.length).map(([name, list]) => [name, list.length]));
};

/** Person 3 sends another answer, and a word about it follows. */
function second(world, outcome, t = 100) {
  const value = numberOf(3, 8);
  world.events.push({ t, what: 'sent', person: 3, id: '3b', value });
  if (outcome) world.events.push({ t: t + 1, what: outcome, person: 3, id: '3b' });
  return value;
}

const shows = (world, person, number, choice = choiceOf(number)) => world.pages.set(person, { number, choice });

test('a sound history passes', () => {
  const world = sound();
  assert.deepEqual(found(world), {});
  assert.equal(count(check(world.events, world)), 0);
});

test('an acknowledged answer that is not on the page is lost', () => {
  const world = sound();
  second(world, 'acknowledged');
  assert.deepEqual(found(world), { lost: 1 });
});

test('an answer that is gone altogether is lost: on the page, in the database, in the release', () => {
  const world = sound();
  world.pages.set(3, null);
  // The rows and the figures still have it: then it is there a time too often.
  assert.deepEqual(found({ ...world, release: undefined }), { lost: 1, twice: 1 });
  const fewer = sound();
  fewer.stored = { responses: PEOPLE - 1, people: PEOPLE - 1 };
  assert.deepEqual(found(fewer), { lost: 1 });
  fewer.release.total = PEOPLE - 1;
  assert.deepEqual(found(fewer), { lost: 2 });
});

test('an answer of which nothing was heard may be there or not, and not come and go', () => {
  for (const outcome of ['unheard', undefined]) {
    const world = sound();
    const value = second(world, outcome);
    assert.deepEqual(found(world), {}, 'not stored');
    shows(world, 3, value);
    world.release = undefined;
    assert.deepEqual(found(world), {}, 'stored');
    world.events.push({ t: 200, what: 'saw', person: 3, value });
    assert.deepEqual(found(world), {}, 'seen, and still there');
    shows(world, 3, numberOf(3, 1));
    assert.deepEqual(found(world), { lost: 1 }, 'seen, and gone again');
  }
});

test('an answer that was overtaken does not come back', () => {
  const world = sound();
  const older = second(world, 'unheard');
  world.release = undefined;
  world.events.push({ t: 300, what: 'sent', person: 3, id: '3c', value: numberOf(3, 10) }, { t: 301, what: 'acknowledged', person: 3, id: '3c' });
  shows(world, 3, numberOf(3, 10));
  assert.deepEqual(found(world), {});
  shows(world, 3, older);
  assert.deepEqual(found(world), { lost: 1 });
});

test('a refused answer that is there all the same was not told', () => {
  const world = sound();
  shows(world, 3, second(world, 'refused'));
  assert.deepEqual(found({ ...world, release: undefined }), { untold: 1 });
});

test('a withdrawal holds', () => {
  const world = sound();
  world.events.push({ t: 100, what: 'sent', person: 3, id: '3w', value: null }, { t: 101, what: 'acknowledged', person: 3, id: '3w' });
  assert.deepEqual(found(world), { lost: 1 }, 'the withdrawal was lost');
  world.pages.set(3, null);
  world.stored = { responses: PEOPLE - 1, people: PEOPLE - 1 };
  world.release.total -= 1;
  world.release.options[choiceOf(numberOf(3, 1))] -= 1;
  assert.deepEqual(found(world), {});
});

test('that there is nothing to withdraw is so where a withdrawal of which nothing was heard may have been done, and nowhere else', () => {
  const world = sound();
  world.events.push({ t: 100, what: 'saw', person: 3, value: null });
  assert.deepEqual(found(world), { lost: 1 });
  const unheard = sound();
  unheard.events.push({ t: 100, what: 'sent', person: 3, id: '3w', value: null }, { t: 101, what: 'unheard', person: 3, id: '3w' }, { t: 102, what: 'saw', person: 3, value: null });
  assert.deepEqual(found(unheard), { lost: 1 }, 'and it does not come back');
  shows(unheard, 3, second(unheard, 'acknowledged', 200));
  assert.deepEqual(found({ ...unheard, release: undefined }), {});
});

test('the answer of another is mixed up, on a page of the load and on the last one', () => {
  const world = sound();
  shows(world, 3, numberOf(5, 1));
  assert.deepEqual(found(world), { mixed: 1 });
  const before = sound();
  before.events.push({ t: 50, what: 'saw', person: 3, value: numberOf(5, 2) });
  assert.deepEqual(found(before), { mixed: 1 });
});

test('a part of one answer beside a part of another is mixed up', () => {
  const world = sound();
  shows(world, 3, numberOf(3, 1), 'o1');
  assert.deepEqual(found({ ...world, release: undefined }), { mixed: 1 });
});

test('a second row is somebody twice, under the same pseudonym or another', () => {
  const world = sound();
  world.stored = { responses: PEOPLE + 1, people: PEOPLE + 1 };
  assert.deepEqual(found(world), { twice: 1 });
  world.stored = { responses: PEOPLE + 1, people: PEOPLE };
  assert.deepEqual(found(world), { twice: 2 });
});

test('a release that says something else than the pages', () => {
  const world = sound();
  world.release.total += 1;
  assert.deepEqual(found(world), { twice: 1 });
  const other = sound();
  other.release.options.o1 += 1;
  other.release.options.o2 -= 1;
  assert.deepEqual(found(other), { mixed: 2 });
  const withheld = sound();
  withheld.release.options = {};
  assert.deepEqual(found(withheld), { mixed: 2 }, 'and nothing that may be published is withheld');
});

test('a headline in which few chose something may be off by the noise, and by no more', () => {
  for (const [off, wrong] of [[5, {}], [6, { mixed: 2 }]]) {
    const world = sound();
    const seen = { o1: 0, o2: 0 };
    for (const [person, page] of world.pages) {
      // Five of them have the one choice, all others the other.
      const round = choiceOf(numberOf(person, 1)) === (person < 5 ? 'o1' : 'o2') ? 1 : 2;
      page.number = numberOf(person, round);
      page.choice = choiceOf(page.number);
      seen[page.choice] += 1;
      const [sent] = world.events.filter((event) => event.person === person && event.what === 'sent');
      sent.value = page.number;
    }
    assert.deepEqual(seen, { o1: 5, o2: PEOPLE - 5 });
    world.release.options = { o1: 5 + off, o2: PEOPLE - 5 - off };
    assert.deepEqual(found(world), wrong);
  }
});

test('what was heard after the moment of a backup proves nothing, and what was heard before it does', () => {
  const world = sound();
  second(world, 'acknowledged');
  assert.deepEqual(found({ ...world, until: 99 }), {});
  assert.deepEqual(found({ ...world, until: 100.5 }), {}, 'sent before, acknowledged after');
  assert.deepEqual(found({ ...world, until: 101 }), { lost: 1 });
});

test('a history knows whether somebody noticed since a moment: by a failure, or by having waited', () => {
  const history = new History('checker');
  const exchange = (outcome) => history.note({ what: 'http', person: 3, method: 'GET', path: '/', ...outcome });
  try {
    exchange({ ms: 900, cut: true });
    const began = history.note({ what: 'fault', kind: 'slow' });
    assert.deepEqual([history.noticed(began), history.noticed(began, 500), history.slowest], [false, false, 900]);
    for (const ms of [200, 600, 30]) exchange({ ms });
    assert.deepEqual([history.noticed(began), history.noticed(began, 600), history.noticed(began, 601)], [false, true, false]);
    const later = exchange({ ms: 40 });
    assert.equal(history.noticed(later, 40), false);
    exchange({ ms: 20, cut: true });
    assert.deepEqual([history.noticed(later), history.slowest, history.cutOff, history.requests], [true, 900, 2, 6]);
  } finally {
    history.close();
  }
});

test('a form that is swallowed without a word is written down, one that is refused in words is not', async (t) => {
  const page = (form, top = '') => `<!doctype html><title>A poll</title><main>${top}${form}</main>`;
  const form = (action, fields = '') => `<form method="post" action="/api/${action}">${fields}<button>On</button></form>`;
  const choice = '<input type="radio" name="choice" value="o1"><input type="radio" name="choice" value="o2">';
  const banner = '<div class="govuk-notification-banner">The poll is closed</div>';
  const summary = '<div class="govuk-error-summary">Something else was sent since</div>';
  /** What is said of each answer, on the page of the poll; the last one is taken. */
  const words = ['', banner, summary, undefined];
  let said = '';
  const server = http.createServer(async (request, response) => {
    let sent = '';
    for await (const part of request) sent += part;
    const lead = (location) => response.writeHead(303, { location }).end();
    if (request.url === '/api/take/start') return lead('/polls/one/take/1');
    if (request.url === '/api/take/answer') return lead(sent.startsWith('choice') ? '/polls/one/take/2' : '/polls/one/check');
    if (request.url === '/api/take/send') {
      said = words.shift();
      if (said === undefined) load.stopping = true; // the turn that is on its way is the last
      return lead(said === undefined ? '/polls/one/receipt' : '/polls/one');
    }
    response.setHeader('content-type', 'text/html');
    return response.end({
      '/polls/one': page(form('take/start'), said),
      '/polls/one/take/1': page(form('take/answer', choice)),
      '/polls/one/take/2': page(form('take/answer', '<input name="text">')),
      '/polls/one/check': page(form('take/send')),
      '/polls/one/receipt': page('<p class="veche-receipt__reference">ABC</p>'),
    }[request.url] ?? page(''));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const history = new History('checker-load');
  t.after(() => { history.close(); closeConnections(); server.close(); });
  const origin = `http://127.0.0.1:${server.address().port}`;
  const load = new Load({ target: { origin }, history, poll: 'one', people: 1 });
  Object.assign(load, { mayClose: true, withdrawals: 0 });
  load.people[0].client = new Client({ origin });
  load.people[0].look = () => {};
  load.start();
  await load.progress(1);
  await load.stop();
  assert.deepEqual(history.swallowed.map(({ person, path }) => [person, path]), [[0, '/polls/one']]);
  assert.deepEqual(['unheard', 'refused', 'acknowledged'].map((what) => history.count(what)), [2, 1, 1]);
  assert.deepEqual(check(history.events, { pages: new Map([[0, { number: numberOf(0, 4), choice: choiceOf(numberOf(0, 4)) }]]) }),
    { lost: [], twice: [], mixed: [], untold: [] });
});

test('where nothing breaks, a form that is swallowed is a failure', async () => {
  const tally = { times: 1, acknowledged: 5, wrong: [], cutOff: 0, swallowed: 1 };
  const scenario = { fault: 'none', times: { short: 1 }, silent: true, run: async () => tally };
  assert.deepEqual((await run(scenario, { short: true })).problems, ['1 forms were swallowed without a word']);
  assert.deepEqual((await run({ ...scenario, silent: false }, { short: true })).problems, ['nobody noticed']);
});

test('nobody is left out', () => {
  const world = sound();
  world.pages.delete(3);
  assert.ok(found(world).lost > 0);
});
