// libfaketime: a clock of a process's own.

import { existsSync, readdirSync } from 'node:fs';

/** Where Debian puts it, whatever the machine; nothing where it is not installed. */
export function faketimeLibrary() {
  for (const name of existsSync('/usr/lib') ? readdirSync('/usr/lib') : []) {
    const file = `/usr/lib/${name}/faketime/libfaketime.so.1`;
    if (existsSync(file)) return file;
  }
  return undefined;
}
