// The PNG of a chart is its SVG's picture: Chromium draws the SVG with the same type, and the two are compared point by point,
// the whole and each label. What is alike but not the same (other shares, other words) must not pass.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { launch } from '../lib/browser.mjs';
import { isBuilt } from '../lib/portal.mjs';
import { LANGUAGES, ROOT, startDemonstration } from '../lib/publication.mjs';

const skip = isBuilt() ? false : 'the portal is not built';

/** Most of the ink, in percent, that may stand elsewhere: in the picture, in a label. Two programs smooth edges differently. */
const WHOLE = 1;
const LABEL = 8;

let publication;
let browser;
let page;
before(async () => {
  if (skip) return;
  publication = await startDemonstration('picture');
  browser = await launch();
  // A PNG has two points to a unit of its SVG.
  page = await (await browser.newContext({ deviceScaleFactor: 2 })).newPage();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await publication?.portal.dispose();
});

const TYPE = [400, 600].map((weight) => ({
  weight, file: readFileSync(path.join(ROOT, `server/exports/fonts/golos-text-${weight}.ttf`)).toString('base64'),
}));

const fetched = async (poll, question, kind, language, by) => (await publication.anyone.get(
  `/polls/${poll}/results/${question}.${kind}?lang=${language}${by ? `&by=${by}` : ''}`,
)).expect(200);

/** Runs in the page: how much of the ink of two pictures, in percent, has none of its kind beside it in the other one. */
const COMPARE = async ({ one, other, boxes }) => {
  const points = async (png) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return { width: canvas.width, height: canvas.height, data };
  };
  const [a, b] = [await points(one), await points(other)];
  // The farthest that two points are from each other in red, green or blue.
  const far = (p, i, q, j) => Math.max(Math.abs(p[i] - q[j]), Math.abs(p[i + 1] - q[j + 1]), Math.abs(p[i + 2] - q[j + 2]));
  const white = [255, 255, 255];
  // In one direction: dark points that are nowhere near in the other picture.
  const alone = (from, to, [left, top, right, bottom]) => {
    let [ink, lost] = [0, 0];
    const [lastX, lastY] = [Math.min(right, from.width, to.width) - 1, Math.min(bottom, from.height, to.height) - 1];
    for (let y = Math.max(1, top); y < lastY; y += 1) {
      for (let x = Math.max(1, left); x < lastX; x += 1) {
        const here = (y * from.width + x) * 4;
        if (far(from.data, here, white, 0) < 60) continue;
        ink += 1;
        let found = false;
        for (let dy = -1; dy <= 1 && !found; dy += 1) {
          for (let dx = -1; dx <= 1 && !found; dx += 1) found = far(from.data, here, to.data, ((y + dy) * to.width + x + dx) * 4) < 60;
        }
        if (!found) lost += 1;
      }
    }
    return [ink, lost];
  };
  const both = (box) => {
    const [[inkA, lostA], [inkB, lostB]] = [alone(a, b, box), alone(b, a, box)];
    return inkA + inkB === 0 ? 0 : (lostA + lostB) / (inkA + inkB) * 100;
  };
  return {
    sizes: [[a.width, a.height], [b.width, b.height]],
    whole: both([0, 0, Infinity, Infinity]),
    labels: boxes.map((box) => both(box)),
  };
};

/** Draws an SVG in Chromium with the exports' own type and compares a PNG with that. */
async function compared(svg, png) {
  const faces = TYPE.map(({ weight, file }) => `@font-face { font-family: "Golos Text"; font-weight: ${weight}; src: url(data:font/ttf;base64,${file}); }`);
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg).map(Number);
  await page.setViewportSize({ width, height });
  await page.setContent(`<!doctype html><style>${faces.join('')} body { margin: 0 } svg { display: block }</style>${svg}`);
  const texts = await page.evaluate(async () => {
    await Promise.all([...document.fonts].map((face) => face.load()));
    return [...document.querySelectorAll('svg text')].map((text) => {
      const { left, top, right, bottom } = text.getBoundingClientRect();
      return { words: text.textContent, box: [Math.floor(left * 2), Math.floor(top * 2), Math.ceil(right * 2), Math.ceil(bottom * 2)] };
    });
  });
  const drawn = await page.screenshot();
  const { labels, ...found } = await page.evaluate(COMPARE, { one: drawn.toString('base64'), other: png.toString('base64'), boxes: texts.map(({ box }) => box) });
  return { ...found, labels: labels.map((share, i) => ({ words: texts[i].words, share })) };
}

