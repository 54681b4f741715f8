// A PDF report read by another program (poppler's `pdftotext`) as what stands where, and its tables out of that: which number
// is in which row and column is told by places on the paper alone.

import { execFileSync } from 'node:child_process';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescaped = (text) => text.replace(/&(?:#(\d+)|(\w+));/g, (_, number, name) => (number ? String.fromCodePoint(Number(number)) : ENTITIES[name]));

/** Words of one line that are nearer to each other than this stand in one cell. */
const GAP = 4;

/**
 * The lines of a report, from its top to its end and without the two of each page's foot: the page, the height of the type, and the
 * chunks of words that stand apart.
 * @param {Buffer} pdf
 * @returns {{page: number, y: number, size: number, chunks: {left: number, right: number, text: string}[], text: string}[]}
 */
export function linesOf(pdf) {
  const html = execFileSync('pdftotext', ['-bbox', '-', '-'], { input: pdf, maxBuffer: 1e8 }).toString('utf8');
  const lines = [];
  for (const [page, part] of html.split('<page ').slice(1).entries()) {
    const words = [...part.matchAll(/<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)<\/word>/g)]
      .map(([, left, top, right, bottom, text]) => ({ left: Number(left), y: Number(top), right: Number(right), size: Math.round((bottom - top) * 10) / 10, text: unescaped(text) }));
    const mine = [];
    for (const word of words) {
      const line = mine.find((one) => Math.abs(one.y - word.y) < 0.5 && one.size === word.size);
      if (line) line.words.push(word);
      else mine.push({ page, y: word.y, size: word.size, words: [word] });
    }
    for (const { words: found, ...line } of mine.sort((a, b) => a.y - b.y).slice(0, -2)) {
      const chunks = [];
      for (const { left, right, text } of found.sort((a, b) => a.left - b.left)) {
        const last = chunks.at(-1);
        if (last && left - last.right < GAP) {
          last.text += ` ${text}`;
          last.right = right;
        } else chunks.push({ left, right, text });
      }
      lines.push({ ...line, chunks, text: chunks.map(({ text }) => text).join(' ') });
    }
  }
  return lines;
}

/** Heights of the type of column heads, cells and captions: 1.2 times its size. */
const HEAD = 9;
const CELL = 9.6;
const CAPTION = 10.8;
/** Lines of one cell are nearer to each other than rows are. */
const WITHIN_ROW = 13;

const near = (a, b) => Math.abs(a - b) < 1;

/**
 * Every table of a report in its order: its caption, the names of its columns, and its rows, each cell as its lines.
 * `names` of the first columns stand at their left edge, the others are numbers at their right edge; how many there are
 * is told by the heads.
 */
export function tablesOf(lines) {
  const tables = [];
  let i = 0;
  const group = (size) => {
    const found = [];
    while (i < lines.length && lines[i].size === size && (!found.length || lines[i].page === found[0].page)) found.push(lines[i++]);
    return found;
  };
  while (i < lines.length) {
    // Groups of bars have names in the same type, but one only on a line.
    if (lines[i].size !== HEAD || lines[i].chunks.length < 2) {
      i += 1;
      continue;
    }
    // A caption may take several lines.
    let from = i;
    while (from > 0 && lines[from - 1].size === CAPTION) from -= 1;
    const caption = lines.slice(from, i).map(({ text }) => text).join(' ');
    const start = i;
    const head = group(HEAD);
    const body = [];
    for (;;) {
      body.push(...group(CELL));
      // On the next page there is the head once more.
      const again = () => head.every(({ text, size }, n) => lines[i + n]?.text === text && lines[i + n].size === size);
      if (body.length && lines[i]?.page === body.at(-1).page + 1 && again()) i += head.length;
      else break;
    }
    tables.push({ caption, start, end: i, head, body });
  }
  return tables.map(({ caption, start, end, head, body }) => {
    const chunks = head.flatMap((line) => line.chunks);
    // A number's cell ends where the name of its column ends.
    const rights = [];
    const lefts = [];
    for (const { left, right } of chunks) {
      if (rights.some((one) => near(one, right)) || lefts.some((one) => near(one, left))) continue;
      const cells = body.flatMap((line) => line.chunks);
      const named = cells.filter((one) => near(one.left, left)).length > cells.filter((one) => near(one.right, right)).length;
      if (named) lefts.push(left);
      else rights.push(right);
    }
    lefts.sort((a, b) => a - b);
    rights.sort((a, b) => a - b);
    const columnOf = ({ left, right }) => {
      const number = rights.findIndex((one) => near(one, right));
      if (number >= 0) return lefts.length + number;
      const name = lefts.findIndex((one) => near(one, left));
      if (name < 0) throw new Error(`“${caption}” has words in no column, from ${left} to ${right}`);
      return name;
    };
    const cells = (block) => {
      const row = Array.from({ length: lefts.length + rights.length }, () => []);
      for (const chunk of block.flatMap((line) => line.chunks)) row[columnOf(chunk)].push(chunk.text);
      return row;
    };
    const rows = [];
    for (const line of body) {
      const last = rows.at(-1)?.at(-1);
      if (last && last.page === line.page && line.y - last.y < WITHIN_ROW) rows.at(-1).push(line);
      else rows.push([line]);
    }
    return { caption, start, end, names: lefts.length, head: cells(head).map((cell) => cell.join(' ')), rows: rows.map(cells) };
  });
}
