// A workbook opened by an office program that has nothing to do with us: Gnumeric, by its converter.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { textContent } from 'domutils';

import { all, attribute, parseHtml } from './html.mjs';
import { parseCsv } from './steps.mjs';

const PROGRAM = 'ssconvert';

/** Why no workbook can be opened here, or nothing. */
export function missing() {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `there is no ${PROGRAM} on this machine (Debian's package gnumeric): ${error.message}`;
  }
}

/** GnmValueType, by which Gnumeric's own format tells what a cell holds; a formula has none. */
const KINDS = { 10: 'nothing', 20: 'truth', 30: 'number', 40: 'number', 50: 'error', 60: 'text' };

/**
 * Opens a workbook and writes down what the program found in it.
 *
 * @param {Buffer} file
 * @param {'xlsx'|'ods'} ending
 * @returns {{sheets: Map<string, string[][]>, kinds: Map<string, Set<string>[]>, said: string[]}} the sheets in their
 *   order, as rows of texts; what kinds of things stand in each of their columns below the first line; and whatever the
 *   program had to say
 */
export function open(file, ending) {
  const dir = mkdtempSync(path.join(tmpdir(), 'veche-e2e-office-'));
  try {
    const book = path.join(dir, `book.${ending}`);
    writeFileSync(book, file);
    const said = [];
    const convert = (...args) => {
      const run = spawnSync(PROGRAM, args, { encoding: 'utf8', timeout: 60_000, env: { ...process.env, HOME: dir, LC_ALL: 'C.UTF-8' } });
      if (run.status !== 0) throw new Error(`${PROGRAM} ${args.join(' ')}: ${run.status ?? run.signal} ${run.stderr}`);
      said.push(...`${run.stdout}${run.stderr}`.replace(/\s*\n\t/g, ' ').split('\n').filter(Boolean));
    };
    // `raw`: a number as the program holds it and not as the cell is to look.
    convert('-S', '-T', 'Gnumeric_stf:stf_assistant', '-O', 'separator=, format=raw eol=unix', book, path.join(dir, '%n.csv'));
    convert('-T', 'Gnumeric_XmlIO:sax:0', book, path.join(dir, 'book.xml'));
    const own = parseHtml(readFileSync(path.join(dir, 'book.xml'), 'utf8').replace(/<([\w:.-]+)((?:\s+[\w:.-]+="[^"]*")*)\s*\/>/g, '<$1$2></$1>'));
    const sheets = new Map();
    const kinds = new Map();
    for (const [i, sheet] of all(own, 'gnm\\:sheet').entries()) {
      const name = textContent(all(sheet, 'gnm\\:name')[0]);
      sheets.set(name, parseCsv(readFileSync(path.join(dir, `${i}.csv`), 'utf8')));
      const columns = [];
      for (const cell of all(sheet, 'gnm\\:cell')) {
        if (attribute(cell, 'row') === '0') continue;
        (columns[attribute(cell, 'col')] ??= new Set()).add(KINDS[attribute(cell, 'valuetype')] ?? 'a formula');
      }
      kinds.set(name, columns);
    }
    const written = readdirSync(dir).filter((one) => one.endsWith('.csv')).length;
    if (written !== sheets.size) throw new Error(`${written} sheets were written and ${sheets.size} named`);
    return { sheets, kinds, said };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
