// The databases under the portals that tests start: embedded ones, or with VECHE_E2E_ENGINE=postgres a PostgreSQL for each
// portal, which is thrown away with it. No test may ask which it is, unless it reads or breaks the files themselves.

const ENGINES = ['sqlite', 'postgres'];

const engine = process.env.VECHE_E2E_ENGINE ?? 'sqlite';
// Otherwise a word that is mistyped would pass as a run on PostgreSQL.
if (!ENGINES.includes(engine)) throw new Error(`VECHE_E2E_ENGINE is ${engine}; there are ${ENGINES.join(' and ')}`);

export const ON_POSTGRES = engine === 'postgres';

/** What a browser runs changes nothing of what a database is asked: without scripts, SQLite is enough. */
export const SCRIPTS = ON_POSTGRES ? [true] : [true, false];

/** For `skip`: why a test that makes or opens the files of SQLite itself is not run on PostgreSQL; false on SQLite. */
export const notOnPostgres = (why) => ON_POSTGRES && `not on PostgreSQL: ${why}`;

/**
 * The test files that are run on PostgreSQL, too: the journeys that store and read most. All of them would take as long
 * again; what the others look at, pages, paper and pictures, is made from what these show to be stored and read alike.
 */
export const ON_BOTH = [
  // The portal really is on the engine that is asked for.
  'engine',
  // Signing in at either provider, and coming back after the plug was pulled.
  'start',
  // Answering, changing, withdrawing, taking one's data along, leaving for good.
  'citizen',
  // Appointing, writing, review, opening, publication, the auditor's log.
  'staff', 'plan',
  // Two devices at once, and nothing lost that has a receipt.
  'durability',
  // Every page and function of the API, by everybody who may not.
  'authorisation',
  // Drafts, sessions that end, what no page would send.
  'hostile',
  // Signing out, and the demonstration's data.
  'demo',
  // Files of every format, tokens, the API of statistics, comparison.
  'exports',
];

/**
 * The databases of one portal; nothing where they are files in its folder.
 * @returns {Promise<import('./postgres.mjs').Postgres|undefined>}
 */
export async function openStores() {
  if (!ON_POSTGRES) return undefined;
  // Only now: it starts portals, too, and so needs those who need this.
  const { hasPostgres, Postgres } = await import('./postgres.mjs');
  if (!hasPostgres()) throw new Error('PostgreSQL is not installed');
  // It is asked for what it does with statements, and not with the power cut off: the faults are there for that.
  return Postgres.make({ settings: { fsync: 'off' } });
}
