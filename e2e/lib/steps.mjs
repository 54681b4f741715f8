// What people do in the portal, step by step, through its own pages and forms: for tests that script many of them.
//
// Every step goes through the page that a person would see; none knows an address that no page leads to, except where
// a person would have a bookmark.

import { all, textOf } from './html.mjs';
import { Client } from './http.mjs';
import { passProvider } from './identity.mjs';

/** The form that posts to a server function. */
export const formOf = (endpoint) => `form[action="/api/${endpoint}"]`;

/** English and Russian words of a pair, or the same words twice. */
const pair = (words) => (Array.isArray(words) ? words : [words, words]);

/**
 * The fields of a text in both languages: `{ 'title[en]': words, 'title[ru]': words }`.
 * @param {string|string[]} words the same in both, or `[english, russian]`
 */
export const both = (name, words) => ({ [`${name}[en]`]: pair(words)[0], [`${name}[ru]`]: pair(words)[1] });

/** Fails with the page's own words where it shows faults. */
function sound(page) {
  const faults = page.textsOf('.govuk-error-summary li');
  if (faults.length) throw new Error(`${page.status} ${page.url} says: ${faults.join('; ')}`);
  return page.expect(200);
}

/**
 * From the portal's sign-in page through the provider and back.
 * @param {import('./http.mjs').Page} page
 * @param {string} login
 * @param {object} [options] of `passProvider`; `scopes`: those to leave ticked on the portal's own page
 */
export async function passSignIn(page, login, { scopes, ...options } = {}) {
  const form = page.expect(200).form('form[action="/auth/sign-in"]');
  if (scopes && form.names.includes('scopes[]')) {
    form.fill({ 'scopes[]': form.options('scopes[]').filter((scope) => scopes.includes(scope)) });
  }
  return passProvider(await form.submit(), login, options);
}

/**
 * Signs somebody in.
 * @param {{origin: string}} portal
 * @param {string} login
 * @param {object} [options] `client`: a browser to go on with; `to`: where to go afterwards; `need`: attributes to be asked
 *   for, with commas between them; others of `passSignIn`
 * @returns {Promise<Client>}
 */
export async function signIn(portal, login, { client, to = '/', need = '', language, ...options } = {}) {
  const person = client ?? new Client({ origin: portal.origin, language });
  const page = await person.get(`/sign-in?${new URLSearchParams({ return: to, need })}`);
  // What only an address names is offered and not ticked.
  const all = need ? { scopes: page.expect(200).form('form[action="/auth/sign-in"]').options('scopes[]') } : {};
  const back = (await passSignIn(page, login, { ...all, ...options })).expect(200);
  if (new URL(back.url).origin !== portal.origin) throw new Error(`not back at the portal: ${back.describe()}`);
  if (!back.hasForm('form[action="/auth/sign-out"]')) throw new Error(`not signed in: ${back.describe()}`);
  return person;
}

/** The code by which an administrator appoints somebody, from the pages of that person. */
export async function staffCode(client) {
  const code = (page) => /\b[0-9A-Z]{5}-[0-9A-Z]{5}\b/.exec(page.textOf('main') ?? '')?.[0];
  const page = (await client.get('/account/settings')).expect(200);
  return code(page) ?? code((await page.form('form[action*="staff-code"]').submit()).expect(200));
}

/** @returns {Promise<string>} the new department's id; its `name` is one for both languages, or a pair */
export async function createDepartment(administrator, name, region = '') {
  const page = (await administrator.get('/staff/admin')).expect(200);
  const [english, russian] = pair(name);
  const made = sound(await page.form(formOf('staff/create-department'))
    .fill({ name_en: english, name_ru: russian, region }).submit());
  return /\/staff\/admin\/([0-9a-f-]{36})$/.exec(made.path)[1];
}

/** Gives somebody a role, in a department where one is named. */
export async function appoint(administrator, code, role, department) {
  const page = (await administrator.get(department ? `/staff/admin/${department}` : '/staff/admin')).expect(200);
  return sound(await page.form(formOf('staff/appoint')).fill({ code, role }).submit());
}

