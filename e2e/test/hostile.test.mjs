// What people, programs and broken providers send that no page of ours does: refused with the right status and words
// that say what to do, nothing typed is lost, nothing internal is shown.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { sqlite } from '../faults/sqlite.mjs';
import { notOnPostgres } from '../lib/engine.mjs';
import { rawTextOf } from '../lib/html.mjs';
import { Client } from '../lib/http.mjs';
import { passProvider } from '../lib/identity.mjs';
import { newClientKey, startPortal } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';
import { until, wait } from '../lib/wait.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

const STAFF = ['boss', 'writer', 'second'].map((sub) => ({ sub, givenName: sub, familyName: 'Staff', birthDate: '1980-05-05' }));
const CITIZENS = Array.from({ length: 20 }, (_, i) => ({ sub: `citizen-${i}`, givenName: `N${i}`, birthDate: '1990-01-01' }));

/** One question of every type. */
const QUESTIONS = [
  { kind: 'single_choice', ...steps.both('title', 'Which one?'), ...steps.options('First', 'Second', 'Third') },
  {
    kind: 'multiple_choice', ...steps.both('title', 'Which ones?'), least: 1, most: 2,
    ...steps.options('A', 'B', 'C', 'None of these'), 'options[3][exclusive]': true,
  },
  { kind: 'yes_no', ...steps.both('title', 'Is it so?') },
  { kind: 'scale', ...steps.both('title', 'How much?'), from: 1, to: 5, ...steps.both('low', 'little'), ...steps.both('high', 'much') },
  { kind: 'number', ...steps.both('title', 'How many?'), min: 0, max: 120, bins: '10, 50' },
  { kind: 'date', ...steps.both('title', 'Since when?'), date_min: '2020-01-01', date_max: '2030-12-31' },
  { kind: 'short_text', ...steps.both('title', 'What else?'), max_chars: 100 },
];
const GOOD = [
  { choice: 'o1' }, { 'choices[]': ['o1', 'o3'] }, { choice: 'yes' }, { choice: '3' }, { text: '42' },
  { day: '29', month: '2', year: '2024' }, { text: 'Nothing\r\nat all' },
];

/** Every portal has a provider of its own: a provider knows one portal. */
async function house(name, settings = {}, { variant = 'A', ...options } = {}) {
  const provider = await startProvider({ variant, people: [...STAFF, ...CITIZENS, ...FEW] });
  const portal = await startPortal({ name, provider, settings: { administrators: ['boss'], ...settings }, ...options });
  return { provider, portal, close: async () => { await portal.dispose(); await provider.close(); } };
}

async function withPoll(portal, questions = QUESTIONS) {
  const office = await steps.openOffice(portal, {
    administrator: 'boss', department: 'Trials', staff: { initiator: 'writer', reviewer: 'second' },
  });
  const open = async (title) => {
    const poll = await steps.writePoll(office.initiator, office.department, { title, questions: steps.ofItsOwn(title, questions) });
    await steps.openPoll(office, poll);
    return poll;
  };
  return { office, open, poll: await open('A poll of every kind') };
}

const INTERNALS = /\bsrc\/|\.rs\b|panicked|\bsqlx?\b|sea_orm|sqlite|stack backtrace|RUST_|\bDbErr\b|no such table|malformed|\/tmp\//i;

/** A page that says something did not work: in words, in the reader's language, with nothing of our insides. */
function assertSpeaks(page, language = 'en') {
  assert.match(page.headers['content-type'] ?? '', /text\/html/, page.describe());
  assert.equal(page.attribute('html', 'lang'), language, page.describe());
  const words = page.textOf('main') ?? '';
  assert.ok((page.textOf('h1') ?? '').length > 3, page.describe());
  assert.ok(page.one('main a[href]'), `a way on: ${page.describe()}`);
  assert.match(words, language === 'ru' ? /[а-яё]{4}/i : /[a-z]{4}/i);
  if (language === 'ru') assert.doesNotMatch(page.textOf('h1'), /[a-z]{5}/i, page.describe());
  assert.doesNotMatch(page.text, INTERNALS, page.describe());
}

