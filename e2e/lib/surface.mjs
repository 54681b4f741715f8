// Everything that the portal answers: pages, server functions, files, the API; and who may have each. Pages and functions
// are read out of the source, so that a new one cannot be forgotten.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../app', import.meta.url));

/** Every server function: its endpoint and how it is called. */
export function endpoints() {
  const found = new Map();
  for (const file of readdirSync(SOURCE, { recursive: true }).filter((name) => name.endsWith('.rs'))) {
    for (const [, head = ''] of readFileSync(path.join(SOURCE, file), 'utf8').matchAll(/^#\[server(?:\(([^\]]*)\))?\]/gm)) {
      const name = /endpoint\s*=\s*"([^"]+)"/.exec(head)?.[1];
      assert.ok(name, `${file}: a server function without an endpoint has an address that changes`);
      assert.match(head, /prefix\s*=\s*"\/api"/, `${file}: ${name}`);
      found.set(name, /GetUrl/.test(head) ? 'GET' : 'POST');
    }
  }
  return found;
}

/** Every page, as the router names it. */
export const pages = () => [...readFileSync(path.join(SOURCE, 'src/routes.rs'), 'utf8').matchAll(/^ *"(\/[^"]*)" => /gm)]
  .map(([, route]) => route.replaceAll(/\{(\w+)\}/g, ':$1'));

export const ROLES = ['initiator', 'statistician', 'reviewer', 'administrator', 'auditor'];

// Who may call a function: `anyone`, `person` (whoever is signed in, on what is theirs), or roles. What it is called
// with, by name: see `values` below. `elsewhere` is what a holder of the role in another department gets.
const anyone = (fields = {}) => ({ may: 'anyone', fields });
const person = (fields = {}) => ({ may: 'person', fields });
const initiator = (fields = {}) => ({ may: ['initiator'], fields, elsewhere: 404 });
const draft = (fields = {}) => initiator({ poll: 'draft', revision: 'revision', ...fields });
const reviewer = (fields = {}) => ({ may: ['reviewer'], fields });
const administrator = (fields = {}) => ({ may: ['administrator'], fields });
const statistician = (fields = {}) => ({ may: ['statistician'], fields, elsewhere: 404 });
const results = (fields = {}) => ({ may: ['initiator', 'statistician'], fields, elsewhere: 404 });

export const FUNCTIONS = {
  flash: anyone(), display: anyone(), language: anyone({ language: 'en', back: '/' }), 'sign-in': anyone(),
  'home/start': anyone(), 'home/about': anyone(),
  'polls/list': anyone(), 'polls/page': anyone({ poll: 'open' }), 'results/read': anyone({ poll: 'published' }),

  'take/question': person({ poll: 'open', number: '1' }), 'take/check': person({ poll: 'open' }),
  'take/receipt': person({ poll: 'open' }), 'take/start': person({ poll: 'open' }),
  'take/answer': person({ poll: 'open', number: '1', choice: 'o1' }), 'take/send': person({ poll: 'open' }),
  'answers/list': person(), 'answers/own': person({ poll: 'open' }), 'answers/change': person({ poll: 'open' }),
  'answers/withdraw': person({ poll: 'open' }), 'answers/draft': person({ poll: 'open' }), 'answers/discard': person({ poll: 'open' }),

  'account/overview': person(), 'account/data': person(), 'account/state': person(), 'account/consents': person(),
  'account/consent': person({ consent: 'nothing' }), 'account/revoke': person({ consent: 'nothing' }), 'account/accesses': person(), 'account/sign-ins': person(),
  'account/end-sign-in': person({ handle: 'nothing' }), 'account/end-other-sign-ins': person(), 'account/settings': person(),
  'account/language': person({ language: 'en' }), 'account/staff-code': person(), 'account/deletion': person(),
  'account/delete': person({ confirm: 'no' }), 'account/inbox': person(),

  'staff/desk': { may: ROLES, fields: {} },
  'staff/admin': administrator(), 'staff/admin-department': administrator({ department: 'department' }),
  'staff/create-department': administrator(), 'staff/change-department': administrator({ department: 'department' }),
  'staff/delete-department': administrator({ department: 'nothing' }),
  'staff/appoint': administrator({ department: 'department', code: 'AAAAA-AAAAA', role: 'initiator' }),
  'staff/held-role': administrator({ grant: 'nothing' }), 'staff/remove': administrator({ grant: 'nothing' }), 'staff/log': { may: ['auditor'], fields: {} },

  'editor/department': initiator({ department: 'department' }), 'editor/new': initiator({ department: 'department' }),
  'editor/file': initiator({ department: 'department' }),
  'editor/create': initiator({ department: 'department' }),
  'editor/poll': initiator({ poll: 'draft' }), 'editor/settings': initiator({ poll: 'draft' }),
  'editor/basics': draft(), 'editor/save-basics': draft(), 'editor/audience': draft(), 'editor/save-audience': draft(),
  'editor/schedule': draft(), 'editor/save-schedule': draft(), 'editor/plan': draft(), 'editor/save-plan': draft({ 'breakdowns[0]': 'x' }),
  'editor/special': draft(), 'editor/save-special': draft(), 'editor/question': draft({ question: 'new' }),
  'editor/save-question': draft({ question: 'new', kind: 'yes_no' }),
  'editor/move-question': draft({ question: 'q1', direction: 'up' }), 'editor/delete-question': draft({ question: 'q99' }),
  'editor/submit': draft(), 'editor/withdraw': draft(), 'editor/open': draft(), 'editor/close': draft(),
  'editor/delete': draft({ revision: '0' }),
  'editor/outcome': initiator({ poll: 'published' }), 'editor/save-outcome': initiator({ poll: 'published', revision: '0' }),
  'editor/delete-outcome': initiator({ poll: 'published', revision: '0' }),
  'editor/reviews': reviewer(), 'editor/review': { ...reviewer({ poll: 'reviewed' }), ended: true },
  'editor/approve': reviewer({ poll: 'reviewed', revision: '-1' }), 'editor/return': reviewer({ poll: 'reviewed', revision: '-1' }),

  'results/compare': anyone({ poll: 'published', with: 'published' }),
  'tokens/read': statistician({ department: 'department' }), 'tokens/create': statistician({ department: 'department', name: 'A program' }),
  'tokens/one': statistician({ department: 'department', token: 'nothing' }), 'tokens/revoke': statistician({ department: 'department', token: 'nothing' }),
  'results/staff': results({ poll: 'open' }), 'results/department': results({ department: 'department' }),
};

