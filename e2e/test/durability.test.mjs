// The plug is pulled while answers come in. Whatever a person saw the receipt of is there afterwards, as it was sent;
// nobody has two responses, however often and from wherever they send.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Client } from '../lib/http.mjs';
import { startPortal } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';
import { wait } from '../lib/wait.mjs';
import { startProvider } from '../provider/provider.mjs';

const PEOPLE = 16;
const IMPATIENT = 6;
const ROUNDS = 6;
const KILLS = 6;

const people = Array.from({ length: PEOPLE + IMPATIENT + 1 }, (_, i) => ({ sub: `citizen-${i}`, givenName: `N${i}`, birthDate: '1990-01-01' }));
const staff = ['boss', 'writer', 'second'].map((sub) => ({ sub, givenName: sub, familyName: 'Staff', birthDate: '1980-05-05' }));

let provider;
let portal;
let office;
let poll;

before(async () => {
  provider = await startProvider({ variant: 'A', people: [...staff, ...people] });
  portal = await startPortal({ name: 'durability', provider, settings: { administrators: ['boss'] } });
  office = await steps.openOffice(portal, {
    administrator: 'boss', department: 'Trials', staff: { initiator: 'writer', reviewer: 'second' },
  });
  poll = await steps.writePoll(office.initiator, office.department, {
    title: 'In a storm', questions: [
      { kind: 'single_choice', ...steps.both('title', 'Which one?'), ...steps.options('First', 'Second') },
      { kind: 'number', ...steps.both('title', 'Which round?'), min: 0, max: 1_000_000, bins: '500000' },
    ],
  });
  await steps.openPoll(office, poll);
});
after(async () => {
  await portal?.dispose();
  await provider?.close();
});


/** Whether the portal was not there, which is what a person sees while it is down. */
const isOutage = (error) => /ECONN|EPIPE|socket hang up|aborted/.test(`${error.code} ${error.message}`);

/** The number that stands in one's own answers. */
const numberOf = async (person) => {
  const [, row] = await steps.ownAnswers(person, poll);
  return Number(row.replace(/[^0-9]/g, ''));
};

test(`${PEOPLE} people send while the server is killed ${KILLS} times`, { timeout: 5 * 60_000 }, async (t) => {
  const crowd = [];
  for (let i = 0; i < PEOPLE; i += 1) crowd.push(await steps.signIn(portal, `citizen-${i}`));

  // By person: the last answer with a receipt.
  const acknowledged = new Map();
  let outages = 0;
  let receipts = 0;
  let sending = PEOPLE;

  /** Whoever has a receipt has sent nothing since. */
  async function checkStored(i) {
    assert.equal(await numberOf(crowd[i]), acknowledged.get(i), `person ${i}`);
  }

  const persistent = async (work) => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isOutage(error)) throw error;
        outages += 1;
        await wait(50);
      }
    }
  };

  const working = Promise.all(crowd.map(async (person, i) => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const number = i * 1000 + round;
      await persistent(async () => {
        const check = await steps.answerAgain(person, poll, [{ choice: round % 2 ? 'o1' : 'o2' }, { text: number }]);
        const receipt = await steps.send(check);
        assert.ok(steps.referenceOf(receipt), receipt.describe());
        acknowledged.set(i, number);
        receipts += 1;
      });
      await persistent(() => checkStored(i));
    }
  }).map((one) => one.finally(() => { sending -= 1; })));
  // Told apart below: a failure of the crowd must not be hidden by one of the killing.
  working.catch(() => {});

  let kills = 0;
  while (kills < KILLS && sending > 0) {
    await wait(250 + Math.random() * 1000);
    await portal.kill();
    kills += 1;
    await wait(50);
    await portal.start();
  }
  await working;
  t.diagnostic(`${kills} kills, ${outages} requests cut off, ${receipts} receipts`);
  assert.ok(kills >= 3, `only ${kills} kills before everybody was done`);
  assert.ok(outages > 0, 'somebody noticed');

  await portal.restart({ kill: true });
  for (let i = 0; i < PEOPLE; i += 1) {
    await checkStored(i);
    assert.ok(steps.referenceOf((await crowd[i].get(`/polls/${poll}/receipt`)).expect(200)));
  }
});

test('sent at the same moment from two devices: one response', async () => {
  for (let i = PEOPLE; i < PEOPLE + IMPATIENT; i += 1) {
    const devices = [await steps.signIn(portal, `citizen-${i}`), await steps.signIn(portal, `citizen-${i}`)];
    const checks = [await steps.answerAll(await steps.begin(devices[0], poll), [{ choice: 'o1' }, { text: i }])];
    checks.push((await devices[1].get(`/polls/${poll}/check`)).expect(200));
    const receipts = await Promise.all([...checks, ...checks].map((page) => page.form(steps.formOf('take/send')).submit()));
    for (const page of receipts) assert.ok(page.status < 500, page.describe());
    assert.ok(receipts.some((page) => steps.referenceOf(page)), receipts.map((page) => page.describe()).join('\n'));
    const references = new Set();
    for (const device of devices) {
      assert.equal(await numberOf(device), i);
      references.add(steps.referenceOf((await device.get(`/polls/${poll}/receipt`)).expect(200)));
    }
    assert.equal(references.size, 1, 'one reference on both devices');
  }
});

test('begun on one device, finished on another', async () => {
  const login = people.at(-1).sub;
  const [one, other] = [await steps.signIn(portal, login), await steps.signIn(portal, login)];
  const page = await steps.begin(one, poll);
  await steps.answerQuestion(page, { choice: 'o2' });
  const found = (await other.get(`/polls/${poll}/take/1`)).expect(200);
  assert.equal(found.form(steps.formOf('take/answer')).value('choice'), 'o2');
});

test('as many responses are published as people answered', async () => {
  await steps.press(office.initiator, poll, 'close');
  await portal.restart({ kill: true });
  const anyone = new Client({ origin: portal.origin });
  // The server that was killed held the lease of the scheduler.
  await steps.published(anyone, poll, { timeout: 120_000 });
  const [columns, all] = steps.parseCsv((await anyone.get(`/polls/${poll}/results.csv`)).expect(200).text);
  assert.equal(all[columns.indexOf('count')], String(PEOPLE + IMPATIENT));
});
