// Writes the bill of materials of the program `veche` and of the client in the browser, its styles and its type, as
// CycloneDX 1.5 (JSON): what is built, in which version, with which licence and digest. It reads the lock files, and
// the fonts that no package brings.
//
//   node server/operations/sbom.mjs FILE
//
// The same files give the same text: it holds no time and no random number.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
if (!file) throw new Error('which file?');

const metadata = (...args) => JSON.parse(execFileSync(
  'cargo', ['metadata', '--locked', '--offline', '--format-version', '1', ...args],
  { encoding: 'utf8', maxBuffer: 1 << 28 },
));

/** The packages that end up in `root` built for `target`: no tests, no tools of the build. */
function tree(target, root) {
  const { packages, resolve } = metadata('--filter-platform', target);
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const found = new Map(packages.map((one) => [one.id, one]));
  const start = packages.find(({ name, source }) => name === root && source === null);
  const seen = new Map();
  const queue = [start.id];
  while (queue.length) {
    const id = queue.pop();
    if (seen.has(id)) continue;
    const below = nodes.get(id).deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg);
    seen.set(id, { crate: found.get(id), below });
    queue.push(...below);
  }
  return seen;
}

// name, version → digest, as the lock file has it.
const digests = new Map();
for (const entry of readFileSync('Cargo.lock', 'utf8').split('[[package]]').slice(1)) {
  const field = (name) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(entry)?.[1];
  digests.set(`${field('name')}@${field('version')}`, field('checksum'));
}

const purl = ({ name, version }) => `pkg:cargo/${name}@${version}`;
const all = new Map([...tree('x86_64-unknown-linux-gnu', 'veche'), ...tree('wasm32-unknown-unknown', 'islands')]);
const sorted = [...all.values()].sort((a, b) => (purl(a.crate) < purl(b.crate) ? -1 : 1));

const components = sorted.map(({ crate }) => {
  const digest = digests.get(`${crate.name}@${crate.version}`);
  // Ours have neither a registry nor a digest; nothing else may lack one.
  if (crate.source !== null && !digest) throw new Error(`${purl(crate)} has no digest`);
  if (!crate.license && !crate.license_file) throw new Error(`${purl(crate)} says no licence`);
  return {
    type: 'library', 'bom-ref': purl(crate), name: crate.name, version: crate.version, purl: purl(crate),
    licenses: [crate.license ? { expression: crate.license.replaceAll('/', ' OR ') } : { license: { name: `the text in its file ${crate.license_file}` } }],
    ...(digest ? { hashes: [{ alg: 'SHA-256', content: digest }] } : {}),
    ...(crate.repository ? { externalReferences: [{ type: 'vcs', url: crate.repository }] } : {}),
  };
});
const dependencies = sorted.map(({ crate, below }) => ({
  ref: purl(crate), dependsOn: [...new Set(below.map((id) => purl(all.get(id)?.crate ?? crate)))].filter((ref) => ref !== purl(crate)).sort(),
}));

// Styles and type come from npm; what only builds them is not shipped.
const { packages: styles } = JSON.parse(readFileSync('style/package-lock.json', 'utf8'));
for (const [at, { version, license, integrity, dev }] of Object.entries(styles).sort()) {
  if (at === '' || dev) continue;
  const name = at.split('node_modules/').at(-1);
  const ref = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [, content] = /^sha512-(\S+)$/.exec(integrity) ?? [];
  if (!content) throw new Error(`${ref} has no digest`);
  if (!license) throw new Error(`${ref} says no licence`);
  components.push({
    type: 'library', 'bom-ref': ref, name, version, purl: ref, licenses: [{ expression: license }],
    hashes: [{ alg: 'SHA-512', content: Buffer.from(content, 'base64').toString('hex') }],
  });
}

// The type of the files that are made of results is in the program as it came from its makers, from no registry.
const FONTS = 'server/exports/fonts';
const OFL = 'SIL OPEN FONT LICENSE Version 1.1';

/** The version that a TrueType file says of itself: `fontRevision`, a fixed-point number, in its table `head`. */
function revision(font) {
  for (let entry = 12; entry < 12 + 16 * font.readUInt16BE(4); entry += 16) {
    if (font.toString('latin1', entry, entry + 4) !== 'head') continue;
    return (font.readInt32BE(font.readUInt32BE(entry + 8) + 4) / 0x10000).toFixed(3);
  }
  throw new Error('a font without a table `head`');
}

if (!readFileSync(`${FONTS}/LICENSE`, 'utf8').includes(OFL)) throw new Error(`${FONTS} is under another licence than is said here`);
for (const name of readdirSync(FONTS).filter((file) => file.endsWith('.ttf')).sort()) {
  const font = readFileSync(`${FONTS}/${name}`);
  components.push({
    type: 'file', 'bom-ref': `${FONTS}/${name}`, name, version: revision(font), licenses: [{ expression: 'OFL-1.1' }],
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(font).digest('hex') }],
    externalReferences: [{ type: 'vcs', url: 'https://github.com/googlefonts/golos-text' }],
  });
}

const program = components.find(({ name }) => name === 'veche');
const body = { components, dependencies };
// A name for this very content.
const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
const uuid = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `a${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-');
writeFileSync(file, `${JSON.stringify({
  bomFormat: 'CycloneDX', specVersion: '1.5', serialNumber: `urn:uuid:${uuid}`, version: 1,
  metadata: { component: { type: 'application', 'bom-ref': 'veche', name: 'veche', version: program.version } },
  ...body,
}, null, 2)}\n`);
console.log(`${file}: ${components.length} components`);
