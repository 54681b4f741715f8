// What must hold on every page, whoever looks at it and whatever it is about.

import assert from 'node:assert/strict';

import { axe, DESKTOP, fitsWidth, PHONE, shot } from './browser.mjs';

/** Whether to leave pictures: a third of what a page takes, and for somebody who looks at them. */
const PICTURES = process.env.E2E_PICTURES !== 'none';

/** Width from which every page has to do without scrolling sideways. */
const NARROW = { width: 320, height: 700 };

/** Words of the Latin alphabet that a Russian page may hold: names, formats, what the tests call their things. */
const FOREIGN = new Set(['csv', 'json', 'wcag', 'aa', 'css', 'html', 'javascript', 'veche', 'pdf', 'openid', 'connect', 'url',
  'chromium', 'chrome', 'linux', 'headlesschrome', 'svg', 'png', 'https', 'http', 'firefox', 'android', 'windows', 'aes', 'hmac', 'sha', 'js',
  'api', 'openapi', 'cookie', 'csvw', 'excel', 'xlsx', 'opendocument', 'ods', 'stat', 'utc', 'jsonstat', 'metadata']);

/**
 * The document's title, and what a person reads of `main`: without what is said to be in another language, and without
 * codes and addresses.
 */
const READ = () => {
  const copy = document.querySelector('main').cloneNode(true);
  const own = document.documentElement.lang;
  for (const element of copy.querySelectorAll('code, script, style, time, textarea')) element.remove();
  for (const element of copy.querySelectorAll('[lang]')) if (element.lang !== own) element.remove();
  const attributes = [...copy.querySelectorAll('[aria-label], [title], [placeholder]')]
    .flatMap((element) => ['aria-label', 'title', 'placeholder'].map((name) => element.getAttribute(name) ?? ''));
  // Blocks end words: without it "Save" and "Back" would read "SaveBack".
  for (const element of copy.querySelectorAll('*')) element.append(' ');
  return { title: document.title, text: `${copy.textContent} ${attributes.join(' ')}` };
};

/** Words of the page itself that are said to be in English, on a Russian page; an option can hold nothing but words. */
const MISTAKEN = () => {
  const own = (element) => [...element.childNodes].map((node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    return node.nodeType === Node.ELEMENT_NODE && !node.hasAttribute('lang') ? own(node) : '';
  }).join('');
  return [...document.querySelectorAll('main [lang=en]:not(option, textarea)')].map(own).filter((words) => /[а-яё]/i.test(words));
};

/**
 * Sentences that were left in English on a Russian page, and keys that nobody translated.
 * @param {string[]} known further Latin words that are all right: people's and places' names of the test
 */
function assertLanguage(text, language, known) {
  const keys = text.match(/\{\{|\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
  assert.deepEqual(keys.filter((key) => !known.includes(key)), [], 'keys in place of words');
  if (language !== 'ru') return;
  assert.match(text, /[а-яё]{3}/i, 'the page is in Russian');
  const words = text.replace(/\S+@\S+|https?:\S+|\b[0-9A-Z]{5}-[0-9A-Z]{5}\b|\b[0-9a-f]{8}-[0-9a-f-]+/g, ' ').match(/[A-Za-z]{2,}/g) ?? [];
  const left = [...new Set(words)].filter((word) => !FOREIGN.has(word.toLowerCase()) && !known.includes(word));
  assert.deepEqual(left, [], 'Latin words on a Russian page');
}

/**
 * Everything that must hold on the page that is open, at a desktop's width and a phone's; leaves screenshots of both,
 * unless `E2E_PICTURES` is `none`.
 *
 * @param {import('playwright-core').Page} page
 * @param {{name: string, language: 'en'|'ru', known?: string[], named?: string}} settings `name` of the screenshots;
 *   `named`: words in one language that the document's title repeats, where no language can be said
 * @returns {Promise<string[]>} addresses of other pages of the portal that this one links to
 */
export async function inspect(page, { name, language, known = [], named = '' }) {
  const facts = await page.evaluate(() => ({
    lang: document.documentElement.lang, title: document.title.trim(), headings: document.querySelectorAll('h1').length,
    levels: [...document.querySelectorAll('main :is(h1, h2, h3, h4)')].map((heading) => Number(heading.tagName[1])),
    styles: document.querySelectorAll('[style]').length,
    anchors: [...document.querySelectorAll('a[href^="#"]')].map((a) => a.hash.slice(1)).filter((id) => !document.getElementById(id)),
    ids: [...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, i, all) => all.indexOf(id) !== i),
    focused: document.querySelectorAll('[autofocus]').length,
    current: [...document.querySelectorAll('a[aria-current=page]')].filter((a) => a.pathname !== location.pathname).map((a) => a.pathname),
    links: [...document.querySelectorAll('a[href]')].filter((a) => a.origin === location.origin && a.pathname !== location.pathname).map((a) => a.pathname + a.search),
  }));
  assert.equal(facts.lang, language, 'the language of the document');
  assert.equal(facts.headings, 1, 'one h1');
  assert.match(facts.title, /.+ – .+/, 'a title that names the page and the portal');
  facts.levels.forEach((level, i) => assert.ok(i === 0 || level <= facts.levels[i - 1] + 1, `heading levels ${facts.levels}`));
  assert.deepEqual(facts.anchors, [], 'links inside the page lead somewhere');
  assert.deepEqual(facts.ids, [], 'an id is given once');
  assert.equal(facts.styles, 0, 'no inline styles');
  assert.ok(facts.focused <= 1, 'at most one element asks for the focus');
  assert.deepEqual(facts.current, [], 'no page is called the current one that is not');
  if (language === 'ru') assert.deepEqual(await page.evaluate(MISTAKEN), [], 'Russian words are not said to be English');
  const { title, text } = await page.evaluate(READ);
  assertLanguage(`${title.replace(named, '')} ${text}`, language, known);
  await axe(page);
  if (PICTURES) await shot(page, `${name}-${language}-desktop`);
  await page.setViewportSize(NARROW);
  await fitsWidth(page);
  await page.setViewportSize(PHONE);
  if (PICTURES) await shot(page, `${name}-${language}-phone`);
  await page.setViewportSize(DESKTOP);
  return facts.links;
}
