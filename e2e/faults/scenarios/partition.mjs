// The network between the server and its database goes away for some seconds: everything is dropped in silence, or every
// connection is reset. Whoever asks meanwhile is answered in bounded time, and the server goes on by itself.

import { wait } from '../../lib/wait.mjs';
import { postgresWorld } from '../postgres.mjs';
import { PATIENCE, Trial } from '../trial.mjs';

/** How long anybody may wait: as the settings say, and some for a busy machine. */
const BOUND = PATIENCE * 1000 + 20_000;

/** Longer than a request may take, so that everybody who waits is told so. */
const LONG = PATIENCE * 1000 + 2000;

const partition = (kind) => ({
  name: `partition-${kind}`,
  fault: kind === 'drop' ? 'server and database apart, packets dropped' : 'server and database apart, connections reset',
  times: { short: 1, full: 6 }, needs: ['postgres'],
  async run({ times, short }) {
    const world = await postgresWorld({ name: `faults-partition-${kind}` });
    let trial;
    try {
      const { portal, wire, stored } = world;
      const { pid } = portal;
      trial = await Trial.open({ name: `partition-${kind}`, target: portal, stored });
      const { load, history } = trial;
      load.start();
      let slowest = 0;
      let noticed = 0;
      for (let i = 0; i < times; i += 1) {
        await load.progress();
        const began = trial.fault(kind);
        if (kind === 'drop') wire.drop(); else wire.cut();
        // Short ones, which requests live through, and long ones, which they do not.
        const long = short || i % 2 === 0;
        const lasts = long ? LONG : 1000 + Math.random() * 2000;
        await wait(lasts);
        if (long) await load.until('somebody to notice', () => history.noticed(began));
        wire.mend();
        trial.fault('mended');
        slowest = Math.max(slowest, await load.progress(1));
        // Whoever lives through a short one has waited for its end.
        if (history.noticed(began, lasts / 2)) noticed += 1;
      }
      await load.progress();
      if (portal.pid !== pid) throw new Error('the server did not stay');
      if (history.slowest > BOUND) throw new Error(`somebody waited ${history.slowest} ms`);
      return { ...await trial.verdict(), times: noticed, note: `back at most ${Math.round(slowest)} ms after the network` };
    } finally {
      trial?.close();
      await world.dispose();
    }
  },
});

export const scenarios = ['drop', 'reset'].map(partition);
