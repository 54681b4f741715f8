// Cuts the fonts nearly every page needs down to the characters, weights and
// features in use, so that a first page stays within its budget. One weight is a
// third of the variable font, so there are two of them and none between.
// Rarer characters come from the untouched files of
// @fontsource-variable/golos-text.
// Run `npm run fonts` after changing a range, and keep tokens/_fonts.scss in step.
import { readFileSync, writeFileSync } from "node:fs";
import subset from "subset-font";

const span = (from, to) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join("");

const files = {
  latin: span(0x20, 0x7e) + "\u00a0§©«®°±·»×\u2009–—‘’“”„•…\u202f€−",
  cyrillic: "Ё" + span(0x410, 0x44f) + "ё№",
};

const weights = [400, 700];

for (const [name, characters] of Object.entries(files)) {
  const source = new URL(
    `../node_modules/@fontsource-variable/golos-text/files/golos-text-${name}-wght-normal.woff2`,
    import.meta.url,
  );
  for (const weight of weights) {
    const font = await subset(readFileSync(source), characters, {
      targetFormat: "woff2",
      variationAxes: { wght: weight },
      keepFeatures: ["calt", "kern", "locl", "tnum"],
      // For setting lines from top to bottom.
      dropTables: ["vhea", "vmtx", "VVAR"],
    });
    const file = `golos-text-${name}-${weight}.woff2`;
    writeFileSync(new URL(file, import.meta.url), font);
    console.log(`${file}: ${font.length} bytes`);
  }
}
