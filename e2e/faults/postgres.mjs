// Portals on a PostgreSQL behind a wire that can be cut.

import { startPortal } from '../lib/portal.mjs';
import { Postgres } from '../lib/postgres.mjs';
import { SETTINGS, startPeople } from './trial.mjs';
import { Wire } from './wire.mjs';

/**
 * A provider, PostgreSQL, a wire and a portal at its end.
 * @param {object} options
 * @param {string} options.name of the log
 * @param {number} [options.people]
 * @param {object} [options.postgres] options of `Postgres.make`
 */
export async function postgresWorld({ name, people, postgres: made, env = {}, ...options }) {
  const undo = [];
  const dispose = async () => { for (const step of undo.reverse()) await step(); };
  try {
    const provider = await startPeople(people);
    undo.push(() => provider.close());
    const postgres = await Postgres.make(made);
    undo.push(() => postgres.dispose());
    const wire = await Wire.to({ host: '127.0.0.1', port: postgres.port });
    undo.push(() => wire.close());
    const portal = await startPortal({ name, provider, settings: SETTINGS, env: { ...postgres.environment(wire.port), ...env }, ...options });
    undo.push(() => portal.dispose());
    // The publisher has its rights on the tables once there are tables.
    postgres.roles();
    return { provider, postgres, wire, portal, stored: () => postgres.stored(), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
