// The machine of the database is gone while answers come in; its replica, which followed synchronously, is promoted and takes
// over its address. Three servers behind nginx find it by themselves.

import { Cluster } from '../../cluster/cluster.mjs';
import { wait } from '../../lib/wait.mjs';
import { SETTINGS, startPeople, together, Trial } from '../trial.mjs';

/** Those that run. */
const clusters = new Set();

/** Takes one down, once. */
async function takeDown(cluster) {
  if (clusters.delete(cluster)) await cluster.stop();
}

async function promote(round) {
  const provider = await startPeople();
  const cluster = new Cluster({ fsync: true });
  clusters.add(cluster);
  let trial;
  try {
    await cluster.start({ provider, settings: SETTINGS });
    await cluster.synchronous();
    const stored = () => {
      const [[responses, people]] = cluster.sql('SELECT count(*), count(DISTINCT pseudonym) FROM vault.response', { host: 'replica' });
      return { responses: Number(responses), people: Number(people) };
    };
    trial = await Trial.open({ name: `promote-${round}`, target: cluster, stored });
    const { load } = trial;
    const pids = Object.values(cluster.servers).map(({ pid }) => pid);
    load.start();
    await load.progress(60);
    trial.fault('the primary is gone');
    await cluster.loseDatabase();
    await load.noticed();
    await wait(Math.random() * 3000);
    const stopped = load.acknowledged;
    await wait(1000);
    if (load.acknowledged !== stopped) throw new Error('somebody was acknowledged without a database');
    cluster.promote();
    trial.fault('the replica is promoted, the address moved');
    const back = await load.progress(1);
    await load.progress();
    if (cluster.sql('SELECT pg_is_in_recovery()', { host: 'replica' })[0][0] !== 'f') throw new Error('the replica is still one');
    if (String(Object.values(cluster.servers).map(({ pid }) => pid)) !== String(pids)) throw new Error('the servers did not stay');
    return { ...await trial.verdict(), back };
  } finally {
    trial?.close();
    await takeDown(cluster);
    await provider.close();
  }
}

export const scenarios = [{
  name: 'promote', fault: 'replica promoted, primary lost', times: { short: 1, full: 3 }, needs: ['cluster'],
  async undo() { for (const cluster of clusters) await takeDown(cluster); },
  async run({ times }) {
    const tallies = [];
    for (let i = 0; i < times; i += 1) tallies.push(await promote(i));
    const back = Math.max(...tallies.map((tally) => tally.back));
    return { ...together(tallies), times, note: `back at most ${Math.round(back)} ms after the promotion` };
  },
}];
