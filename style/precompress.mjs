// Makes the built client small: minifies the scripts, then writes each text a second and a third time, compressed as
// well as Brotli and gzip can. The server sends those as they are: compressing at every request would have to be quick,
// and lose a fifth. No Zstandard: it is larger here, and the server would prefer it.
//
// Trunk runs it at the end of a build (Trunk.toml). A debug build is left alone: its wasm is large and short-lived.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
