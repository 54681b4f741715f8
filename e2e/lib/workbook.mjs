// A workbook read by the rules of its format, XLSX or ODS, without the library that wrote it: the files inside the archive
// and the cells of each sheet, as texts.

import { inflateRawSync } from 'node:zlib';

import { all, attribute, one, parseHtml } from './html.mjs';
import { textContent } from 'domutils';

/** The files of a ZIP archive by their names (APPNOTE 4.3: the central directory at its end says where each is). */
export function unzip(archive) {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const files = new Map();
  let at = archive.readUInt32LE(end + 16);
  for (let i = archive.readUInt16LE(end + 10); i > 0; i -= 1) {
    const [method, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const local = archive.readUInt32LE(at + 42);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const body = archive.subarray(from, from + size);
    files.set(archive.toString('utf8', at + 46, at + 46 + name), method === 8 ? inflateRawSync(body) : body);
    at += 46 + name + extra + comment;
  }
  return files;
}

/** XML with the names of its elements as they are; empty elements are closed, which HTML would not do. */
const xml = (file) => parseHtml(file.toString('utf8').replace(/<\?xml[^>]*\?>/, '').replace(/<([\w:.-]+)((?:\s+[\w:.-]+="[^"]*")*)\s*\/>/g, '<$1$2></$1>')
  // `c` and `row` mean nothing to HTML, but `col` and `title` do.
  .replace(/<(\/?)(col|title|table|caption)([\s>])/g, '<$1x-$2$3'));

const named = (node, name) => all(node, name.replace(':', '\\:'));

function xlsx(files) {
  const shared = files.has('xl/sharedStrings.xml') ? named(xml(files.get('xl/sharedStrings.xml')), 'si').map((si) => textContent(si)) : [];
  const targets = new Map(named(xml(files.get('xl/_rels/workbook.xml.rels')), 'relationship').map((r) => [attribute(r, 'id'), attribute(r, 'target')]));
  return new Map(named(xml(files.get('xl/workbook.xml')), 'sheet').map((sheet) => {
    const page = xml(files.get(`xl/${targets.get(attribute(sheet, 'r:id'))}`));
    const rows = named(page, 'row').map((row) => {
      const cells = [];
      for (const cell of named(row, 'c')) {
        const column = [...attribute(cell, 'r').replace(/\d/g, '')].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
        const value = textContent(one(cell, 'v') ?? cell);
        cells[column] = attribute(cell, 't') === 's' ? shared[Number(value)] : value;
      }
      return Array.from(cells, (cell) => cell ?? '');
    });
    return [attribute(sheet, 'name'), rows];
  }));
}

function ods(files) {
  return new Map(named(xml(files.get('content.xml')), 'table:table').map((table) => {
    const rows = named(table, 'table:table-row').map((row) => named(row, 'table:table-cell').flatMap((cell) => {
      const times = Number(attribute(cell, 'table:number-columns-repeated') ?? 1);
      const text = attribute(cell, 'office:value') ?? named(cell, 'text:p').map((p) => textContent(p)).join('\n');
      return times > 100 ? [] : Array(times).fill(text);
    }));
    return [attribute(table, 'table:name'), rows];
  }));
}

/**
 * The sheets of a workbook by their names, each as rows of texts. A number is as the file has it.
 * @param {Buffer} file
 * @returns {Map<string, string[][]>}
 */
export function sheetsOf(file) {
  const files = unzip(file);
  return files.has('content.xml') ? ods(files) : xlsx(files);
}
