// Pages on paper: what a browser prints of them, read back by a PDF reader. Nothing to press, nothing cut off, nothing torn
// between two sheets, dark on white whatever the screen's colours are; and every figure that the screen shows.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, visitor } from '../lib/browser.mjs';
import { answerAnything, form, go, pathOf, send } from '../lib/hand.mjs';
import { isBuilt } from '../lib/portal.mjs';
import { LANGUAGES, startDemonstration } from '../lib/publication.mjs';

const skip = isBuilt() ? false : 'the portal is not built';
const OUT = fileURLToPath(new URL('../out/print', import.meta.url));

/** A4 with margins as browsers have them; what is between them, in CSS pixels. */
const MARGIN = { top: '15mm', bottom: '15mm', left: '15mm', right: '15mm' };
const WIDTH = Math.floor((210 - 30) / 25.4 * 96);

let publication;
let browser;
before(async () => {
  if (skip) return;
  publication = await startDemonstration('print');
  browser = await launch();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await publication?.portal.dispose();
});

/** What a screen offers to do, and what leads elsewhere. */
const TO_PRESS = 'nav, button, input, select, textarea, footer, [role=button], .govuk-back-link, .govuk-skip-link, [download]';

/** Runs in the page: what is wrong with it on paper, and what has to be readable there. */
const INSPECT = ({ toPress, width }) => {
  const seen = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
  const words = (element) => element.innerText.replace(/\s+/g, ' ').trim();
  const name = (element) => `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ${(element.textContent ?? '').trim().slice(0, 40)}`;
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const visible = [...document.body.querySelectorAll('*')].filter(seen);
  const pale = [];
  const dark = [];
  for (const element of visible) {
    const style = getComputedStyle(element);
    if (!(element instanceof SVGElement)) {
      const [r, g, b, alpha = 1] = colour(style.backgroundColor);
      if (alpha > 0.1 && luminance([r, g, b]) < 0.5) dark.push(name(element));
    }
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own) continue;
    const ink = colour(element instanceof SVGElement ? style.fill : style.color);
    if (1.05 / (luminance(ink) + 0.05) < 4.5) pale.push(name(element));
  }
  const texts = (selector) => [...document.querySelectorAll(selector)].filter(seen).map(words).filter(Boolean);
  return {
    toPress: [...document.querySelectorAll(toPress)].filter(seen).map(name),
    wide: visible.filter((element) => !element.closest('.govuk-visually-hidden') && element.getBoundingClientRect().right > width + 0.5).map(name),
    clipped: visible.filter((element) => ['hidden', 'auto', 'scroll'].includes(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1).map(name),
    scrollWidth: document.documentElement.scrollWidth,
    pale,
    dark,
    texts: texts('main :is(h1, h2, h3, p, li, dt, dd, th, td, caption, figcaption)'),
    /** What must not be torn: CSS says `avoid` of each. */
    whole: texts('main :is(tbody tr, .veche-chart__row, .veche-chart__group, .veche-receipt, .veche-questions__item)'),
    torn: [...document.querySelectorAll('main :is(tr, .veche-chart__row, .veche-chart__group, .veche-receipt, .veche-notice__fact)')]
      .filter((element) => seen(element) && getComputedStyle(element).breakInside !== 'avoid').map(name),
    heads: [...document.querySelectorAll('main table')].filter(seen).map((table) => ({
      head: words(table.tHead), rows: [...table.tBodies[0].rows].map(words),
    })),
    charts: [...document.querySelectorAll('main .veche-chart')].filter(seen).length,
  };
};

const squeezed = (text) => text.replace(/[\s\u00a0\u202f\u00ad]+/g, '');

/** The texts of a PDF's pages in the order in which they were written, without any space. */
function pagesOf(pdf) {
  const text = execFileSync('pdftotext', ['-raw', '-', '-'], { input: pdf, maxBuffer: 1e8 }).toString('utf8');
  return text.split('\f').map(squeezed).filter(Boolean);
}

