// Who may do what: every page and every server function there is, called by everybody who may not. The lists are read
// out of the source, so that a new one cannot be forgotten: what no table of lib/surface.mjs names fails the test.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/http.mjs';
import { startPortal } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';
import { endpoints, FUNCTIONS, PAGES, pages, ROLES } from '../lib/surface.mjs';
import { startProvider } from '../provider/provider.mjs';

test('every function and every page is named here', () => {
  assert.deepEqual([...endpoints().keys()].filter((name) => !(name in FUNCTIONS)), [], 'functions that nobody tries');
  assert.deepEqual(pages().filter((route) => !(route in PAGES)), [], 'pages that nobody tries');
  for (const route of Object.keys(PAGES)) assert.ok(pages().includes(route), `${route} is no page`);
  for (const name of Object.keys(FUNCTIONS)) assert.ok(endpoints().has(name), `${name} is no function`);
});

/** A word that one citizen writes and that nobody else may ever be shown. */
const SECRET = 'zugzwang';
const ANSWERING = 13;
const STAFF = [...ROLES, 'elsewhere-initiator', 'elsewhere-statistician'];

describe('the portal', () => {
  let provider;
  let portal;
  let office;
  let elsewhere;
  /** Ids under the names that the tables use. */
  const values = { nothing: '00000000-0000-4000-8000-000000000000' };
  const callers = {};

  const questions = [
    { kind: 'single_choice', ...steps.both('title', 'Which one?'), ...steps.options('First', 'Second') },
    { kind: 'short_text', ...steps.both('title', 'Why?'), max_chars: 200 },
  ];

  before(async () => {
    provider = await startProvider({
      variant: 'A', people: [
        ...STAFF.map((sub) => ({ sub, givenName: sub, familyName: 'Staff', birthDate: '1980-05-05' })),
        ...Array.from({ length: ANSWERING + 1 }, (_, i) => ({ sub: `citizen-${i}`, givenName: i < ANSWERING ? `Citizen ${i}` : 'Onlooker', birthDate: '1990-01-01' })),
      ],
    });
    portal = await startPortal({ name: 'authorisation', provider, settings: { administrators: ['administrator'] } });
    office = await steps.openOffice(portal, {
      administrator: 'administrator', department: 'Ours',
      staff: { initiator: 'initiator', statistician: 'statistician', reviewer: 'reviewer', auditor: 'auditor' },
    });
    elsewhere = await steps.openOffice(portal, {
      administrator: office.administrator, department: 'Theirs',
      staff: { initiator: 'elsewhere-initiator', statistician: 'elsewhere-statistician' },
    });
    const write = (title) => steps.writePoll(office.initiator, office.department, { title, questions: steps.ofItsOwn(title, questions) });
    values.department = office.department;
    values.published = await write('A published poll');
    await steps.openPoll(office, values.published);
    const answer = async (i, poll) => {
      const citizen = callers[`citizen-${i}`] ??= await steps.signIn(portal, `citizen-${i}`);
      await steps.takePart(citizen, poll, [{ choice: 'o1' }, { text: i === 0 ? SECRET : 'because' }]);
    };
    for (let i = 0; i < ANSWERING; i += 1) await answer(i, values.published);
    await steps.press(office.initiator, values.published, 'close');
    values.open = await write('An open poll');
    await steps.openPoll(office, values.open);
    for (let i = 0; i < ANSWERING; i += 1) await answer(i, values.open);
    values.reviewed = await write('A poll in review');
    await steps.press(office.initiator, values.reviewed, 'submit');
    values.draft = await write('A draft');
    const form = (await office.initiator.get(`/staff/polls/${values.draft}/basics`)).expect(200).form(steps.formOf('editor/save-basics'));
    values.revision = form.value('revision');
    await steps.published(new Client({ origin: portal.origin }), values.published);

    callers.nobody = new Client({ origin: portal.origin });
    callers.citizen = await steps.signIn(portal, `citizen-${ANSWERING}`);
    for (const role of ROLES) callers[role] = office[role];
    callers['elsewhere-initiator'] = elsewhere.initiator;
    callers['elsewhere-statistician'] = elsewhere.statistician;
  });
  after(async () => {
    await portal?.dispose();
    await provider?.close();
  });

  const filled = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, values[value] ?? value]));
  const roleOf = (caller) => caller.replace('elsewhere-', '');

  /** The refusals that this caller may get, or null if it may. */
  function refusals({ may, elsewhere: foreign }, caller) {
    if (may === 'anyone') return null;
    if (caller === 'nobody') return [401];
    if (may === 'person') return null;
    if (!may.includes(roleOf(caller))) return [403];
    return caller.startsWith('elsewhere-') && foreign ? [foreign] : null;
  }

  const CALLERS = ['nobody', 'citizen', ...ROLES, 'elsewhere-initiator', 'elsewhere-statistician'];

  /** No answer and no person's name may be in what anybody but the person gets. */
  function assertSilent(page, what) {
    assert.equal(page.text.includes(SECRET), false, `an answer in ${what}`);
    assert.doesNotMatch(page.text, /Citizen \d/, `a person who answered in ${what}`);
  }

  for (const [name, rule] of Object.entries(FUNCTIONS)) {
    test(`function ${name}`, async () => {
      const method = endpoints().get(name);
      assert.ok(method, 'it is there');
      for (const caller of CALLERS) {
        const refused = refusals(rule, caller);
        // What a caller may do is tried by the journeys; here only what nobody but its owner may, and reading.
        if (refused === null && method === 'POST') continue;
        const fields = filled(rule.fields);
        const options = { site: 'same-origin', headers: { accept: 'application/json' }, follow: false };
        const said = method === 'GET'
          ? await callers[caller].get(`/api/${name}?${new URLSearchParams(fields)}`, options)
          : await callers[caller].post(`/api/${name}`, fields, options);
        const what = `${name} as ${caller}`;
        if (refused) {
          assert.ok(refused.includes(said.status), `${what}: ${said.status} ${said.text.slice(0, 200)}`);
          assert.ok(said.body.length < 200, `${what} says too much: ${said.text.slice(0, 300)}`);
          // RFC 9110 §11.6.1; by no scheme for which a browser would ask for a password.
          assert.equal(said.headers['www-authenticate'], said.status === 401 ? 'Cookie form-action="/sign-in"' : undefined, what);
        } else assert.ok(![401, 403, 500].includes(said.status), `${what}: ${said.status} ${said.text.slice(0, 200)}`);
        assertSilent(said, what);
      }
    });
  }

  for (const [route, rule] of Object.entries(PAGES)) {
    test(`page ${route}`, async () => {
      for (const caller of CALLERS) {
        const fields = filled(rule.fields);
        const address = route.replace(/:(\w+)/g, (_, name) => fields[name]);
        const refused = refusals(rule, caller);
        const page = await callers[caller].get(address, { follow: false });
        const what = `${address} as ${caller}`;
        if (refused?.includes(401)) {
          assert.ok([302, 303].includes(page.status), `${what}: ${page.describe()}`);
          assert.equal(new URL(page.location).pathname, '/sign-in', what);
          assert.equal(new URL(page.location).searchParams.get('return'), address, what);
        } else if (refused) {
          assert.ok(refused.includes(page.status), `${what}: ${page.describe()}`);
        } else assert.ok(page.status < 400 || page.status === 404 || page.status === 409, `${what}: ${page.describe()}`);
        assertSilent(page, what);
      }
    });
  }

  test('the person alone sees the answer', async () => {
    const own = await steps.ownAnswers(callers['citizen-0'], values.open);
    assert.ok(own.some((row) => row.includes(SECRET)));
    const other = (await callers['citizen-1'].get(`/answers/${values.open}`)).expect(200);
    assertSilent({ text: other.textOf('main') }, "another's answers");
  });

  test('while a poll is open, and before fifty have answered, staff see nothing of it', async () => {
    for (const [caller, address] of [
      ['statistician', `/staff/departments/${values.department}/statistics`], ['statistician', `/staff/polls/${values.open}/results`],
      ['initiator', `/staff/polls/${values.open}`], ['initiator', `/staff/polls/${values.open}/results`],
    ]) {
      const page = (await callers[caller].get(address)).expect(200);
      const words = page.textOf('main');
      // The published poll is on the statistics page, too, with its exact number.
      // A time such as 13:26 is not a number of people, nor is a day of the month.
      const running = (page.textOf('table:has(#running)') ?? words).replace(/\d{1,2} \p{L}+ \d{4}(,? \d{1,2}:\d{2})?/gu, '').replace(/\d{1,2}:\d{2}/g, '');
      assert.doesNotMatch(running, new RegExp(`\\b(${ANSWERING}|10)\\b`), `${address}: how many took part`);
      assert.equal(page.one('svg.veche-chart, figure svg'), null, address);
      assertSilent(page, address);
    }
    for (const address of [`/polls/${values.open}/results`, `/polls/${values.open}/results.csv`]) {
      for (const caller of CALLERS) assert.equal((await callers[caller].get(address)).status, 404, `${address} as ${caller}`);
    }
  });

  test('what somebody wrote is never published', async () => {
    for (const address of [`/polls/${values.published}/results`, `/polls/${values.published}/results.csv`, `/staff/polls/${values.published}/results`]) {
      const page = (await callers.statistician.get(address)).expect(200);
      assertSilent(page, address);
    }
  });

  test('the log says what staff did, and nothing of citizens', async () => {
    for (let number = 1; number <= 3; number += 1) {
      const page = (await callers.auditor.get(`/staff/audit?page=${number}`)).expect(200);
      assertSilent(page, 'the log');
    }
    const approved = (await callers.auditor.get('/staff/audit?action=poll_approved')).expect(200).textsOf('main tbody tr');
    for (const poll of ['A published poll', 'An open poll']) assert.equal(approved.filter((line) => line.includes(poll)).length, 1, poll);
  });

  test('a reviewer does not review what they wrote', async () => {
    const both = elsewhere.initiator;
    await steps.appoint(office.administrator, await steps.staffCode(both), 'reviewer');
    const poll = await steps.writePoll(both, elsewhere.department, { title: 'Mine', questions });
    await steps.press(both, poll, 'submit');
    const page = await both.get(`/staff/reviews/${poll}`);
    assert.equal(page.status === 200 && page.hasForm(steps.formOf('editor/approve')), false);
    const revision = (await callers.reviewer.get(`/staff/reviews/${poll}`)).expect(200).form(steps.formOf('editor/approve')).value('revision');
    const said = await both.post('/api/editor/approve', { poll, revision }, { site: 'same-origin', headers: { accept: 'application/json' } });
    assert.equal(said.status, 403, said.text);
  });

  test('a role that was taken away is gone at once', async () => {
    const page = (await office.administrator.get(`/staff/admin/${elsewhere.department}`)).expect(200);
    const grants = page.all('a[href^="/staff/admin/roles/"]').map(({ attribs }) => attribs.href.split('/').at(-1));
    assert.ok(grants.length >= 2);
    for (const grant of grants) (await office.administrator.post('/api/staff/remove', { grant }, { from: page })).expect(200);
    (await callers['elsewhere-statistician'].get(`/staff/departments/${elsewhere.department}/statistics`)).expect(403);
    (await callers['elsewhere-initiator'].get(`/staff/departments/${elsewhere.department}`)).expect(403);
  });

  test("another person's consents and sign-ins cannot be touched", async () => {
    const mine = callers['citizen-0'];
    const data = await mine.get('/account/consents');
    const asks = data.expect(200).attribute('main a[href^="/account/consents/"]', 'href');
    assert.ok(asks, 'a consent that can be revoked');
    const consent = (await mine.get(asks)).expect(200).form(steps.formOf('account/revoke')).value('consent');
    (await callers.citizen.get(asks)).expect(404);
    const json = { site: 'same-origin', headers: { accept: 'application/json' }, follow: false };
    assert.equal((await callers.citizen.post('/api/account/revoke', { consent }, json)).status, 404);
    const second = await steps.signIn(portal, 'citizen-0');
    const signIns = (await second.get('/account/sign-ins')).expect(200);
    const handle = signIns.attribute(`${steps.formOf('account/end-sign-in')} input[name=handle]`, 'value');
    assert.ok(handle, 'another sign-in that can be ended');
    assert.equal((await callers.citizen.post('/api/account/end-sign-in', { handle }, json)).status, 404);
    (await mine.get('/answers')).expect(200);
    assert.equal((await mine.get('/answers')).path, '/answers', 'still signed in');
  });
});
