// Writes each text of the built client a second time, compressed as well as Brotli can: the server sends that one as it
// is. Compressing at every request would have to be quick, and lose a fifth.
//
// Trunk runs it at the end of a build (Trunk.toml). A debug build is not compressed: its wasm is large and short-lived.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { brotliCompressSync, constants } from 'node:zlib';

const { TRUNK_STAGING_DIR: folder, TRUNK_PROFILE: profile } = process.env;
if (!folder) throw new Error('TRUNK_STAGING_DIR is not set: run it as a hook of trunk');

if (profile === 'release') {
  for (const name of readdirSync(folder).filter((file) => /\.(css|js|wasm|svg)$/.test(file))) {
    const file = path.join(folder, name);
    writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file), {
      params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS },
    }));
  }
}
