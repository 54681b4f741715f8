// The server is killed under load, over and over.

import { wait } from '../../lib/wait.mjs';
import { postgresWorld } from '../postgres.mjs';
import { sqliteWorld } from '../sqlite.mjs';
import { Trial } from '../trial.mjs';

async function kill({ name, times, world }) {
  let trial;
  try {
    const { portal, stored } = world;
    trial = await Trial.open({ name, target: portal, stored });
    const { load, history } = trial;
    load.start();
    await load.progress();
    let noticed = 0;
    for (let i = 0; i < times; i += 1) {
      await load.progress(1 + Math.floor(Math.random() * 20));
      await wait(Math.random() * 50);
      const before = history.cutOff;
      trial.fault('SIGKILL of the server');
      await portal.kill();
      await wait(30);
      await portal.start();
      trial.fault('server started');
      await load.progress(1);
      if (history.cutOff > before) noticed += 1;
    }
    if (noticed < times * 0.9) throw new Error(`of ${times} kills only ${noticed} were noticed`);
    await load.progress();
    return { ...await trial.verdict(), times };
  } finally {
    trial?.close();
    await world.dispose();
  }
}

export const scenarios = [{
  name: 'kill-server-sqlite', fault: 'SIGKILL of the server, SQLite', times: { short: 5, full: 100 },
  run: async ({ times }) => kill({ name: 'kill-server-sqlite', times, world: await sqliteWorld({ name: 'faults-kill-server-sqlite' }) }),
}, {
  name: 'kill-server-postgres', fault: 'SIGKILL of the server, PostgreSQL', times: { short: 5, full: 100 }, needs: ['postgres'],
  run: async ({ times }) => kill({ name: 'kill-server-postgres', times, world: await postgresWorld({ name: 'faults-kill-server-postgres' }) }),
}];
