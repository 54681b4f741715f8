// A real browser for the journeys: the system's Chromium through playwright-core, which brings none of its own.

import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const SHOTS = fileURLToPath(new URL('../out/screenshots', import.meta.url));

const CANDIDATES = [
  process.env.E2E_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable', '/snap/bin/chromium',
];

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };

export const browserPath = () => CANDIDATES.find((candidate) => candidate && existsSync(candidate));

export async function launch() {
  const executablePath = browserPath();
  if (!executablePath) throw new Error('no Chromium found: install the package chromium, or set E2E_CHROMIUM');
  return chromium.launch({ executablePath, args: ARGUMENTS, headless: true });
}

/** Contexts with JavaScript off, where axe cannot run. */
const withoutScripts = new WeakSet();

/** Whether scripts run in the page. */
export const runsScripts = (page) => !withoutScripts.has(page.context());

/** How the portal remembers the language; the only place in the browser helpers that knows the cookie. */
export const LANGUAGE_COOKIE = 'language';

/**
 * A browser of one person, with a page. Errors in the page's own scripts, and what the content security policy
 * blocked, are collected in `problems`: a journey ends with `assert.deepEqual(problems, [])`.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {{origin: string, javaScript?: boolean, phone?: boolean, language?: 'en'|'ru', cookie?: boolean,
 *   options?: object}} settings `cookie`: set the language cookie too, not only Accept-Language
 */
export async function visitor(browser, { origin, javaScript = true, phone = false, language = 'en', cookie = true, options = {} }) {
  const context = await browser.newContext({
    baseURL: origin, javaScriptEnabled: javaScript, viewport: phone ? PHONE : DESKTOP, isMobile: phone, hasTouch: phone,
    locale: language === 'ru' ? 'ru-RU' : 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', ...options,
  });
  if (cookie && origin) await context.addCookies([{ name: LANGUAGE_COOKIE, value: language, url: origin }]);
  if (!javaScript) withoutScripts.add(context);
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    // A page that answers 4xx on purpose is logged as an error as well; that is not the page's fault.
    if (message.type() === 'error' && !/the server responded with a status of 4\d\d/.test(message.text())) {
      problems.push(`${page.url()}: ${message.text()}`);
    }
  });
  return { context, page, problems, close: () => context.close() };
}

/** Clicks what leads to another page and waits for that page. @returns the response of the page */
export async function go(page, target) {
  const [response] = await Promise.all([
    page.waitForNavigation({ waitUntil: 'load' }),
    (typeof target === 'string' ? page.locator(target) : target).click(),
  ]);
  return response;
}

/** Goes through the test provider's pages in the browser; the counterpart of `passProvider` for scripts. */
export async function passProviderPages(page, login, { refuse = [], cancel } = {}) {
  const consent = page.locator('form#consent');
  const signIn = page.locator('form#sign-in');
  if (await signIn.count()) {
    await signIn.locator('input[name=login]').fill(login);
    await go(page, signIn.locator(`button[value=${cancel === 'sign-in' ? 'cancel' : 'continue'}]`));
  }
  if (await consent.count()) {
    for (const name of refuse) {
      const box = consent.locator(`input[value="${name}"]`);
      if (await box.count()) await box.uncheck();
    }
    await go(page, consent.locator(`button[value=${cancel === 'consent' ? 'cancel' : 'continue'}]`));
  }
}

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

/**
 * A copy of a page that runs without JavaScript, in a context where axe can: the same document at the same address
 * and size, its own scripts kept from running, the content of `noscript` laid open.
 */
async function copyForAxe(page) {
  const html = `<!doctype html>${(await page.content()).replace(/^<!doctype[^>]*>/i, '').replace(/<\/?noscript[^>]*>/gi, '')}`;
  const context = await page.context().browser().newContext({ viewport: page.viewportSize(), reducedMotion: 'reduce' });
  const copy = await context.newPage();
  await copy.route((url) => url.href === page.url(), (route) => route.fulfill({
    body: html, contentType: 'text/html; charset=utf-8', headers: { 'content-security-policy': "script-src 'none'" },
  }));
  await copy.goto(page.url());
  return { copy, close: () => context.close() };
}

/**
 * Fails with readable violations of WCAG 2.0 to 2.2, A and AA.
 * @param {{bestPractice?: boolean, exclude?: string[]}} [options]
 */
export async function axe(page, options) {
  if (runsScripts(page)) return analyse(page, options);
  const { copy, close } = await copyForAxe(page);
  try {
    return await analyse(copy, options);
  } finally {
    await close();
  }
}

async function analyse(page, { bestPractice = false, exclude = [] } = {}) {
  // No page has frames: the mode for them would open another page each time.
  // What is right is not told of each element: a fifth less to do.
  const builder = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
    .withTags(bestPractice ? [...WCAG, 'best-practice'] : WCAG);
  for (const selector of exclude) builder.exclude(selector);
  const { violations } = await builder.analyze();
  if (!violations.length) return;
  const lines = violations.flatMap(({ id, impact, help, nodes }) => [
    `${id} (${impact}): ${help}`,
    ...nodes.slice(0, 5).flatMap((node) => [
      `    ${node.target.join(' ')}`,
      `      ${node.html.slice(0, 200)}`,
      ...(node.failureSummary ?? '').split('\n').slice(1, 3).map((line) => `      ${line.trim()}`),
    ]),
  ]);
  throw new Error(`${violations.length} accessibility violations on ${page.url()}\n${lines.join('\n')}`);
}

/** Writes e2e/out/screenshots/NAME.png, the whole page. @returns the path */
export async function shot(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  const file = path.join(SHOTS, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true });
  return file;
}

/** Fails if the page scrolls sideways, which it must not from 320 px on (WCAG 1.4.10). */
export async function fitsWidth(page) {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth,
  }));
  if (content > window) throw new Error(`${page.url()} is ${content} px wide in a window of ${window} px`);
}
