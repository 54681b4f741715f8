// Attacks on what is published and on what is not: two polls that differ by few people, ids that are guessed, filters that
// no plan has. What somebody fetches while people answer is in watch.test.mjs, every file against every screen in
// exports.test.mjs, and who may call what in authorisation.test.mjs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/http.mjs';
import { isBuilt, REGIONS, startPortal } from '../lib/portal.mjs';
import * as steps from '../lib/steps.mjs';
import { endpoints, FILES, FUNCTIONS, PAGES, ROLES, wordsOf } from '../lib/surface.mjs';
import { crowd } from '../lib/questionnaire.mjs';
import { startProvider } from '../provider/provider.mjs';

const skip = isBuilt() ? false : 'the portal is not built';
const STAFF = [...ROLES, 'elsewhere-initiator', 'elsewhere-statistician', 'elsewhere-reviewer'];
const REGION = (i) => (i < 26 ? 0 : i < 52 ? 1 : 2);
/** The first poll has eight people of the third region, who are too few for a row; the second has twelve. */
const CROWD = crowd(64).map((one, i) => ({ ...one, region: REGIONS[REGION(i)] }));
const [FIRST, SECOND] = [60, 64];
const QUESTION = { kind: 'single_choice', ...steps.both('title', ['How do you get to work?', 'Как вы добираетесь до работы?']), ...steps.options('By bus', 'By car', 'On foot') };
const WHY = { kind: 'short_text', ...steps.both('title', ['Why is that so?', 'Почему это так?']), max_chars: 200 };
const PLAN = ['region', 'gender', 'region_by_gender'];
/** What one citizen wrote. */
const SECRET = 'zugzwang';

