// The bill of materials has what is shipped, of the client's styles and type and of the exports' as well as of crates.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');

const folder = mkdtempSync(path.join(tmpdir(), 'veche-sbom-'));
let bill;

before(() => {
  const file = path.join(folder, 'sbom.json');
  execFileSync(process.execPath, ['server/operations/sbom.mjs', file], { cwd: ROOT, stdio: 'pipe' });
  bill = JSON.parse(readFileSync(file, 'utf8'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const named = (name) => bill.components.filter((component) => component.name === name);

/** Packages of npm of which the client is built: what its styles and its document name. */
function packages() {
  const sheets = readdirSync(path.join(ROOT, 'style'), { recursive: true })
    .filter((file) => file.endsWith('.scss') && !file.startsWith('node_modules'));
  const texts = ['app/index.html', ...sheets.map((file) => path.join('style', file))].map(read);
  return new Set(texts.flatMap((text) => [...text.matchAll(/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g)].map(([, name]) => name)));
}

test('what the client is built of is in the bill, as it is installed', () => {
  const used = packages();
  assert.ok(used.has('govuk-frontend') && used.has('@fontsource-variable/golos-text'), [...used].join());
  for (const name of used) {
    const { version, license } = JSON.parse(read(`style/node_modules/${name}/package.json`));
    const [component, ...more] = named(name);
    assert.deepEqual(more, []);
    assert.equal(component?.purl, `pkg:npm/${name.replace('@', '%40')}@${version}`);
    assert.deepEqual(component.licenses, [{ expression: license }]);
    assert.match(component.hashes[0].content, /^[0-9a-f]{128}$/);
  }
});

test('program and client are in the bill, and what only builds them is not', () => {
  for (const name of ['veche', 'islands']) assert.equal(named(name).length, 1, name);
  const { devDependencies } = JSON.parse(read('style/package.json'));
  for (const name of Object.keys(devDependencies)) assert.deepEqual(named(name), [], name);
  const refs = bill.components.map((component) => component['bom-ref']);
  assert.equal(new Set(refs).size, refs.length);
});

test('the fonts that the program has in it are in the bill, as they are', () => {
  const embedded = [...read('server/exports/src/font.rs').matchAll(/include_bytes!\("\.\.\/fonts\/([\w.-]+)"\)/g)].map(([, name]) => name);
  assert.ok(embedded.length >= 2, embedded.join());
  for (const name of embedded) {
    const file = readFileSync(path.join(ROOT, 'server/exports/fonts', name));
    const [component, ...more] = named(name);
    assert.deepEqual(more, []);
    assert.deepEqual(component?.licenses, [{ expression: 'OFL-1.1' }]);
    assert.deepEqual(component.hashes, [{ alg: 'SHA-256', content: createHash('sha256').update(file).digest('hex') }]);
    // As the font itself has it in words, too.
    assert.ok(file.includes(Buffer.from(`Version ${component.version}`, 'utf16le').swap16()), component.version);
  }
});
