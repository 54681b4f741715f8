// Two promises of the stylesheet: it stays small, and no page names a class that
// does not exist (a misspelt class fails silently in a browser).
// Run by `npm test`, after `npm run samples` has compiled samples/samples.css.
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const here = (path) => new URL(path, import.meta.url);
const css = readFileSync(here("samples/samples.css"));
const problems = [];

const limits = { brotli: [brotliCompressSync(css).length, 14 * 1024], gzip: [gzipSync(css, { level: 9 }).length, 16 * 1024] };
for (const [name, [size, limit]] of Object.entries(limits)) {
  console.log(`stylesheet, ${name}: ${size} of ${limit} bytes`);
  if (size > limit) problems.push(`the stylesheet is larger than ${limit} bytes (${name})`);
}

const rule = /(?<=\.)(?:govuk|veche)-[\w!-]+/g;
const known = new Set(css.toString().replaceAll("\\", "").match(rule));
// Names of the structure that need no rule: the library's table parts, and the
// state that looks like a plain tag.
for (const bare of ["govuk-table__head", "govuk-table__body", "govuk-table__row", "veche-status--published"]) known.add(bare);
// A block may have rules for its parts and modifiers alone.
for (const part of [...known]) known.add(part.split(/__|--/)[0]);

// Only quoted lists of classes: a word in a comment is no class. Names that are
// put together at run time (ending in a hyphen or a brace) are left out.
const name = /\b(?:govuk|veche)-[\w!-]*\w(?![\w{-])/g;
const quoted = /class(?:Name)?(?::[\w-]+)?=(?:"([^"]*)"|'([^']*)')/g;
for (const folder of ["../app", "../server", "samples"]) {
  for (const file of readdirSync(here(folder), { recursive: true })) {
    if (!/\.(rs|html)$/.test(file)) continue;
    for (const [, double, single] of readFileSync(here(`${folder}/${file}`), "utf8").matchAll(quoted)) {
      for (const used of (double ?? single).match(name) ?? []) {
        if (!known.has(used)) problems.push(`${folder}/${file}: no rule for .${used}`);
      }
    }
  }
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length ? 1 : 0;
