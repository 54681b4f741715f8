// A portal on embedded databases.

import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { startPortal } from '../lib/portal.mjs';
import { SETTINGS, startPeople } from './trial.mjs';

/** What the vault's file holds, read beside the portal. */
export function storedIn(dataDir) {
  const [responses, people] = sqlite(path.join(dataDir, 'vault.sqlite'),
    'SELECT count(*), count(DISTINCT pseudonym) FROM response').split('|').map(Number);
  return { responses, people };
}

/** Asks a file something, with Debian's `sqlite3`. */
export const sqlite = (file, sql) => execFileSync('sqlite3', ['-cmd', '.timeout 10000', file, sql], { encoding: 'utf8' }).trim();

/**
 * A provider and a portal on SQLite.
 * @param {object} options
 * @param {string} options.name of the log
 * @param {number} [options.people]
 */
export async function sqliteWorld({ name, people, ...options }) {
  const provider = await startPeople(people);
  try {
    const portal = await startPortal({ name, provider, settings: SETTINGS, ...options });
    return {
      provider, portal, stored: () => storedIn(portal.dataDir),
      async dispose() {
        await portal.dispose();
        await provider.close();
      },
    };
  } catch (error) {
    await provider.close();
    throw error;
  }
}
