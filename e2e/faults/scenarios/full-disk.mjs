// The disk is full while answers come in: an error page for whoever sends, nothing acknowledged is lost, and it goes on
// when there is room.

import path from 'node:path';

import { Disk } from '../disk.mjs';
import { wait } from '../../lib/wait.mjs';
import { postgresWorld } from '../postgres.mjs';
import { sqlite, sqliteWorld } from '../sqlite.mjs';
import { Trial } from '../trial.mjs';

/** So many requests fail before there is room again. */
const NOTICES = 20;

async function fill({ name, times, disk, world, prepare = () => {}, watchOver = async () => {} }) {
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
      prepare();
      disk.fill(Math.random() < 0.5 ? 0 : Math.floor(Math.random() * 200_000));
      // What was left fills up with answers, and then nothing fits, or only now and then something small: files are used again.
      await load.until('people to notice', async () => {
        await wait(200);
        disk.fill();
        return history.cutOff >= before + NOTICES;
      }, 180_000);
      await wait(Math.random() * 2000);
      disk.makeRoom();
      trial.fault('room made');
      let back = false;
      const progress = load.progress(1).finally(() => { back = true; });
      while (!back) {
        await watchOver();
        await Promise.race([progress.catch(() => {}), wait(200)]);
      }
      slowest = Math.max(slowest, await progress);
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
    // A log that has grown is used again, and a full disk would trouble nobody.
    const prepare = () => {
      for (const store of ['portal', 'vault']) sqlite(path.join(disk.folder, `${store}.sqlite`), 'PRAGMA wal_checkpoint(TRUNCATE)');
    };
    return fill({ name: 'full-disk-sqlite', times, disk, world, prepare });
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
    // Without room for its log PostgreSQL ends, as it has to, and perhaps only when there is room again; whoever watches over
    // it starts it again.
    const watchOver = async () => {
      if (!world.postgres.running) await world.postgres.start({ mayFail: true });
    };
    return fill({ name: 'full-disk-postgres', times, disk, world, watchOver });
  },
}];