describe('attacks', { skip }, () => {
  let provider;
  let portal;
  let office;
  let elsewhere;
  const people = [];
  const callers = {};
  /** Polls of our department in each state. */
  const ours = {};

  const json = { site: 'same-origin', headers: { accept: 'application/json' }, follow: false };
  const write = (title, more = {}) => steps.writePoll(office.initiator, office.department, { title, plan: PLAN, questions: [QUESTION], ...more });
  const others = (title) => steps.ofItsOwn(title, [QUESTION, WHY]);
  const answer = async (i, poll, more = []) => {
    people[i] ??= await steps.signIn(portal, CROWD[i].sub, { need: 'region,birth_date,gender' });
    return steps.takePart(people[i], poll, [{ choice: `o${1 + ((i * 7) % 3)}` }, ...more]);
  };
  const pageOf = async (poll) => (await office.initiator.get(`/staff/polls/${poll}`)).expect(200);
  /** The state in the words of the page's tag. */
  const stateOf = async (poll) => (await pageOf(poll)).textOf('.govuk-tag');
  const revisionOf = async (poll) => {
    const said = await office.initiator.get(`/api/editor/settings?${new URLSearchParams({ poll })}`, json);
    return said.expect(200).json.revision;
  };
  const order = async (action, poll, more = {}) => office.initiator.post(`/api/editor/${action}`, { poll, revision: await revisionOf(poll), ...more }, json);

  before(async () => {
    provider = await startProvider({
      people: [...STAFF.map((sub) => ({ sub, givenName: sub, familyName: 'Staff', birthDate: '1980-05-05' })), ...CROWD],
    });
    portal = await startPortal({ name: 'attacks', provider, settings: { administrators: ['administrator'] } });
    office = await steps.openOffice(portal, {
      administrator: 'administrator', department: 'Ours',
      staff: { initiator: 'initiator', statistician: 'statistician', reviewer: 'reviewer', auditor: 'auditor' },
    });
    elsewhere = await steps.openOffice(portal, {
      administrator: office.administrator, department: 'Theirs',
      staff: { initiator: 'elsewhere-initiator', statistician: 'elsewhere-statistician', reviewer: 'elsewhere-reviewer' },
    });
    Object.assign(callers, {
      nobody: new Client({ origin: portal.origin }), citizen: people[63] = await steps.signIn(portal, CROWD[63].sub, { need: 'region,birth_date,gender' }),
      ...Object.fromEntries(ROLES.map((role) => [role, office[role]])),
      'elsewhere-initiator': elsewhere.initiator, 'elsewhere-statistician': elsewhere.statistician,
    });
    ours.published = await write('The first poll', { closes: steps.inDays(3) });
    await steps.openPoll(office, ours.published);
  }, { timeout: 120_000 });
  after(async () => {
    await portal?.dispose();
    await provider?.close();
  });

  describe('two polls whose audiences differ by few people', () => {
    /** A poll is refused with a reason, on its page and to whoever goes round the page. */
    async function refused(poll, why = /at the same time by the poll “The first poll”.*Subtracting/s) {
      const page = await pageOf(poll);
      assert.match(page.textOf('main'), why);
      assert.equal(page.hasForm(steps.formOf('editor/submit')), false, 'it cannot be sent');
      const before = await stateOf(poll);
      const said = await order('submit', poll);
      assert.equal(said.status, 422, said.text);
      assert.equal(await stateOf(poll), before);
    }
    const almost = { 'regions[]': REGIONS.slice(0, -1).map(({ code }) => code), unknown: 'admit' };

    test('the same question at the same time', async () => {
      for (const audience of [{}, almost, { age_from: '19' }, { ...almost, unknown: 'refuse' }, { age_from: '19', age_to: '89', unknown: 'refuse' }]) {
        await refused(await write('A second poll', { audience }));
      }
    });

    test('in other letters that read the same', async () => {
      for (const words of [
        'how do you get to WORK', '…How do you get – to work?!', 'To work: how do you get?',
        'How do you get to w\u200Bork?', 'How do you\u00A0get to wo\u00ADrk?', 'How do you get to w\u2060or\uFEFFk?',
        // Cyrillic letters that look like Latin ones, and wide forms.
        'How dо yоu get tо wоrk?', 'Ｈｏｗ do you get to work?', 'Hοw do yοu get to work?',
      ]) {
        const question = { ...QUESTION, 'title[en]': words, 'title[ru]': 'Другими словами?' };
        await refused(await write('In disguise', { audience: almost, questions: [question] }));
      }
    });

    test('as a copy', async () => {
      const form = (await office.initiator.get(`/staff/departments/${office.department}/new`)).expect(200).form(steps.formOf('editor/create'));
      const made = (await form.fill({ ...steps.both('title', 'A copy'), ...steps.both('purpose', 'To see'), start: ours.published }).submit()).expect(200);
      const poll = /\/staff\/polls\/([0-9a-f-]{36})/.exec(made.path)[1];
      await refused(poll);
    });

    test('by editing what was reviewed', async () => {
      const poll = await write('Another subject', { audience: almost, questions: others('Another subject') });
      await steps.press(office.initiator, poll, 'submit');
      const same = { question: 'q1', kind: 'single_choice', required: 'true', ...steps.both('title', 'How do you get to work?'), ...steps.options('By bus', 'By car') };
      for (const state of ['review', 'approved']) {
        const said = await order('save-question', poll, same);
        assert.ok([404, 409].includes(said.status), `${state}: ${said.status} ${said.text}`);
        assert.doesNotMatch((await pageOf(poll)).text, /How do you get to work\?</, state);
        if (state === 'review') await steps.approve(office.reviewer, poll);
      }
      // Taken back, it is a draft again, and everything is asked anew.
      assert.ok((await order('withdraw', poll)).status < 400);
      const form = (await office.initiator.get(`/staff/polls/${poll}/questions/q1`)).expect(200).form(steps.formOf('editor/save-question'));
      const twice = (form) => form.fill(steps.both('title', 'How do you get to work?')).submit({ name: 'action', value: 'save' });
      // What was refused waits for this page, on the revision of then; sent again, it is sent knowingly.
      const told = await twice(form);
      assert.match(new URL(told.url).search, /again/);
      assert.equal((await twice(told.form(steps.formOf('editor/save-question')))).path, `/staff/polls/${poll}/questions`);
      await refused(poll);
      ours.draft = poll;
    });

    test('by scheduling it later and opening it early', async () => {
      // Of another audience not even then: closed early and opened early, they would be one right after the other.
      const later = { opens: steps.inDays(4), closes: steps.inDays(6) };
      await refused(await write('Shortly after', { ...later, audience: almost }), /“The first poll” \(until .*fewer than 30 days between.*Subtracting/s);
      ours.scheduled = await write('The second poll', later);
      await steps.press(office.initiator, ours.scheduled, 'submit');
      await steps.approve(office.reviewer, ours.scheduled);
      const said = await order('open', ours.scheduled);
      assert.equal(said.status, 422, said.text);
      const page = (await office.initiator.get(`/staff/polls/${ours.scheduled}/open`)).expect(200);
      assert.match(page.textOf('main'), /at the same time by the poll “The first poll”/);
      assert.equal(page.hasForm(steps.formOf('editor/open')), false, 'no button that would be refused');
      assert.equal((await callers.nobody.get(`/polls/${ours.scheduled}`)).status, 404);
      // Written anew so that it begins before the other ends.
      const overlapping = await write('Overlapping', { ...later, opens: steps.inDays(2), audience: almost });
      await refused(overlapping);
    });
  });

  test('one after the other: the comparison shows no row that either withheld', { timeout: 180_000 }, async () => {
    await steps.inParallel(4, CROWD.slice(0, FIRST), (_, i) => answer(i, ours.published));
    await steps.press(office.initiator, ours.published, 'close');
    await steps.published(callers.nobody, ours.published);
    await steps.press(office.initiator, ours.scheduled, 'open');
    await steps.inParallel(4, CROWD.slice(0, SECOND), (_, i) => answer(i, ours.scheduled));
    await steps.press(office.initiator, ours.scheduled, 'close');
    await steps.published(callers.nobody, ours.scheduled);
    ours.second = ours.scheduled;
    delete ours.scheduled;

    const read = async (address) => (await callers.nobody.get(address, json)).expect(200).json;
    const key = ({ categories }) => categories.map(({ code }) => code).join(' ');
    let withheld = 0;
    const published = [];
    for (const by of PLAN) {
      const [one, two] = await Promise.all([ours.published, ours.second]
        .map((poll) => read(`/api/results/read?${new URLSearchParams({ poll, by })}`)));
      const rows = [one, two].map(({ questions }) => new Map(questions[0].breakdowns[0].rows.map((row) => [key(row), row])));
      published.push(`${by}: ${rows.map((table) => [...table.keys()].join(', ')).join(' and ')}`);
      withheld += [...rows[1].keys()].filter((row) => !rows[0].has(row)).length;
      for (const [poll, other] of [[ours.published, ours.second], [ours.second, ours.published]]) {
        const { polls, questions: [compared] } = await read(`/api/results/compare?${new URLSearchParams({ poll, with: other, by })}`);
        const groups = compared.rows.filter(({ categories }) => categories.length);
        assert.deepEqual(groups.map(key).sort(), [...rows[0].keys()].filter((row) => rows[1].has(row)).sort(), `${by}: the rows of both`);
        for (const group of groups) {
          const both = polls.map(({ poll: side }) => rows[side === ours.published ? 0 : 1].get(key(group)));
          assert.deepEqual(group.bases, both.map(({ base }) => base));
          assert.deepEqual(group.options.map(({ figures }) => figures), both[0].figures.map((figure, i) => [figure, both[1].figures[i]]));
        }
        const page = (await callers.nobody.get(`/polls/${poll}/compare?${new URLSearchParams({ with: other, by })}`)).expect(200);
        const shown = page.all('main table tbody tr').length;
        assert.equal(shown, groups.length + 1, `${by}: the table has the same rows and everybody's`);
      }
    }
    assert.ok(withheld >= 1, `the first poll withholds what the second publishes: ${published.join('; ')}`);
  });

  describe('every id guessed', () => {
    const NOTHING = '00000000-0000-4000-8000-000000000000';
    const MALFORMED = ['1', 'x', '%27%20or%201%3D1', NOTHING.slice(1), `${NOTHING}0`, 'null'];

    before(async () => {
      for (const [state, title] of [['open', 'An open poll'], ['reviewed', 'A poll in review'], ['unsent', 'A draft of ours']]) {
        ours[state] = await write(title, { questions: others(title) });
        if (state === 'open') await steps.openPoll(office, ours.open);
        if (state === 'reviewed') await steps.press(office.initiator, ours.reviewed, 'submit');
      }
      for (let i = 0; i < 12; i += 1) await answer(i, ours.open, [{ text: SECRET }]);
    }, { timeout: 180_000 });

    /** Whether the caller is to learn of this poll (`state`), or of the department, no more than of one that is not there. */
    function hidden({ may, fields, ended }, caller, state, results) {
      if (fields.department && !fields.poll) return Array.isArray(may) && !may.includes('administrator') && (caller.startsWith('elsewhere-') || !may.includes(caller));
      if (may === 'anyone' || may === 'person') return ['draft', 'unsent', 'reviewed'].includes(state) || (results && state === 'open');
      if (!may.includes(caller.replace('elsewhere-', '')) || caller.startsWith('elsewhere-')) return true;
      // How a review ended a reviewer may know; `unsent` had none.
      return may.includes('reviewer') && state !== 'reviewed' && (!ended || state === 'unsent');
    }

    /** What is said of one id, with the id itself taken out. */
    async function said(caller, method, address, fields, id) {
      const page = method === 'GET'
        ? await callers[caller].get(`${address}${fields ? `?${new URLSearchParams(fields)}` : ''}`, fields ? json : { follow: false })
        : await callers[caller].post(address, fields, json);
      const plain = decodeURIComponent(id);
      const without = (text) => [id, plain, encodeURIComponent(id), encodeURIComponent(plain).replace(/%20/g, '+'), encodeURIComponent(plain).replace(/'/g, '%27'),
        plain.replace(/'/g, '&#x27;'), plain.replace(/'/g, '&#39;')].reduce((rest, form) => rest.replaceAll(form, 'ID'), text);
      assert.doesNotMatch(page.text, /Number (?!64\b)\d/, `a name: ${address} as ${caller}`);
      assert.ok(!page.text.includes(SECRET), `an answer: ${address} as ${caller}`);
      return { status: page.status, location: without(page.headers.location ?? ''), words: without(wordsOf(page)) };
    }

    /** The ids under which a caller finds nothing, with the one that is nowhere. */
    async function alike(caller, method, address, place, objects) {
      // An id's form may be told; that of somebody else's object may not.
      const nowhere = await said(caller, method, ...place(NOTHING), NOTHING);
      for (const [what, id] of objects) {
        const got = await said(caller, method, ...place(id), id);
        assert.deepEqual(got, nowhere, `${method} ${address}: ${what} as ${caller}`);
      }
      for (const id of [randomUUID(), ...MALFORMED]) {
        const got = await said(caller, method, ...place(id), id);
        const allowed = MALFORMED.includes(id) ? [nowhere.status, 404] : [nowhere.status];
        assert.ok(allowed.includes(got.status), `${method} ${address}: ${id} as ${caller}: ${got.words.slice(0, 300)}`);
      }
    }

    const objectsOf = (rule, caller, results) => {
      const all = rule.fields.poll ? Object.entries(ours) : [['department', office.department]];
      return all.filter(([state]) => hidden(rule, caller, state, results));
    };
    const isAbout = ({ fields }) => fields.poll || fields.department;
    const rest = { question: 'q1', number: '1', direction: 'up', revision: '0', department: '', token: 'nothing' };

    for (const [route, rule] of Object.entries(PAGES).filter(([, rule]) => isAbout(rule))) {
      test(`page ${route}`, { timeout: 120_000 }, async () => {
        const name = rule.fields.poll ? 'poll' : 'department';
        const place = (id) => [route.replace(/:(\w+)/g, (_, part) => (part === name ? id : rest[part])), null];
        for (const caller of Object.keys(callers)) {
          const objects = objectsOf(rule, caller, /results|compare/.test(route));
          if (objects.length) await alike(caller, 'GET', route, place, objects);
        }
      });
    }

    for (const [name, rule] of Object.entries(FUNCTIONS).filter(([, rule]) => isAbout(rule))) {
      test(`function ${name}`, { timeout: 120_000 }, async () => {
        const key = rule.fields.poll ? 'poll' : 'department';
        const fields = Object.fromEntries(Object.entries(rule.fields).map(([field, value]) => [field, rest[field] ?? (field === 'with' ? ours.second : value)]));
        for (const caller of Object.keys(callers)) {
          const objects = objectsOf(rule, caller, /^results/.test(name));
          if (objects.length) await alike(caller, endpoints().get(name), `/api/${name}`, (id) => [`/api/${name}`, { ...fields, [key]: decodeURIComponent(id) }], objects);
        }
      });
    }

    test('files and pictures', async () => {
      const unpublished = Object.entries(ours).filter(([state]) => !['published', 'second'].includes(state));
      const endings = [...FILES.map((ending) => `results.${ending}`), 'results/q1.svg', 'results/q1.png', 'results/q1.svg?by=region'];
      for (const ending of endings) {
        for (const caller of Object.keys(callers)) await alike(caller, 'GET', ending, (id) => [`/polls/${id}/${ending}`, null], unpublished);
      }
    });

    test('a comparison with what is not published', async () => {
      for (const caller of ['nobody', 'elsewhere-statistician', 'statistician']) {
        const unpublished = Object.entries(ours).filter(([state]) => !['published', 'second'].includes(state));
        await alike(caller, 'GET', 'compare', (id) => [`/polls/${ours.published}/compare?with=${id}`, null], unpublished);
      }
    });

    test('a poll of others as a template', async () => {
      const { initiator } = elsewhere;
      const fields = { department: elsewhere.department, 'languages[0]': 'en', ...steps.both('title', 'Stolen'), ...steps.both('purpose', 'To see') };
      const tries = [];
      for (const [, start] of [['nothing', NOTHING], ...Object.entries(ours)]) {
        const said = await initiator.post('/api/editor/create', { ...fields, start }, json);
        tries.push(`${said.status} ${wordsOf(said).replaceAll(start, 'ID')}`);
      }
      assert.deepEqual([...new Set(tries)].length, 1, tries.join('\n'));
      assert.ok(tries[0].startsWith('4'), tries[0]);
      const page = (await initiator.get(`/staff/departments/${elsewhere.department}`)).expect(200);
      assert.doesNotMatch(page.text, /Stolen/);
    });

    test("the API, with a token of another department", async () => {
      const form = (await elsewhere.statistician.get(`/staff/departments/${elsewhere.department}/tokens`)).expect(200).form(steps.formOf('tokens/create'));
      const token = /veche_[\w-]+/.exec((await form.fill({ name: 'Spy' }).submit()).expect(200).text)[0];
      const document = (await callers.nobody.get('/api/v1/openapi.json')).expect(200).json;
      const routes = Object.keys(document.paths);
      assert.ok(routes.includes('/api/v1/releases/{poll}'));
      for (const authorization of [undefined, 'Bearer veche_AAAA', `Bearer ${token}`]) {
        callers.program = new Client({ origin: portal.origin, headers: { authorization, accept: 'application/json' } });
        for (const route of routes.filter((one) => one.includes('{'))) {
          await alike('program', 'GET', route, (id) => [route.replace(/\{\w+\}/, id), null], Object.entries(ours));
        }
        const list = await callers.program.get('/api/v1/releases');
        if (authorization?.endsWith(token)) assert.deepEqual(list.expect(200).json, { releases: [] });
        else list.expect(401);
      }
      delete callers.program;
    });

    test("a token, a grant, a consent, a sign-in of somebody else's", async () => {
      const page = (await office.statistician.get(`/staff/departments/${office.department}/tokens`)).expect(200);
      await page.form(steps.formOf('tokens/create')).fill({ name: 'Ours' }).submit();
      const { json: ofOurs } = (await office.statistician.get(`/api/tokens/read?department=${office.department}`, json)).expect(200);
      const [{ id: token }] = ofOurs.tokens;
      const grants = (await office.administrator.get(`/staff/admin/${office.department}`)).expect(200)
        .all('a[href^="/staff/admin/roles/"]').map(({ attribs }) => attribs.href.split('/').at(-1));
      const consent = (await people[0].get('/account/consents')).expect(200)
        .all('main a[href^="/account/consents/"]').map(({ attribs }) => attribs.href.split('/').at(-1))[0];
      const second = await steps.signIn(portal, CROWD[0].sub);
      const handle = (await second.get('/account/sign-ins')).expect(200).attribute(`${steps.formOf('account/end-sign-in')} input[name=handle]`, 'value');
      for (const [name, fields, key, id] of [
        ['tokens/revoke', { department: elsewhere.department }, 'token', token], ['tokens/revoke', { department: office.department }, 'token', token],
        ['staff/remove', {}, 'grant', grants[0]], ['account/revoke', {}, 'consent', consent], ['account/end-sign-in', {}, 'handle', handle],
      ]) {
        assert.ok(id, name);
        for (const caller of Object.keys(callers)) {
          const rule = FUNCTIONS[name];
          if (rule.may !== 'person' && rule.may.includes(caller)) continue;
          await alike(caller, 'POST', `/api/${name}`, (guess) => [`/api/${name}`, { ...fields, [key]: decodeURIComponent(guess) }], [[key, id]]);
        }
      }
      (await office.statistician.get(`/api/tokens/read?department=${office.department}`, json)).expect(200);
      assert.equal((await office.statistician.get(`/api/tokens/read?department=${office.department}`, json)).json.tokens[0].revoked, false);
      (await second.get('/account')).expect(200);
    });
  });

  describe('filters outside the plan', () => {
    const QUERIES = [
      'by=age_band', 'by=region_by_age_band', 'by=region,gender', 'by=gender_by_region', 'by=region%2Bgender', 'by=region&by=gender', 'by[]=region',
      'by=region&region=01', 'region=01', 'regions[]=01&regions[]=02', 'age=30', 'age_band=18-24', 'age_band=18-24%2C25-34', 'age_from=18&age_to=30',
      'from=18', 'gender=female', 'filter=region%3D01', 'where=1%3D1', 'merge=01,02', 'group=region', 'question=q1', 'option=o1', 'exclude=citizen',
      'BY=region', 'Region=01', 'limit=10', 'since=2026-01-01', 'date=today', 'respondent=1',
    ];
    const WHY_NOT = /could find out what one person answered|no such breakdown|cannot be filtered|Nothing to filter by|нет ни фильтров|Такой разбивки нет|нельзя/i;

    /** A refusal that says why and shows no figure. */
    function refuses(page, what) {
      assert.ok(page.status >= 400 && page.status < 500, `${what}: ${page.describe()}`);
      assert.match(page.text, WHY_NOT, what);
      assert.equal(page.one('main table, main svg'), null, `figures: ${what}`);
      assert.doesNotMatch(page.text, /By bus/, what);
    }

    test('pages', async () => {
      for (const language of ['en', 'ru']) {
        const headers = { 'accept-language': language };
        for (const query of QUERIES) {
          for (const [caller, address] of [
            ['nobody', `/polls/${ours.published}/results?`], ['statistician', `/staff/polls/${ours.published}/results?`],
            ['nobody', `/polls/${ours.published}/compare?with=${ours.second}&`],
          ]) {
            if (language === 'ru') callers[caller].cookies.set(new URL(portal.origin).hostname, 'language', 'ru');
            refuses(await callers[caller].get(address + query, { headers }), `${address}${query} in ${language}`);
            if (language === 'ru') callers[caller].cookies.delete('language');
          }
        }
      }
    });

    test('of an open poll and of a department there is nothing to break down', async () => {
      for (const query of [...QUERIES, 'by=region']) {
        for (const [caller, address] of [
          ['nobody', `/polls/${ours.open}`], ['statistician', `/staff/polls/${ours.open}/results`], ['initiator', `/staff/polls/${ours.open}/results`],
          ['statistician', `/staff/departments/${office.department}/statistics`],
        ]) {
          const page = await callers[caller].get(`${address}?${query}`);
          assert.equal(page.status, 404, `${address}?${query}: ${page.describe()}`);
          assert.match(page.text, WHY_NOT, `${address}?${query}`);
          assert.equal(page.one('main table'), null, `${address}?${query}`);
        }
      }
      // Taking part is not hindered, and neither is a link that went round.
      assert.ok((await callers.nobody.get(`/polls/${ours.open}?region=01`)).one('a.govuk-button[href^="/sign-in"]'));
      (await callers.nobody.get(`/polls/${ours.open}?utm_source=mail`)).expect(200);
      (await callers.nobody.get(`/polls/${ours.published}/results?by=region&fbclid=x`)).expect(200);
    });

    test('functions', async () => {
      for (const query of QUERIES) {
        for (const [caller, address] of [
          ['nobody', `/api/results/read?poll=${ours.published}`], ['statistician', `/api/results/staff?poll=${ours.published}`],
          ['nobody', `/api/results/compare?poll=${ours.published}&with=${ours.second}`],
          ['statistician', `/api/results/staff?poll=${ours.open}`], ['statistician', `/api/results/department?department=${office.department}`],
        ]) {
          const said = await callers[caller].get(`${address}&${query}`, json);
          assert.ok(said.status >= 400 && said.status < 500, `${address}&${query}: ${said.status}`);
          assert.doesNotMatch(said.text, /"count":|"base":|"batches":/, `${address}&${query}`);
          assert.match(said.text, /not_planned|"refused":true|invalid/, `${address}&${query}`);
        }
      }
    });

    test('files, pictures, the API', async () => {
      const form = (await office.statistician.get(`/staff/departments/${office.department}/tokens`)).expect(200).form(steps.formOf('tokens/create'));
      const token = /veche_[\w-]+/.exec((await form.fill({ name: 'Reader' }).submit()).expect(200).text)[0];
      const program = new Client({ origin: portal.origin, headers: { authorization: `Bearer ${token}` } });
      for (const query of [...QUERIES, 'lang=en&region=01']) {
        const results = `/polls/${ours.published}/results`;
        for (const address of FILES.map((ending) => `${results}.${ending}`)) {
          refuses(await callers.nobody.get(`${address}?${query}`), `${address}?${query}`);
        }
        for (const address of [`${results}/q1.svg`, `${results}/q1.png`]) refuses(await callers.nobody.get(`${address}?${query}`), `${address}?${query}`);
        for (const address of ['/api/v1/releases', `/api/v1/releases/${ours.published}`]) {
          const said = await program.get(`${address}?${query}`, { headers: { accept: 'application/json' } });
          assert.equal(said.status, 400, `${address}?${query}`);
          assert.match(said.json.detail, /could be compared until they give somebody away/);
        }
      }
      for (const address of FILES.map((ending) => `/polls/${ours.published}/results.${ending}`)) refuses(await callers.nobody.get(`${address}?by=region`), address);
    });
  });
});
