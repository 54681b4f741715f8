// PostgreSQL loses its power while answers come in, and comes back. The server stays, and nobody restarts it.

import { wait } from '../../lib/wait.mjs';
import { postgresWorld } from '../postgres.mjs';
import { Trial } from '../trial.mjs';

export const scenarios = [{
  name: 'kill-postgres', fault: 'SIGKILL of PostgreSQL and all its processes', times: { short: 2, full: 20 }, needs: ['postgres'],
  async run({ times }) {
    const world = await postgresWorld({ name: 'faults-kill-postgres' });
    let trial;
    try {
      const { portal, postgres, stored } = world;
      const { pid } = portal;
      trial = await Trial.open({ name: 'kill-postgres', target: portal, stored });
      const { load } = trial;
      load.start();
      let slowest = 0;
      for (let i = 0; i < times; i += 1) {
        await load.progress(10 + Math.floor(Math.random() * 30));
        await wait(Math.random() * 50);
        trial.fault('SIGKILL of PostgreSQL');
        const killed = await postgres.kill();
        // One alone would be a database that only closed its door.
        if (killed < 5) throw new Error(`only ${killed} processes of PostgreSQL were killed`);
        await load.noticed();
        await wait(Math.random() * 500);
        await postgres.start();
        trial.fault('PostgreSQL started');
        slowest = Math.max(slowest, await load.progress(1));
      }
      await load.progress();
      if (portal.pid !== pid) throw new Error('the server did not stay');
      return { ...await trial.verdict(), times, note: `back at most ${Math.round(slowest)} ms after the database` };
    } finally {
      trial?.close();
      await world.dispose();
    }
  },
}];