/** What is wrong with a PNG, or nothing. */
function faults({ sizes: [drawn, given], whole, labels }) {
  const found = labels.filter(({ share }) => share > LABEL).map(({ words, share }) => `“${words}” differs by ${share.toFixed(1)} %`);
  if (drawn.join() !== given.join()) found.push(`${given} points and not ${drawn}`);
  if (whole > WHOLE) found.push(`${whole.toFixed(2)} % of the picture differ`);
  return found;
}

for (const language of LANGUAGES) {
  test(`a PNG is the picture of its SVG, ${language}`, { skip, timeout: 240_000 }, async (t) => {
    let [pictures, labels, worst] = [0, 0, 0];
    // Every picture once; in the other language what it has of its own, its letters.
    const [first] = publication.polls;
    for (const poll of language === 'en' ? publication.polls : [first]) {
      const lines = await publication.lines(poll, language);
      const plan = [...new Set(lines.map((line) => line.breakdown))].slice(0, language === 'en' ? Infinity : 3);
      for (const question of new Set(lines.filter((line) => line.option).map((line) => line.question))) {
        for (const by of plan) {
          const svg = await publication.anyone.get(`/polls/${poll}/results/${question}.svg?lang=${language}${by ? `&by=${by}` : ''}`);
          // A breakdown with too many bars has no chart.
          if (svg.status === 404) continue;
          const found = await compared(svg.expect(200).text, (await fetched(poll, question, 'png', language, by)).body);
          assert.deepEqual(faults(found), [], `${question} by ${by || 'nothing'} of ${poll}`);
          assert.ok(found.labels.length > 3, 'a picture with labels');
          pictures += 1;
          labels += found.labels.length;
          worst = Math.max(worst, ...found.labels.map(({ share }) => share));
        }
      }
    }
    assert.ok(pictures > 10, `${pictures} pictures`);
    t.diagnostic(`${pictures} pictures with ${labels} labels; the worst of them differs by ${worst.toFixed(2)} %`);
  });
}

test('a picture that is not the same does not pass', { skip, timeout: 60_000 }, async (t) => {
  const [one, other] = publication.polls;
  const question = (await publication.lines(one, 'en')).find((line) => line.option).question;
  const { text: svg } = await fetched(one, question, 'svg', 'en');
  assert.deepEqual(faults(await compared(svg, (await fetched(one, question, 'png', 'en')).body)), []);
  for (const [what, png] of Object.entries({
    'the same question in another poll': await fetched(other, question, 'png', 'en'),
    'the same shares in other words': await fetched(one, question, 'png', 'ru'),
    'another question': await fetched(one, (await publication.lines(one, 'en')).findLast((line) => line.option).question, 'png', 'en'),
  })) {
    const found = faults(await compared(svg, png.body));
    assert.ok(found.length > 1, `${what}: ${found}`);
    t.diagnostic(`${what}: ${found.length} faults, ${found[0]}`);
  }
  // One percentage that is another one: a single label.
  const share = /\d+%(?=<\/text>)/.exec(svg)[0];
  const wrong = svg.replace(`>${share}</text>`, `>${(Number.parseInt(share, 10) + 11) % 100}%</text>`);
  const found = faults(await compared(wrong, (await fetched(one, question, 'png', 'en')).body));
  assert.ok(found.length >= 1 && found[0].startsWith('“'), `one label: ${found}`);
});