describe('answers that are none', () => {
  let home;
  let trial;
  let person;
  let sent;
  before(async () => {
    home = await house('hostile-answers');
    trial = await withPoll(home.portal);
    person = await steps.signIn(home.portal, 'citizen-0');
  });
  after(() => home?.close());

  const BAD = [
    [1, 'nothing chosen', {}],
    [1, 'an unknown option', { choice: ['o99'] }],
    [1, 'an option of nobody', { choice: ['__proto__'] }],
    [2, 'too many choices', { 'choices[]': ['o1', 'o2', 'o3'] }],
    [2, 'the exclusive one with another', { 'choices[]': ['o1', 'o4'] }],
    [2, 'an unknown one among known', { 'choices[]': ['o1', 'o77'] }],
    [2, 'none', {}],
    [3, 'neither yes nor no', { choice: ['maybe'] }],
    [4, 'above the scale', { choice: ['6'] }],
    [4, 'between its steps', { choice: ['1.5'] }],
    [4, 'another way of writing a step', { choice: ['1e0'] }],
    [5, 'below the least', { text: ['-1'] }],
    [5, 'above the most', { text: ['121'] }],
    [5, 'words', { text: ['about ten'] }],
    [5, 'a fraction', { text: ['1.5'] }],
    [5, 'larger than any integer', { text: ['9'.repeat(40)] }],
    [6, 'a day that no month has', { day: ['31'], month: ['2'], year: ['2024'] }],
    [6, 'the 29th of February of another year', { day: ['29'], month: ['2'], year: ['2023'] }],
    [6, 'a month that no year has', { day: ['1'], month: ['13'], year: ['2024'] }],
    [6, 'words', { day: ['first'], month: ['May'], year: ['last'] }],
    [6, 'before the first day', { day: ['31'], month: ['12'], year: ['2019'] }],
    [6, 'half a date', { day: ['1'], month: [], year: [] }],
    [7, 'too long', { text: ['x'.repeat(101)] }],
  ];

  test('each is refused at its own question, with what was typed and why', async (t) => {
    let page = await steps.begin(person, trial.poll);
    for (let number = 1; number <= QUESTIONS.length; number += 1) {
      for (const [, what, values] of BAD.filter(([of]) => of === number)) {
        await t.test(`question ${number}: ${what}`, async () => {
          const form = page.form(steps.formOf('take/answer'));
          for (const [name, given] of Object.entries(values)) form.force(name, ...given);
          if (!Object.keys(values).length) for (const name of form.names) if (/choice/.test(name)) form.omit(name);
          const said = (await form.submit()).expect(422);
          assert.equal(said.path, `/polls/${trial.poll}/take/${number}`);
          assert.equal(said.textsOf('.govuk-error-summary li').length, 1, said.describe());
          const target = said.attribute('.govuk-error-summary li a', 'href');
          assert.ok(said.one(`[id="${target.slice(1)}"]`), `the summary leads to the field: ${target}`);
          assert.ok(said.one('.govuk-error-message'));
          const again = said.form(steps.formOf('take/answer'));
          for (const [name, [given = '']] of Object.entries(values).filter(([name]) => !/choice/.test(name))) {
            assert.equal(again.value(name), given, `what was typed is still there: ${name}`);
          }
        });
      }
      page = (await steps.answerQuestion((await person.get(`/polls/${trial.poll}/take/${number}`)).expect(200), GOOD[number - 1])).expect(200);
    }
    assert.ok(page.hasForm(steps.formOf('take/send')), page.describe());
    assert.ok(steps.referenceOf(await steps.send(page)));
    sent = await steps.ownAnswers(person, trial.poll);
    assert.ok(sent.some((row) => row.includes('42')));
  });

  test('characters that come along when something is pasted, and that nobody sees, are no fault of the person', async () => {
    const another = await steps.signIn(home.portal, 'citizen-19');
    let page = await steps.begin(another, trial.poll);
    for (let number = 1; number < QUESTIONS.length; number += 1) page = await steps.answerQuestion(page, GOOD[number - 1]);
    const last = page.form(steps.formOf('take/answer')).force('text', 'a\u0007b\u0000c\u000bd');
    assert.ok(steps.referenceOf(await steps.send((await last.submit()).expect(200))));
    assert.ok((await steps.ownAnswers(another, trial.poll)).some((row) => /a b c\s?d/.test(row)));
  });

  test('the same in Russian', async () => {
    const russian = await steps.signIn(home.portal, 'citizen-1', { language: 'ru' });
    const page = await steps.begin(russian, trial.poll);
    const said = (await page.form(steps.formOf('take/answer')).force('choice', 'o99').submit()).expect(422);
    assert.match(said.textOf('.govuk-error-summary'), /[а-яё]{4}/i);
    assert.doesNotMatch(said.textOf('.govuk-error-summary'), /[a-z]{4}/i);
  });

  test('a text of a megabyte', async () => {
    for (const language of ['en', 'ru']) {
      const page = (await person.get(`/polls/${trial.poll}`)).expect(200);
      const said = await person.post('/api/take/answer', { poll: trial.poll, number: '7', text: 'x'.repeat(1 << 20) }, {
        from: page, headers: { 'accept-language': language },
      });
      assertSpeaks(said.expect(413), language);
      assert.ok(said.textOf('main p').length > 20, 'it says what to do');
    }
    assert.deepEqual(await steps.ownAnswers(person, trial.poll), sent, 'what was sent stands');
  });

  test('a body that never says how long it is', async () => {
    const page = (await person.get(`/polls/${trial.poll}`)).expect(200);
    try {
      const said = await person.post('/api/take/answer', { poll: trial.poll, number: '7', text: 'x'.repeat(1 << 20) }, {
        from: page, headers: { 'content-length': null, 'transfer-encoding': 'chunked' },
      });
      assert.ok(said.status >= 400 && said.status < 500, said.describe());
      assert.doesNotMatch(said.text, INTERNALS);
    } catch (error) {
      // No browser sends a form like that: whoever does is cut off.
      assert.match(String(error.code), /EPIPE|ECONNRESET/);
    }
    (await person.get('/')).expect(200);
  });

  test('forms with nothing in them, or with the wrong things', async () => {
    const posts = ['take/start', 'take/answer', 'take/send', 'answers/change', 'answers/withdraw', 'answers/discard', 'display', 'language'];
    const bodies = [{}, { poll: '' }, { poll: 'x' }, { poll: trial.poll, number: '-1' }, { poll: trial.poll, number: '1'.repeat(30) }, { 'poll[0]': 'x' }];
    for (const endpoint of posts) {
      for (const body of bodies) {
        if (/withdraw|discard|start|change/.test(endpoint) && body.poll === trial.poll) continue;
        for (const accept of ['text/html', 'application/json']) {
          const said = await person.post(`/api/${endpoint}`, body, { site: 'same-origin', headers: { accept } });
          assert.notEqual(said.status, 403, `${endpoint} ${JSON.stringify(body)}: ${said.describe()}`);
          assert.ok(said.status < 500, `${endpoint} ${JSON.stringify(body)}: ${said.describe()}`);
          assert.doesNotMatch(said.text, INTERNALS);
        }
      }
      const garbage = await person.request(`/api/${endpoint}`, {
        method: 'POST', site: 'same-origin', body: Buffer.from([0xff, 0xfe, 0x25, 0x00, 0x3d]), headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      assert.ok(garbage.status < 500, `${endpoint}: ${garbage.describe()}`);
      const json = await person.request(`/api/${endpoint}`, { method: 'POST', site: 'same-origin', body: '{"poll":1}', headers: { 'content-type': 'application/json' } });
      assert.ok(json.status < 500, `${endpoint}: ${json.describe()}`);
    }
    assert.deepEqual(await steps.ownAnswers(person, trial.poll), sent);
  });

  test('ids of nothing', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    for (const id of ['x', nobody, '%00', '..%2f..%2fetc', "'%20OR%201=1", 'a'.repeat(3000)]) {
      for (const address of [`/polls/${id}`, `/polls/${id}/take/1`, `/polls/${id}/check`, `/polls/${id}/receipt`, `/polls/${id}/results`,
        `/polls/${id}/results.csv`, `/answers/${id}`]) {
        const page = await person.get(address);
        assert.equal(page.status, 404, `${address.slice(0, 80)}: ${page.describe()}`);
        assertSpeaks(page);
      }
    }
    for (const number of ['0', '99', '-1', 'x', '9'.repeat(30)]) {
      const page = await person.get(`/polls/${trial.poll}/take/${number}`);
      assert.ok(page.status === 404 || page.path !== `/polls/${trial.poll}/take/${number}`, page.describe());
    }
  });

  test('the poll closes while it is being answered', async () => {
    const poll = await trial.open('Closes too soon');
    const late = await steps.signIn(home.portal, 'citizen-2');
    const ready = await steps.signIn(home.portal, 'citizen-3');
    let page = await steps.begin(late, poll);
    for (const values of GOOD.slice(0, 6)) page = (await steps.answerQuestion(page, values)).expect(200);
    const check = await steps.answerAll(await steps.begin(ready, poll), GOOD);

    await steps.press(trial.office.initiator, poll, 'close');

    const words = 'typed when it was too late';
    const told = await steps.answerQuestion(page, { text: words });
    assert.equal(told.path, `/polls/${poll}`, told.describe());
    assert.ok(told.status < 500);
    assert.ok(told.one('.govuk-notification-banner'), 'it is said at once');
    assert.ok(told.text.includes(words), 'what was typed last is there to see');
    const refused = await check.form(steps.formOf('take/send')).submit();
    assert.equal(refused.path, `/polls/${poll}`, refused.describe());
    assert.equal(refused.one('.veche-receipt'), null);

    // A moment later the drafts, which nobody can send any more, are gone. What came late only this browser has.
    const look = async () => (await late.get(`/polls/${poll}`)).expect(200);
    await until('the drafts are deleted', async () => !(await look()).one(`a[href="/answers/${poll}/discard"]`));
    assert.ok((await look()).text.includes(words));
    const other = await steps.signIn(home.portal, 'citizen-2');
    assert.equal((await other.get(`/polls/${poll}`)).text.includes(words), false);
  });
});

describe('signing in', () => {
  let home;
  before(async () => { home = await house('hostile-sign-in'); });
  after(() => home?.close());

  const fresh = () => new Client({ origin: home.portal.origin });
  const isSignedIn = async (client) => (await client.get('/')).hasForm('form[action="/auth/sign-out"]');

  /** Goes to the provider and stops before the portal is told. @returns the address of the callback */
  async function upToCallback(client, login) {
    const page = await client.get('/sign-in?return=%2Fpolls');
    const start = await page.form('form[action="/auth/sign-in"]').submit();
    let address;
    const stopping = client.request.bind(client);
    client.request = async (url, options = {}) => {
      let step = await stopping(url, { ...options, follow: false });
      while (step.location && step.status >= 300 && step.status < 400) {
        if (step.location.startsWith(`${home.portal.origin}/auth/callback`)) {
          address = step.location;
          return step;
        }
        step = await stopping(step.location, { from: step, follow: false });
      }
      return step;
    };
    await passProvider(start, login);
    client.request = stopping;
    assert.ok(address, 'the provider sent us back');
    return address;
  }

  test('an answer with a state that nobody made', async () => {
    for (const query of ['', '?code=x', '?state=x', '?code=x&state=y', '?code=x&state=y&iss=https%3A%2F%2Fevil.example', '?error=access_denied&state=y']) {
      const client = fresh();
      const page = (await client.get(`/auth/callback${query}`)).expect(400);
      assertSpeaks(page);
      assert.equal(await isSignedIn(client), false);
    }
    const russian = new Client({ origin: home.portal.origin, language: 'ru' });
    assertSpeaks((await russian.get('/auth/callback?code=x&state=y')).expect(400), 'ru');
  });

  test("somebody else's answer signs nobody in", async () => {
    const attacker = fresh();
    const address = await upToCallback(attacker, 'citizen-4');
    const victim = fresh();
    (await victim.get(address)).expect(400);
    assert.equal(await isSignedIn(victim), false);
    // One who has begun to sign in, too.
    const begun = fresh();
    await upToCallback(begun, 'citizen-5');
    (await begun.get(address)).expect(400);
    assert.equal(await isSignedIn(begun), false);
    assert.equal((await attacker.get(address)).expect(200).path, '/polls', 'it was good all the same');
  });

  test('an answer that was tampered with', async () => {
    for (const tamper of [
      (url) => url.searchParams.set('state', `${url.searchParams.get('state').slice(0, -1)}x`),
      (url) => url.searchParams.append('state', url.searchParams.get('state')),
      (url) => url.searchParams.set('iss', 'https://evil.example'),
      (url) => url.searchParams.set('code', 'another'),
      (url) => url.searchParams.delete('code'),
    ]) {
      const client = fresh();
      const url = new URL(await upToCallback(client, 'citizen-4'));
      tamper(url);
      const page = await client.get(url.href);
      assert.equal(page.status, 400, `${tamper}: ${page.describe()}`);
      assert.equal(await isSignedIn(client), false, String(tamper));
    }
  });

  test('the same answer twice', async () => {
    const client = fresh();
    const address = await upToCallback(client, 'citizen-6');
    assert.equal((await client.get(address)).expect(200).path, '/polls');
    assert.equal((await client.get(address)).expect(200).path, '/polls', 'a double click does no harm');
    assert.equal(await isSignedIn(client), true);
    const other = fresh();
    (await other.get(address)).expect(400);
    assert.equal(await isSignedIn(other), false);
  });

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const now = () => Math.floor(Date.now() / 1000);
  const FORGERIES = {
    'another nonce': ({ claims, sign }) => sign({ ...claims, nonce: 'forged' }),
    'no nonce': ({ claims: { nonce, ...claims }, sign }) => sign(claims),
    'another audience': ({ claims, sign }) => sign({ ...claims, aud: 'somebody-else' }),
    'several audiences and another party': ({ claims, sign }) => sign({ ...claims, aud: ['veche', 'other'], azp: 'other' }),
    'another issuer': ({ claims, sign }) => sign({ ...claims, iss: 'https://evil.example' }),
    'an expired token': ({ claims, sign }) => sign({ ...claims, iat: now() - 7200, exp: now() - 3600 }),
    'another key': ({ claims, sign }) => sign(claims, { privateKey }),
    'an access token that it does not speak of': ({ claims, sign }) => sign({ ...claims, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    'no signature': ({ claims }) => {
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${part({ alg: 'none' })}.${part(claims)}.`;
    },
    'no subject': ({ claims: { sub, ...claims }, sign }) => sign(claims),
    'not a token': () => 'x.y.z',
  };

  for (const [what, forge] of Object.entries(FORGERIES)) {
    test(`a token with ${what}`, async () => {
      const client = fresh();
      home.provider.alterTokens(async (given) => ({ ...given.body, id_token: await forge(given) }));
      try {
        const page = await steps.passSignIn(await client.get('/sign-in'), 'citizen-7');
        // What is no token at all is the provider's failure, and it is said so.
        assert.ok([400, 503].includes(page.status), page.describe());
        assertSpeaks(page);
        assert.equal(await isSignedIn(client), false);
      } finally {
        home.provider.alterTokens(null);
      }
    });
  }

  test('after all that one can still sign in', async () => {
    assert.equal(await isSignedIn(await steps.signIn(home.portal, 'citizen-7')), true);
  });

  test('saying no at the provider leads back to where one can try again', async () => {
    for (const cancel of ['sign-in', 'consent']) {
      const client = fresh();
      const page = (await steps.passSignIn(await client.get('/sign-in?return=%2Fpolls'), 'citizen-8', { cancel })).expect(200);
      assert.equal(page.path, '/sign-in');
      assert.equal(page.form('form[action="/auth/sign-in"]').value('return'), '/polls');
      assert.equal(await isSignedIn(client), false);
    }
  });

  test('nobody is sent away from the portal', async () => {
    const OUTSIDE = ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', '/%0d%0aLocation:%20https://evil.example',
      '\t//evil.example', '/\t/evil.example', 'http:evil.example', '///evil.example'];
    for (const outside of OUTSIDE) {
      const client = fresh();
      const page = (await client.get(`/sign-in?${new URLSearchParams({ return: outside })}`)).expect(200);
      assert.equal(new URL(page.form('form[action="/auth/sign-in"]').value('return'), home.portal.origin).origin, home.portal.origin, outside);
      const start = await page.form('form[action="/auth/sign-in"]').force('return', outside).submit();
      const back = await passProvider(start, 'citizen-9');
      assert.equal(new URL(back.url).origin, home.portal.origin, outside);
      const language = await client.post('/api/language', { language: 'ru', back: outside }, { site: 'same-origin', follow: false });
      if (language.location) assert.equal(new URL(language.location).origin, home.portal.origin, outside);
      else assert.ok(language.status < 500);
    }
  });

  test('the session has another id after signing in, and its cookie is out of reach of scripts', async () => {
    const client = fresh();
    const page = await client.get('/sign-in');
    await page.form('form[action="/auth/sign-in"]').submit();
    const before_ = client.cookies.get('session');
    assert.ok(before_, 'the way to the provider is bound to this browser');
    await steps.signIn(home.portal, 'citizen-10', { client });
    const after_ = client.cookies.get('session');
    assert.ok(after_);
    assert.notEqual(after_, before_);
    const fixed = fresh();
    fixed.cookies.set(new URL(home.portal.origin).hostname, 'session', before_);
    assert.equal(await isSignedIn(fixed), false);
    assert.deepEqual(client.cookies.refused, []);
  });

  test('signing out ends the session here and at the provider', async () => {
    const client = await steps.signIn(home.portal, 'citizen-11');
    const cookie = client.cookies.get('session');
    const end = await (await client.get('/')).form('form[action="/auth/sign-out"]').submit();
    assert.equal(new URL(end.url).origin, home.provider.issuer, 'the provider asks');
    assert.equal(await isSignedIn(client), false);
    const thief = fresh();
    thief.cookies.set(new URL(home.portal.origin).hostname, 'session', cookie);
    assert.equal(await isSignedIn(thief), false);
  });
});

describe('requests from elsewhere', () => {
  let home;
  before(async () => { home = await house('hostile-elsewhere'); });
  after(() => home?.close());

  test('a form of another site is refused, whatever it is for', async () => {
    const client = await steps.signIn(home.portal, 'citizen-0');
    const paths = ['/api/display', '/api/language', '/api/take/send', '/api/answers/withdraw', '/api/staff/appoint', '/auth/sign-in', '/auth/sign-out'];
    for (const address of paths) {
      for (const options of [
        { site: 'cross-site' },
        { site: 'same-site' },
        { headers: { origin: 'https://evil.example' } },
        { headers: { origin: 'null' } },
        { headers: { origin: 'null', 'sec-fetch-site': null } },
        { headers: { origin: null, 'sec-fetch-site': null } },
        { headers: { 'sec-fetch-site': 'none' } },
        { headers: { origin: home.portal.origin.replace('127.0.0.1', 'localhost') } },
      ]) {
        const page = await client.post(address, { language: 'ru', size: 'large' }, options);
        assertSpeaks(page.expect(403));
      }
    }
    assert.ok((await client.get('/')).hasForm('form[action="/auth/sign-out"]'), 'still signed in');
    assertSpeaks((await client.post('/api/display', {}, { site: 'cross-site', headers: { 'accept-language': 'ru' } })).expect(403), 'ru');
  });

  test('only the methods that there are', async () => {
    const client = new Client({ origin: home.portal.origin });
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE']) {
      for (const address of ['/', '/api/display', '/auth/sign-out', '/healthz']) {
        const page = await client.request(address, { method });
        assert.ok(page.status >= 400 && page.status < 500, `${method} ${address}: ${page.describe()}`);
        assert.doesNotMatch(page.text, INTERNALS);
      }
    }
    // What changes something is never done by a GET.
    const person = await steps.signIn(home.portal, 'citizen-1');
    for (const address of ['/auth/sign-out', '/api/display', '/api/take/start']) {
      const page = await person.get(address);
      assert.ok(page.status >= 400, `${address}: ${page.describe()}`);
    }
    assert.ok((await person.get('/')).hasForm('form[action="/auth/sign-out"]'));
  });

  test('nothing but the built client is under /pkg', async () => {
    const client = new Client({ origin: home.portal.origin });
    for (const address of ['/pkg/..%2fCargo.toml', '/pkg//etc/passwd', '/pkg/', '/pkg/nothing.js']) {
      const page = await client.get(address);
      assert.ok(page.status >= 400 && page.status < 500, `${address}: ${page.describe()}`);
    }
    // As they stand: a browser, and the client here, resolve the dots before they ask.
    const { hostname, port } = new URL(home.portal.origin);
    for (const asked of ['/pkg/../Cargo.toml', '/pkg/../../../../etc/passwd', '/pkg/%2e%2e/%2e%2e/etc/passwd', '/pkg/..%2f..%2fetc%2fpasswd', '/pkg/..\\Cargo.toml']) {
      const { status, text } = await new Promise((resolve, reject) => {
        http.get({ hostname, port, path: asked, agent: false }, async (response) => {
          let said = '';
          for await (const part of response) said += part;
          resolve({ status: response.statusCode, text: said });
        }).on('error', reject);
      });
      assert.ok([400, 404].includes(status), `${asked}: ${status}`);
      assert.doesNotMatch(text, /\[workspace\]|\[package\]|root:/, asked);
    }
  });
});

describe('headers', () => {
  const PAGES = ['/', '/services', '/protection', '/accessibility', '/display', '/polls', '/sign-in', '/nothing-here'];
  let home;
  before(async () => { home = await house('hostile-headers'); });
  after(() => home?.close());

  const directives = (page) => new Map(page.headers['content-security-policy'].split(';').map((part) => {
    const [name, ...values] = part.trim().split(/\s+/);
    return [name, values];
  }));
  const nonceOf = (page) => directives(page).get('script-src')?.find((value) => value.startsWith("'nonce-"))?.slice(7, -1);

  // Pages for everybody are kept for a second: they name their scripts by hash, so that no two readers share a nonce.
  test('a policy with a nonce that no two pages share, or with hashes, and nothing inline without it', async () => {
    const person = await steps.signIn(home.portal, 'citizen-0');
    const nonces = [];
    for (const client of [new Client({ origin: home.portal.origin }), person]) {
      for (const address of [...PAGES, ...PAGES]) {
        const page = await client.get(address);
        const policy = directives(page);
        assert.deepEqual(policy.get('default-src'), ["'none'"], address);
        assert.deepEqual(policy.get('frame-ancestors'), ["'none'"], address);
        assert.deepEqual(policy.get('base-uri'), ["'none'"], address);
        for (const [name, values] of policy) {
          assert.equal(values.some((value) => /unsafe-inline|unsafe-eval'?$|^\*$|^https?:$|^data:$/.test(value) && value !== "'wasm-unsafe-eval'"), false, `${name} ${values}`);
        }
        const nonce = nonceOf(page);
        // The page for an address that is none runs nothing, so that it may run nothing.
        if (page.status === 404) {
          assert.equal(nonce, undefined);
          assert.equal(page.one('script, style, [style]'), null);
          continue;
        }
        const hashes = policy.get('script-src').filter((value) => value.startsWith("'sha256-"));
        if (client === person) {
          assert.ok(nonce?.length >= 16, `${address}: ${page.headers['content-security-policy']}`);
          assert.deepEqual(hashes, []);
          nonces.push(nonce);
        } else {
          assert.equal(nonce, undefined, address);
        }
        const named = (script) => hashes.includes(`'sha256-${createHash('sha256').update(rawTextOf(script)).digest('base64')}'`);
        for (const script of page.all('script')) {
          const allowed = script.attribs.src?.startsWith('/') || (nonce ? script.attribs.nonce === nonce : named(script));
          assert.ok(allowed, `${address}: <script ${JSON.stringify(script.attribs)}>`);
        }
        assert.deepEqual(page.all('style').map(({ attribs }) => attribs.nonce).filter((given) => given !== nonce), [], address);
        assert.deepEqual(page.all('[style]').map(({ name }) => name), [], `${address}: styles in attributes`);
        assert.deepEqual(page.all('*').flatMap(({ attribs }) => Object.keys(attribs)).filter((name) => /^on/.test(name)), [], address);
        assert.deepEqual(page.all('[href^="javascript:"]').length, 0);
      }
    }
    assert.equal(new Set(nonces).size, nonces.length, 'no nonce twice');
  });

  test('the other headers, on pages, answers of functions, files and errors', async () => {
    const client = new Client({ origin: home.portal.origin });
    const style = (await client.get('/')).attribute('link[rel=stylesheet]', 'href');
    const answers = [
      ...await Promise.all([...PAGES, '/healthz', '/auth/callback?code=x', '/api/polls/list', ...(style ? [style] : [])].map((address) => client.get(address))),
      await client.post('/api/display', {}, { site: 'cross-site' }),
      await client.post('/api/take/answer', { text: 'x'.repeat(1 << 20) }),
    ];
    for (const page of answers) {
      const { headers } = page;
      assert.equal(headers['x-content-type-options'], 'nosniff', page.url);
      assert.equal(headers['x-frame-options'], 'DENY', page.url);
      assert.ok(['same-origin', 'no-referrer', 'strict-origin-when-cross-origin'].includes(headers['referrer-policy']), page.url);
      assert.match(headers['permissions-policy'] ?? '', /camera=\(\)/, page.url);
      assert.ok(headers['content-security-policy'], page.url);
      assert.equal(headers['strict-transport-security'], undefined, 'HSTS has no place on http');
      assert.equal(headers.server, undefined);
      assert.equal(headers['x-powered-by'], undefined);
      if (page.path.startsWith('/pkg/')) continue;
      // A page for everybody may be kept by whoever asks each time whether it is still the same; nothing else may.
      const kept = page.status === 200 && PAGES.includes(page.path);
      assert.match(headers['cache-control'] ?? '', kept ? /^public, no-cache$/ : /no-store/, page.url);
      if (kept) assert.ok(headers.etag, page.url);
    }
  });

  test('what is built is compressed, and kept for good under a name of what it holds', async () => {
    const client = new Client({ origin: home.portal.origin });
    const page = await client.get('/');
    const style = page.attribute('link[rel=stylesheet]', 'href');
    assert.ok(style, 'there is a built client');
    const sheet = (await client.get(style)).expect(200);
    const fonts = [...new Set(sheet.text.match(/\/pkg\/[^"')]+\.woff2/g))];
    assert.ok(fonts.length >= 8, `${fonts}`);
    const [wasm] = /\/pkg\/[^"']+_bg\.wasm|$/.exec(page.text);
    for (const address of [style, wasm, ...fonts]) {
      const { headers } = (await client.get(address)).expect(200);
      assert.match(headers['cache-control'] ?? '', /immutable/, address);
      // A font is Brotli within.
      assert.equal(headers['content-encoding'], fonts.includes(address) ? undefined : 'br', address);
    }
  });

  test('behind https: HSTS, and cookies that only https carries', async () => {
    const secure = await house('hostile-https', {}, { start: false });
    try {
      const config = readFileSync(secure.portal.configPath, 'utf8');
      writeFileSync(secure.portal.configPath, config.replace(/public_url = "[^"]*"/, 'public_url = "https://portal.example"'));
      await secure.portal.start();
      const client = new Client({ origin: secure.portal.origin });
      const page = (await client.get('/sign-in')).expect(200);
      assert.match(page.headers['strict-transport-security'], /max-age=\d{8}/);
      const sent = await client.post('/auth/sign-in', { return: '/' }, {
        follow: false, headers: { origin: 'https://portal.example', 'sec-fetch-site': 'same-origin' },
      });
      const cookies = sent.headers['set-cookie'] ?? [];
      assert.ok(cookies.some((cookie) => cookie.startsWith('__Host-session=')), `${sent.status} ${cookies}`);
      for (const cookie of cookies) {
        for (const flag of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) assert.ok(cookie.includes(flag), cookie);
        assert.doesNotMatch(cookie, /domain=/i);
      }
      assert.match(sent.location, /redirect_uri=https%3A%2F%2Fportal\.example%2Fauth%2Fcallback/);
      assert.deepEqual(client.cookies.refused, []);
    } finally {
      await secure.close();
    }
  });

  test('on loopback, cookies of the session are still out of reach of scripts and other sites', async () => {
    const client = new Client({ origin: home.portal.origin });
    const page = await client.get('/sign-in');
    const sent = await page.form('form[action="/auth/sign-in"]').submit(undefined, { follow: false });
    const [cookie] = sent.headers['set-cookie'];
    for (const flag of ['HttpOnly', 'SameSite=Lax', 'Path=/']) assert.ok(cookie.includes(flag), cookie);
  });

  test('a visitor who only looks gets no cookie', async () => {
    const client = new Client({ origin: home.portal.origin });
    for (const address of PAGES) assert.equal((await client.get(address)).headers['set-cookie'], undefined, address);
  });
});

test('a portal with a key of its own signs people in, and with another key says that it cannot', async () => {
  const home = await house('hostile-key', {}, { variant: 'C' });
  try {
    await steps.signIn(home.portal, 'citizen-16');
    const config = readFileSync(home.portal.configPath, 'utf8');
    const line = /^client_key = .*$/m;
    assert.match(config, line);
    writeFileSync(home.portal.configPath, config.replace(line, `client_key = ${JSON.stringify(newClientKey().pem)}`));
    await home.portal.restart();
    for (const language of ['en', 'ru']) {
      const client = new Client({ origin: home.portal.origin, language });
      const page = await steps.passSignIn(await client.get('/sign-in'), 'citizen-17');
      assertSpeaks(page.expect(503), language);
      assert.ok(!(await client.get('/')).hasForm('form[action="/auth/sign-out"]'));
    }
    await home.portal.waitForLog(/invalid_client/);
  } finally {
    await home.close();
  }
});

test('too many requests are told when to come back', async () => {
  const home = await house('hostile-rate', { limits: { requests_per_minute: 60, posts_per_minute: 8 } });
  try {
    const client = new Client({ origin: home.portal.origin });
    const posts = [];
    for (let i = 0; i < 12; i += 1) posts.push(await client.post('/api/display', { size: 'large' }, { site: 'same-origin', follow: false }));
    const refused = posts.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 3 && refused.length < 12, posts.map(({ status }) => status).join());
    const pages = [];
    for (let i = 0; i < 70; i += 1) pages.push(await client.get('/', { headers: { 'accept-language': i % 2 ? 'ru' : 'en' } }));
    const late = pages.map((page, i) => [page, i % 2 ? 'ru' : 'en']).filter(([page]) => page.status === 429);
    assert.ok(late.length > 2, pages.map(({ status }) => status).join());
    for (const [page, language] of [...late, ...refused.map((page) => [page, 'en'])]) {
      assert.ok(Number(page.headers['retry-after']) > 0);
      assertSpeaks(page, language);
    }
    // Another address is not made to pay: the limit is per address, and only a proxy of ours may name one.
    // A second gives room for one more, so not all of them have to be refused; believed, none would be.
    const forged = [];
    for (let i = 1; i <= 20; i += 1) forged.push(await client.get('/', { headers: { 'x-forwarded-for': `203.0.113.${i}` } }));
    assert.ok(forged.some(({ status }) => status === 429), 'a header that anybody can send opens no door');
  } finally {
    await home.close();
  }
});

test('a session ends in the middle of a poll: what was typed is there for the same person, and for nobody else', async () => {
  // A person whose browser or server pauses for a moment between two questions has not gone away.
  const idle = 16;
  const home = await house('hostile-idle', { sessions: { idle_seconds: 1800 } });
  try {
    const { poll } = await withPoll(home.portal);
    const config = readFileSync(home.portal.configPath, 'utf8');
    writeFileSync(home.portal.configPath, config.replace('idle_seconds = 1800', `idle_seconds = ${idle}`));
    await home.portal.restart();

    const person = await steps.signIn(home.portal, 'citizen-12');
    let page = await steps.begin(person, poll);
    for (const values of GOOD.slice(0, 6)) page = (await steps.answerQuestion(page, values)).expect(200);
    await new Promise((resolve) => setTimeout(resolve, (idle + 1) * 1000));

    const words = 'a thought that took its time';
    page = await steps.answerQuestion(page, { text: words });
    assert.equal(page.path, '/sign-in', page.describe());
    assert.match(page.textOf('[role=alert]') ?? '', /kept here for \d+ seconds/, page.describe());
    page = (await steps.passSignIn(page, 'citizen-12')).expect(200);
    assert.equal(page.path, `/polls/${poll}/take/7`);
    assert.equal(page.form(steps.formOf('take/answer')).value('text').trim(), words);
    page = (await page.form(steps.formOf('take/answer')).submit()).expect(200);
    const receipt = await steps.send(page);
    assert.ok(steps.referenceOf(receipt));
    assert.ok((await steps.ownAnswers(person, poll)).some((row) => row.includes(words)));

    // The same on a shared computer, where the next to sign in is somebody else.
    const shared = await steps.signIn(home.portal, 'citizen-13');
    page = await steps.begin(shared, poll);
    for (const values of GOOD.slice(0, 6)) page = (await steps.answerQuestion(page, values)).expect(200);
    await new Promise((resolve) => setTimeout(resolve, (idle + 1) * 1000));
    page = await steps.answerQuestion(page, { text: words });
    assert.equal(page.path, '/sign-in', page.describe());
    for (const { name } of shared.cookies.list()) if (name.startsWith('idp_')) shared.cookies.delete(name);
    page = (await steps.passSignIn(page, 'citizen-14')).expect(200);
    assert.ok(!page.text.includes(words), page.describe());
    page = await steps.begin(shared, poll);
    for (const values of GOOD.slice(0, 6)) page = (await steps.answerQuestion(page, values)).expect(200);
    assert.equal(page.form(steps.formOf('take/answer')).value('text').trim(), '', 'nothing of another person');
  } finally {
    await home.close();
  }
});

test('when the store breaks, a page says so with an id that stands in the log, and nothing else', { skip: notOnPostgres('it breaks the files of SQLite') }, async () => {
  const home = await house('hostile-broken');
  try {
    const person = await steps.signIn(home.portal, 'citizen-15');
    for (const store of ['portal', 'vault']) breakStore(path.join(home.portal.dataDir, `${store}.sqlite`));
    for (const language of ['en', 'ru']) {
      const page = await refused(() => person.get('/polls', { headers: { 'accept-language': language } }));
      assert.equal(page.status, 500, page.describe());
      assertSpeaks(page, language);
      const id = page.textOf('main code');
      assert.ok(id?.length >= 6, page.describe());
      await home.portal.waitForLog(new RegExp(id));
      const json = await refused(() => person.get('/api/answers/list', { headers: { accept: 'application/json' } }));
      assert.ok(json.status >= 400, json.describe());
      assert.doesNotMatch(json.text, INTERNALS);
    }
  } finally {
    await home.close();
  }
});

/**
 * Takes every table away. A file cut short would not do: a connection answers from the pages that it keeps, for as long
 * as it is told of no change.
 */
function breakStore(file) {
  const tables = sqlite(file, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").split('\n');
  sqlite(file, `PRAGMA foreign_keys = OFF; BEGIN; ${tables.map((table) => `DROP TABLE "${table}";`).join(' ')} COMMIT`);
}

/** Asks until it is refused: what the server read before is shown for a second. */
async function refused(ask) {
  let page = await ask();
  for (let again = 0; page.status === 200 && again < 20; again += 1) {
    await wait(200);
    page = await ask();
  }
  return page;
}