/** The picture of a page as rows of colours: [width, height, bytes]. */
function pictureOf(file, page) {
  const ppm = execFileSync('pdftoppm', ['-r', '50', '-f', String(page), '-l', String(page), file], { maxBuffer: 1e8 });
  const [head, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString('latin1', 0, 60));
  return [Number(width), Number(height), ppm.subarray(head.length)];
}

/** The share of a picture's points for which something holds. */
function part([width, height, bytes], holds) {
  let count = 0;
  for (let i = 0; i < bytes.length; i += 3) if (holds(bytes[i], bytes[i + 1], bytes[i + 2])) count += 1;
  return count / (width * height);
}

/** Prints the page that is open, and checks the sheets. @returns what was found on it */
async function printed(page, name) {
  const screen = page.viewportSize();
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: WIDTH, height: 1000 });
  const found = await page.evaluate(INSPECT, { toPress: TO_PRESS, width: WIDTH });
  mkdirSync(OUT, { recursive: true });
  const file = path.join(OUT, `${name}.pdf`);
  // As most people print: without the backgrounds.
  const pdf = await page.pdf({ format: 'A4', margin: MARGIN });
  writeFileSync(file, pdf);
  await page.emulateMedia({ media: null });
  await page.setViewportSize(screen);

  assert.deepEqual(found.toPress, [], `${name}: there is nothing to press on paper`);
  assert.deepEqual(found.wide, [], `${name}: wider than the sheet`);
  assert.deepEqual(found.clipped, [], `${name}: cut off`);
  assert.ok(found.scrollWidth <= WIDTH, `${name}: ${found.scrollWidth} px on a sheet of ${WIDTH}`);
  assert.deepEqual(found.pale, [], `${name}: pale on white`);
  assert.deepEqual(found.dark, [], `${name}: a dark ground`);
  assert.deepEqual(found.torn, [], `${name}: may be torn between two sheets`);

  const pages = pagesOf(pdf);
  const all = pages.join('');
  assert.deepEqual(found.texts.filter((text) => !all.includes(squeezed(text)) && !pages.some((one) => one.includes(squeezed(text)))), [], `${name}: not on paper`);
  assert.deepEqual(found.whole.filter((text) => !pages.some((one) => one.includes(squeezed(text)))), [], `${name}: torn between two sheets`);
  // A table's head stands on every sheet that has rows of it. Two rows on end tell the table, unless
  // another one has the same: bounds of small rows are alike in every question.
  const bodies = found.heads.map(({ rows }) => squeezed(rows.join(' ')));
  let tables = 0;
  for (const { head, rows } of found.heads) {
    const pairs = rows.slice(1).map((row, i) => squeezed(rows[i] + row));
    const telling = pairs.filter((pair) => bodies.filter((body) => body.includes(pair)).length === 1);
    const sheets = pages.filter((one) => telling.some((pair) => one.includes(pair)));
    if (sheets.length > 0) tables += 1;
    for (const sheet of sheets) assert.ok(sheet.includes(squeezed(head)), `${name}: rows without “${head}”`);
  }
  assert.ok(tables >= found.heads.length / 2, `${name}: ${tables} of ${found.heads.length} tables were found`);
  assert.ok(!/\(\/|https?:\/\/127/.test(all), `${name}: an address that leads nowhere on paper`);
  assert.ok(part(pictureOf(file, 1), (r, g, b) => r > 250 && g > 250 && b > 250) > 0.8, `${name}: mostly white`);
  return { ...found, file, pages };
}

/** How often each number stands in a text. */
const numbersOf = (texts) => texts.flatMap((text) => text.match(/\d+/g) ?? []);

