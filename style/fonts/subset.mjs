// Cuts the two font files nearly every page needs down to the characters and
// weights in use, so that a first page stays within its budget. Rarer characters
// come from the untouched files of @fontsource-variable/golos-text.
// Run `npm run fonts` after changing a range, and keep tokens/_fonts.scss in step.
import { readFileSync, writeFileSync } from "node:fs";
import subset from "subset-font";

const span = (from, to) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join("");

const files = {
  latin: span(0x20, 0x7e) + "\u00a0§©«®°±·»×\u2009–—‘’“”„•…\u202f€−",
  cyrillic: "Ё" + span(0x410, 0x44f) + "ё№",
};

for (const [name, characters] of Object.entries(files)) {
  const source = new URL(
    `../node_modules/@fontsource-variable/golos-text/files/golos-text-${name}-wght-normal.woff2`,
    import.meta.url,
  );
  const font = await subset(readFileSync(source), characters, {
    targetFormat: "woff2",
    variationAxes: { wght: { min: 400, max: 700 } },
  });
  writeFileSync(new URL(`golos-text-${name}.woff2`, import.meta.url), font);
  console.log(`golos-text-${name}.woff2: ${font.length} bytes`);
}