export const PAGES = {
  '/': anyone(), '/services': anyone(), '/protection': anyone(), '/accessibility': anyone(), '/display': anyone(), '/sign-in': anyone(),
  '/polls': anyone(), '/polls/:poll': anyone({ poll: 'open' }), '/polls/:poll/results': anyone({ poll: 'published' }),
  '/polls/:poll/compare': anyone({ poll: 'published', with: 'published' }),
  '/polls/:poll/take/:number': person({ poll: 'open', number: '1' }), '/polls/:poll/check': person({ poll: 'open' }),
  '/polls/:poll/receipt': person({ poll: 'open' }), '/answers': person(), '/answers/:poll': person({ poll: 'open' }),
  '/answers/:poll/withdraw': person({ poll: 'open' }), '/answers/:poll/discard': person({ poll: 'open' }),
  '/account': person(), '/account/data': person(), '/account/consents': person(), '/account/access': person(),
  '/account/consents/:consent': person({ consent: 'nothing' }),
  '/account/sign-ins': person(), '/account/settings': person(), '/account/delete': person(), '/notices': person(),
  '/staff': { may: ROLES, fields: {} }, '/staff/admin': administrator(), '/staff/admin/:department': administrator({ department: 'department' }),
  '/staff/admin/roles/:grant': administrator({ grant: 'nothing' }), '/staff/audit': { may: ['auditor'], fields: {} },
  // What somebody typed themselves, if there is anything.
  '/staff/not-saved': person(),
  '/staff/departments/:department': initiator({ department: 'department' }), '/staff/departments/:department/new': initiator({ department: 'department' }),
  '/staff/departments/:department/import': initiator({ department: 'department' }),
  ...Object.fromEntries(['', '/basics', '/questions', '/audience', '/schedule', '/plan', '/special', '/notice', '/citizen', '/delete']
    .map((part) => [`/staff/polls/:poll${part}`, draft()])),
  '/staff/polls/:poll/questions/:question/delete': draft({ question: 'q1' }),
  '/staff/polls/:poll/questions/:question': draft({ question: 'new' }), '/staff/polls/:poll/preview/:number': draft({ number: '1' }),
  '/staff/polls/:poll/open': draft(), '/staff/polls/:poll/take-back': draft(), '/staff/polls/:poll/close': initiator({ poll: 'open' }),
  '/staff/polls/:poll/outcome': initiator({ poll: 'published' }), '/staff/polls/:poll/outcome/delete': initiator({ poll: 'published' }),
  '/staff/reviews': reviewer(), '/staff/reviews/:poll': { ...reviewer({ poll: 'reviewed' }), ended: true },
  '/staff/reviews/:poll/citizen': reviewer({ poll: 'reviewed' }), '/staff/reviews/:poll/preview/:number': reviewer({ poll: 'reviewed', number: '1' }),
  '/staff/polls/:poll/results': results({ poll: 'open' }), '/staff/departments/:department/statistics': results({ department: 'department' }),
  '/staff/departments/:department/tokens': statistician({ department: 'department' }),
  '/staff/departments/:department/tokens/:token': statistician({ department: 'department', token: 'nothing' }),
};

/** Files of a published poll, by what stands after `/polls/ID/results.`: those that its page links to. */
export const FILES = ['csv', 'csv-metadata.json', 'xlsx', 'ods', 'jsonstat.json', 'pdf'];

/**
 * What a page or an answer says, without what differs each time whatever it is about: the nonce of its scripts, how long
 * its reader's session lasts, and the id by which an error can be found in the log.
 */
export function wordsOf({ text, headers }) {
  const nonce = /'nonce-([^']+)'/.exec(headers['content-security-policy'] ?? '')?.[1];
  return (nonce ? text.replaceAll(nonce, 'nonce') : text)
    .replace(/<code class="veche-error-id">[^<]*<\/code>/g, 'error-id')
    .replace(/lasts(&quot;|"):\d+/g, 'lasts')
    .replace(/"id":"[0-9A-Za-z-]+"/g, '"id"');
}