for (const language of LANGUAGES) {
  test(`results on paper, ${language}`, { skip, timeout: 240_000 }, async (t) => {
    const { page, problems, close } = await visitor(browser, { origin: publication.portal.origin, language });
    t.after(close);
    const visit = async (name, address, tables) => {
      await page.goto(address);
      // What only a screen reader says is on no paper.
      await page.evaluate(() => { for (const hidden of document.querySelectorAll('main table tbody .govuk-visually-hidden')) hidden.style.display = 'none'; });
      const onScreen = await page.evaluate(() => [...document.querySelectorAll('main table tbody tr')].map((row) => row.innerText.replace(/\s+/g, ' ').trim()));
      const sheet = await printed(page, `${name}-${language}`);
      // Every table of the screen is on paper with all its rows.
      assert.deepEqual(sheet.heads.flatMap(({ rows }) => rows), onScreen, name);
      assert.ok(sheet.heads.length >= tables, `${name}: ${sheet.heads.length} tables`);
      assert.ok(numbersOf(onScreen).length > 10, name);
      // Charts have their bars in ink, though backgrounds are not printed.
      assert.ok(sheet.charts >= 2, name);
      let ink = 0;
      for (let i = 1; i <= sheet.pages.length; i += 1) ink = Math.max(ink, part(pictureOf(sheet.file, i), (r, g, b) => r < 60 && g > 60 && g < 110 && b > 70 && b < 120));
      assert.ok(ink > 0.004, `${name}: bars on ${(ink * 100).toFixed(2)} % of a sheet`);
      return sheet;
    };
    for (const [number, poll] of publication.polls.entries()) {
      await page.goto(`/polls/${poll}/results`);
      const plan = await page.locator('nav.veche-tabs a').evaluateAll((links) => links.map((link) => new URL(link.href).searchParams.get('by')));
      for (const by of plan) {
        const sheet = await visit(`results-${number + 1}-${by ?? 'everybody'}`, `/polls/${poll}/results${by ? `?by=${by}` : ''}`, 2);
        assert.match(sheet.pages.join(''), /[0-9a-f]{64}/, 'which release it is');
      }
    }
    await t.test('with the darkest colours of the screen', async () => {
      await page.emulateMedia({ colorScheme: 'dark' });
      await visit('results-dark', `/polls/${publication.polls[0]}/results`, 2);
    });
    assert.deepEqual(problems, []);
  });

  test(`the comparison of two polls on paper, ${language}`, { skip, timeout: 60_000 }, async (t) => {
    const { page, close } = await visitor(browser, { origin: publication.portal.origin, language });
    t.after(close);
    const [one, other] = publication.polls;
    await page.goto(`/polls/${one}/compare?with=${other}`);
    const { heads } = await printed(page, `comparison-${language}`);
    assert.ok(heads.length >= 1);
  });

  test(`the privacy notice and the receipt on paper, ${language}`, { skip, timeout: 120_000 }, async (t) => {
    const { page, close } = await visitor(browser, { origin: publication.portal.origin, language });
    t.after(close);
    await page.goto('/polls');
    await go(page, page.locator('.veche-poll-card__link').first());
    const poll = pathOf(page);
    const facts = await page.locator('.veche-notice__fact').count();
    assert.ok(facts > 3, 'a privacy notice');
    // On paper there is nothing to press: both layers of the notice are there.
    const notice = await page.locator('.veche-notice').first().locator('dt, li, .veche-line').allTextContents();
    assert.ok(await page.locator('.veche-notice details').count() >= 3, 'what is said besides');
    const { pages } = await printed(page, `notice-${language}`);
    for (const line of notice) assert.ok(pages.join('').includes(squeezed(line)), `the notice on paper lacks “${line}”`);

    await go(page, 'main a.govuk-button[href^="/sign-in"]');
    await go(page, 'form#sign-in button[type=submit]');
    await go(page, `button.person[value="${{ en: 'demo-anna', ru: 'demo-boris' }[language]}"]`);
    await go(page, 'button[name=decision][value=allow]');
    assert.equal(pathOf(page), poll);
    await send(page, 'take/start');
    for (let i = 0; i < 30 && !pathOf(page).endsWith('/check'); i += 1) await answerAnything(page);
    await printed(page, `check-${language}`);
    const consent = form(page, 'take/send').locator('[name=consent]');
    if (await consent.count()) await consent.check();
    await send(page, 'take/send');
    const reference = await page.locator('.veche-receipt__reference').innerText();
    const receipt = await printed(page, `receipt-${language}`);
    assert.equal(receipt.pages.length, 1, 'a receipt is one sheet');
    assert.ok(receipt.pages[0].includes(squeezed(reference)));
  });
}
