// Finishes the built client: gives fonts names of what they hold, minifies the scripts, then writes each text a second
// and a third time, compressed as well as Brotli and gzip can. The server sends those as they are: compressing at every
// request would have to be quick, and lose a fifth. No Zstandard: it is larger here, and the server would prefer it.
//
// Trunk runs it at the end of a build (Trunk.toml). A debug build is not made small: its wasm is large and short-lived.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { transformSync } from 'esbuild';

const { TRUNK_STAGING_DIR: folder, TRUNK_PROFILE: profile } = process.env;
if (!folder) throw new Error('TRUNK_STAGING_DIR is not set: run it as a hook of trunk');

/** All files of the built client, those of snippets in their folders. */
const files = () => readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name));

const brotli = (text) => brotliCompressSync(text, {
  params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS },
});

/** As many digits as trunk puts into the names of what it makes itself; what it copies, it leaves as it was called. */
const digest = (content) => createHash('sha256').update(content).digest('hex').slice(0, 16);

/**
 * Browsers keep fonts for good, so that others need other names. All are named for all of them together: a digest each
 * would be sixty bytes of style sheet or more that no compression can take back.
 */
function nameFonts() {
  const at = (name) => path.join(folder, name);
  const [sheet, ...others] = readdirSync(folder).filter((name) => name.endsWith('.css'));
  if (!sheet || others.length) throw new Error('one style sheet was to name the fonts');
  let css = readFileSync(at(sheet), 'utf8');
  const fonts = readdirSync(folder).filter((name) => name.endsWith('.woff2')).sort();
  const all = digest(Buffer.concat(fonts.map((name) => readFileSync(at(name)))));
  for (const font of fonts) {
    const named = `${path.parse(font).name}-${all}.woff2`;
    if (!css.includes(`/${font}"`)) throw new Error(`${sheet} does not name ${font}`);
    css = css.replaceAll(`/${font}"`, `/${named}"`);
    renameSync(at(font), at(named));
  }
  // With other names in it, it is another sheet.
  const named = sheet.replace(/-[0-9a-f]+\.css$/, `-${digest(css)}.css`);
  renameSync(at(sheet), at(named));
  writeFileSync(at(named), css);
  writeFileSync(at('index.html'), readFileSync(at('index.html'), 'utf8').replaceAll(sheet, named));
}

nameFonts();
if (profile === 'release') {
  // Trunk's own minifier fails on what wasm-bindgen writes. Names keep the hash of the script before: it, too, changes
  // with the script.
  for (const file of files().filter((name) => name.endsWith('.js'))) {
    const { code } = transformSync(readFileSync(file, 'utf8'), { format: 'esm', minify: true, charset: 'utf8', legalComments: 'none' });
    writeFileSync(file, code);
  }
  for (const file of files().filter((name) => /\.(css|js|wasm|svg)$/.test(name))) {
    const text = readFileSync(file);
    writeFileSync(`${file}.br`, brotli(text));
    writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
  }
}