/**
 * Signs an administrator and staff in and gives them their roles.
 * @param {{origin: string}} portal
 * @param {{administrator: string, department: string, staff: Record<string, string>}} office `staff`: login by role
 * @returns {Promise<{department: string, administrator: Client} & Record<string, Client>>} who is who, by role
 */
export async function openOffice(portal, { administrator, department: name, staff }) {
  const office = { administrator: typeof administrator === 'string' ? await signIn(portal, administrator) : administrator };
  office.department = await createDepartment(office.administrator, name);
  for (const [role, login] of Object.entries(staff)) {
    office[role] = await signIn(portal, login);
    const inDepartment = role === 'initiator' || role === 'statistician';
    await appoint(office.administrator, await staffCode(office[role]), role, inDepartment ? office.department : undefined);
    // A role counts from the next page; what is no page gets what the session had until then.
    (await office[role].get('/staff')).expect(200);
  }
  return office;
}

/** A day and a time of day on the portal's clock (the tests' portals run in UTC). */
const moment = (name, at) => ({ [`${name}_date`]: at.toISOString().slice(0, 10), [`${name}_time`]: at.toISOString().slice(11, 16) });

/** A date so many days from now. */
export const inDays = (days) => new Date(Date.now() + days * 86_400_000);

/** Fills in one part of a poll and saves it. */
export async function save(initiator, poll, part, endpoint, values) {
  const page = (await initiator.get(`/staff/polls/${poll}/${part}`)).expect(200);
  return sound(await page.form(formOf(endpoint)).fill(values).submit());
}

/** Adds a question. `fields` are those of the question's form, beside its `kind`. */
export async function addQuestion(initiator, poll, { kind, ...fields }) {
  let page = (await initiator.get(`/staff/polls/${poll}/questions/new?kind=${kind}`)).expect(200);
  const rows = Object.keys(fields).filter((name) => /^options\[\d+\]\[text\]\[en\]$/.test(name)).length;
  const endpoint = formOf('editor/save-question');
  while (page.form(endpoint).names.filter((name) => /^options\[\d+\]\[text\]\[en\]$/.test(name)).length < rows) {
    page = (await page.form(endpoint).submit({ name: 'action', value: 'add' })).expect(200);
  }
  return sound(await page.form(endpoint).fill(fields).submit({ name: 'action', value: 'save' }));
}

/** Fields of the options of a choice question. */
export const options = (...labels) => Object.assign({}, ...labels.map((label, i) => both(`options[${i}][text]`, label)));

/**
 * Questions in words of the poll's own: one department does not ask the same people the same in two polls at a time.
 * `title` as `writePoll` takes it.
 */
export const ofItsOwn = (title, questions) => questions.map((question) => ({
  ...question,
  ...both('title', ['en', 'ru'].map((language, i) => `${question[`title[${language}]`]} (${pair(title)[i]})`)),
}));

/**
 * Writes a poll and leaves it as a draft.
 * @returns {Promise<string>} its id
 */
export async function writePoll(initiator, department, {
  title, purpose = 'To see whether the portal keeps what it promises', questions, special = 'none', audience = {}, plan = [],
  opens = inDays(1), closes = inDays(3),
}) {
  const page = (await initiator.get(`/staff/departments/${department}/new`)).expect(200);
  const made = sound(await page.form(formOf('editor/create'))
    .fill({ ...both('title', title), ...both('purpose', purpose), start: 'blank' }).submit());
  const poll = /\/staff\/polls\/([0-9a-f-]{36})/.exec(made.path)[1];
  for (const question of questions) await addQuestion(initiator, poll, question);
  await save(initiator, poll, 'special', 'editor/save-special', { special });
  await save(initiator, poll, 'audience', 'editor/save-audience', { unknown: 'admit', ...audience });
  await save(initiator, poll, 'schedule', 'editor/save-schedule', { ...moment('opens', opens), ...moment('closes', closes) });
  await save(initiator, poll, 'plan', 'editor/save-plan', { 'breakdowns[]': plan });
  return poll;
}

