// What an operator reads, as the trial reads it: blocks of commands with the machines that they are for, and settings.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OPERATIONS = new URL('../../server/operations/', import.meta.url);

/** The path of a file of operations. */
export const fileOf = (name) => fileURLToPath(new URL(name, OPERATIONS));

const textOf = (name) => readFileSync(fileOf(name), 'utf8');

/** A heading's part of a text, or all of it. */
function partOf(name, heading) {
  const text = textOf(name);
  const part = heading ? text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) : text;
  if (!part) throw new Error(`${name} has no heading ${heading}`);
  return part;
}

/** What stands between backquotes in the sentences under a heading. @returns {string[]} */
export const textsOf = (name, heading) => [...partOf(name, heading).replaceAll(/^ *```.*?^ *```$/gms, '').matchAll(/`([^`]+)`/g)]
  .map(([, words]) => words);

/** Fenced blocks in one language, without their indentation. */
const blocks = (text, language) => [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^ *\`\`\`$`, 'gms'))]
  .map(([, indent, block]) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));

/**
 * The blocks of commands under a heading, or of the whole text.
 * @returns {{addresses: string[], commands: string}[]} the first line of each says on which machines
 */
export function commandsOf(name, heading) {
  return blocks(partOf(name, heading), 'sh').map((block) => {
    const [first, ...rest] = block.split('\n');
    const addresses = first.match(/10\.0\.0\.\d+/g);
    if (!first.startsWith('# ') || !addresses) throw new Error(`${name}: a block that does not say where: ${first}`);
    return { addresses, commands: rest.join('\n') };
  });
}

/** `veche.example.toml` with the settings that a document tells, and others, by section. */
export function configuration(name, more) {
  let text = readFileSync(fileURLToPath(new URL('../veche.example.toml', OPERATIONS)), 'utf8');
  const told = {};
  let section;
  for (const line of blocks(textOf(name), 'toml').join('').split('\n')) {
    const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (key) (told[section] ??= {})[key] = value;
    else section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
  }
  for (const [at, settings] of [...Object.entries(told), ...Object.entries(more)]) {
    for (const [key, value] of Object.entries(settings)) {
      const place = new RegExp(`(^\\[${at.replace('.', '\\.')}\\]\\n(?:(?!\\[).*\\n)*?)(?:# )?${key} = .*\\n`, 'm');
      if (!place.test(text)) throw new Error(`the example has no ${at}.${key}`);
      text = text.replace(place, `$1${key} = ${value}\n`);
    }
  }
  return text;
}
