// A backup is made while people answer; then the machine is gone. The backup is put into an empty one, with the key from
// where it was kept. Whatever was acknowledged before the backup began is there, and what came later is whole or absent.

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { sqliteWorld, storedIn } from '../sqlite.mjs';
import { together, Trial } from '../trial.mjs';

async function restore(round) {
  const world = await sqliteWorld({ name: 'faults-restore' });
  const { portal } = world;
  const machine = mkdtempSync(path.join(tmpdir(), 'veche-machine-'));
  let trial;
  try {
    trial = await Trial.open({ name: `restore-${round}`, target: portal, stored: () => storedIn(portal.dataDir) });
    const { load } = trial;
    load.start();
    await load.progress(60);
    const backup = path.join(machine, 'backup');
    const until = trial.fault('backup begun');
    const made = await portal.run('backup', '--to', backup);
    if (made.code !== 0) throw new Error(`no backup: ${made.output}`);
    trial.fault('backup made');
    await load.progress(30);
    trial.fault('machine gone');
    await portal.kill();
    await load.noticed();

    // The configuration is installed anew, the key comes from its safe: it must not be in the backup.
    const config = readFileSync(portal.configPath, 'utf8');
    const key = /^master = "(.*)"$/m.exec(config)[1];
    for (const file of readdirSync(backup)) {
      const bytes = readFileSync(path.join(backup, file));
      if (bytes.includes(key) || bytes.includes(Buffer.from(key, 'base64'))) throw new Error(`the master key is in ${file}`);
    }
    rmSync(portal.dataDir, { recursive: true });
    rmSync(portal.configPath);
    const keyFile = path.join(machine, 'master.key');
    writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
    const dataDir = path.join(machine, 'data');
    mkdirSync(dataDir);
    writeFileSync(portal.configPath, config.replaceAll(portal.dataDir, dataDir).replace(/^master = .*$/m, `master = { file = ${JSON.stringify(keyFile)} }`), { mode: 0o600 });
    portal.dataDir = dataDir;
    // Everybody's session has ended, and they sign in again.
    load.mayBeSignedOut = true;
    const restored = await portal.run('restore', '--from', backup);
    if (restored.code !== 0) throw new Error(`not restored: ${restored.output}`);
    const again = await portal.run('restore', '--from', backup);
    if (again.code === 0) throw new Error('it was restored over what is there');
    // Nobody sends before everybody has looked: the pages are as of the backup.
    await load.stop();
    await portal.start();
    trial.fault('restored');
    await trial.signInAgain();
    return await trial.verdict({ until });
  } finally {
    trial?.close();
    await world.dispose();
    rmSync(machine, { recursive: true, force: true });
  }
}

export const scenarios = [{
  name: 'restore', fault: 'restore from a backup into an empty machine', times: { short: 1, full: 5 },
  async run({ times }) {
    const tallies = [];
    for (let i = 0; i < times; i += 1) tallies.push(await restore(i));
    return { ...together(tallies), times: tallies.length };
  },
}];
