// The disk is full while answers come in: an error page for whoever sends, nothing acknowledged is lost, and it goes on
// when there is room.

import { Disk } from '../disk.mjs';
import { wait } from '../load.mjs';
import { postgresWorld } from '../postgres.mjs';
import { sqliteWorld } from '../sqlite.mjs';
import { Trial } from '../trial.mjs';

async function fill({ name, times, disk, world, mend = async () => true }) {
  let trial;
  try {
    const { portal, stored } = world;
    const { pid } = portal;
    trial = await Trial.open({ name, target: portal, stored });
    const { load, history } = trial;
    load.start();
    let slowest = 0;
    for (let i = 0; i < times; i += 1) {
      await load.progress(20);
      const before = history.cutOff;
      trial.fault('disk full');
      disk.fill(Math.random() < 0.5 ? 0 : Math.floor(Math.random() * 200_000));
      // What was left fills up with answers, and then with nothing else.
      await load.until('nobody to be acknowledged any more', async () => {
        const before = load.acknowledged;
        await wait(1500);
        disk.fill();
        return load.acknowledged === before;
      });
      await load.until('somebody to notice', () => history.cutOff > before);
      disk.makeRoom();
      trial.fault('room made');
      await mend();
      slowest = Math.max(slowest, await load.progress(1));
    }
    await load.progress();
    if (portal.pid !== pid) throw new Error('the server did not stay');
    return { ...await trial.verdict(), times, note: `back at most ${Math.round(slowest)} ms after there was room` };
  } finally {
    trial?.close();
    await world.dispose();
    disk.dispose();
  }
}

/** Each piece of the log is a new file: reusing old ones, PostgreSQL can go on for long without any room. */
const MORE_LOG = { wal_recycle: 'off', checkpoint_timeout: "'1h'", max_wal_size: "'1GB'" };

export const scenarios = [{
  name: 'full-disk-sqlite', fault: 'full disk, SQLite', times: { short: 1, full: 10 }, needs: ['root'],
  async run({ times }) {
    const disk = new Disk(16);
    let world;
    try {
      world = await sqliteWorld({
        name: 'faults-full-disk-sqlite', env: { VECHE_STORES__PORTAL: `sqlite://${disk.folder}/portal.sqlite?mode=rwc`, VECHE_STORES__VAULT: `sqlite://${disk.folder}/vault.sqlite?mode=rwc` },
      });
      world.portal.dataDir = disk.folder;
    } catch (error) {
      disk.dispose();
      throw error;
    }
    return fill({ name: 'full-disk-sqlite', times, disk, world });
  },
}, {
  name: 'full-disk-postgres', fault: 'full disk, PostgreSQL', times: { short: 1, full: 10 }, needs: ['root', 'postgres'],
  async run({ times }) {
    const disk = new Disk(160);
    let world;
    try {
      world = await postgresWorld({ name: 'faults-full-disk-postgres', postgres: { folder: disk.folder, settings: MORE_LOG } });
    } catch (error) {
      disk.dispose();
      throw error;
    }
    // Without room for its log PostgreSQL ends, as it has to; whoever watches over it starts it again.
    const mend = async () => {
      for (let i = 0; !world.postgres.running; i += 1) {
        if (i > 20) throw new Error('PostgreSQL does not come back');
        await world.postgres.start({ mayFail: true });
        await wait(200);
      }
    };
    return fill({ name: 'full-disk-postgres', times, disk, world, mend });
  },
}];