/** Presses a button of a poll's page, or of the page that asks whether one is sure. */
export async function press(staff, poll, action) {
  let page = (await staff.get(`/staff/polls/${poll}`)).expect(200);
  if (!page.hasForm(formOf(`editor/${action}`))) page = (await page.click(`a[href$="/staff/polls/${poll}/${action}"]`)).expect(200);
  return sound(await page.form(formOf(`editor/${action}`)).submit());
}

/** The reviewer's yes. */
export async function approve(reviewer, poll) {
  const page = (await reviewer.get(`/staff/reviews/${poll}`)).expect(200);
  return sound(await page.form(formOf('editor/approve')).submit());
}

/** Draft to open: sent to review, approved by a second person, opened before its time. */
export async function openPoll({ initiator, reviewer }, poll) {
  await press(initiator, poll, 'submit');
  await approve(reviewer, poll);
  await press(initiator, poll, 'open');
}

/** Waits until the scheduler has published a closed poll. @returns the results' page */
export async function published(client, poll, { timeout = 60_000 } = {}) {
  const deadline = performance.now() + timeout;
  for (;;) {
    const page = await client.get(`/polls/${poll}/results`);
    if (page.status === 200) return page;
    if (performance.now() > deadline) throw new Error(`not published: ${page.describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Begins a poll, or goes on with it, from its own page. @returns the page that comes first */
export async function beginAt(page) {
  const change = formOf('answers/change');
  return (await page.form(page.hasForm(change) ? change : formOf('take/start')).submit()).expect(200);
}

/** As `beginAt`, from wherever one is. */
export const begin = async (person, poll) => beginAt((await person.get(`/polls/${poll}`)).expect(200));

/** Fills in the question that a page shows and goes on. `values` are the form's fields. */
export async function answerQuestion(page, values) {
  return page.form(formOf('take/answer')).fill(values).submit();
}

/**
 * Goes through the questions of a poll, one after another.
 * @param {object[]} answers fields of each question's form
 * @returns the page to check one's answers
 */
export async function answerAll(page, answers) {
  for (const values of answers) page = sound(await answerQuestion(page, values));
  if (!page.hasForm(formOf('take/send'))) throw new Error(`not at the check of answers: ${page.describe()}`);
  return page;
}

/** As `answerAll`, whatever was answered before: a draft goes on where it was left. @returns the page to check */
export async function answerAgain(person, poll, answers) {
  await begin(person, poll);
  for (const [i, values] of answers.entries()) {
    sound(await answerQuestion((await person.get(`/polls/${poll}/take/${i + 1}`)).expect(200), values));
  }
  return (await person.get(`/polls/${poll}/check`)).expect(200);
}

/**
 * Sends what was answered. What is sent already, as by a try of which nothing was heard, has no form any more.
 * @returns the receipt
 */
export async function send(page) {
  if (!page.hasForm(formOf('take/send')) && page.one('main a[href^="/answers/"]')) {
    return sound(await page.client.get(page.path.replace(/check$/, 'receipt')));
  }
  const form = page.form(formOf('take/send'));
  if (form.names.includes('consent')) form.fill({ consent: ['yes'] });
  return sound(await form.submit());
}

/** The receipt's reference, which only exists once the portal has stored the answers. */
export const referenceOf = (page) => page.textOf('.veche-receipt__reference');

/** Takes part from the poll's page to the receipt. */
export const takePart = async (person, poll, answers) => send(await answerAll(await begin(person, poll), answers));

/** What one sent, as shown under "My answers": question and answer of each row, in order. */
export async function ownAnswers(person, poll) {
  const page = (await person.get(`/answers/${poll}`)).expect(200);
  return all(page.one('main dl'), '.govuk-summary-list__row').map(textOf);
}

/** Works through `items` with so many hands at once. */
export async function inParallel(hands, items, work) {
  const queue = items.map((item, i) => [item, i]);
  await Promise.all(Array.from({ length: hands }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(...next);
  }));
}

/** RFC 4180: rows of fields. */
export function parseCsv(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '') break;
    if (end !== ',') rows.push([]);
  }
  return rows.filter((row) => row.length > 1 || row[0] !== '');
}
