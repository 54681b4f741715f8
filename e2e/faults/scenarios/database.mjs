// A database that is not there when the server starts, that is slow, or that has no connection left.

import { spawn } from 'node:child_process';
import path from 'node:path';

import { wait } from '../../lib/wait.mjs';
import { postgresWorld } from '../postgres.mjs';
import { Supervisor } from '../supervisor.mjs';
import { Trial } from '../trial.mjs';

async function withTrial(name, world, work) {
  let trial;
  try {
    trial = await Trial.open({ name, target: world.portal, stored: world.stored });
    trial.load.start();
    await trial.load.progress();
    return await work(trial);
  } finally {
    trial?.close();
    await world.dispose();
  }
}

/** The server is started while its database is away; systemd's rules start it until it can. */
async function absent({ times }) {
  const world = await postgresWorld({ name: 'faults-database-absent' });
  const { portal, postgres, wire } = world;
  return withTrial('database-absent', world, async (trial) => {
    const { load, history } = trial;
    let ends = 0;
    let noticed = 0;
    const once = async (i, supervisor) => {
      // Nobody listens at its address, or whoever does hangs up: the server waits, or ends with a clear word.
      const refused = i % 2 === 0;
      const began = trial.fault('database away, server started');
      await portal.kill();
      if (refused) await postgres.kill(); else wire.cut();
      const from = portal.log.length;
      supervisor.watch();
      await wait(refused ? 4000 : 7000);
      if (portal.running && await answers(portal)) throw new Error('the server says that it lives without a database');
      if (refused) await postgres.start(); else wire.mend();
      trial.fault('database there');
      await load.progress(1);
      if (history.noticed(began)) noticed += 1;
      ends += supervisor.ends;
      if (supervisor.ends && !/veche: the \S+ store: /.test(portal.log.slice(from))) throw new Error(`it ended without a clear word:\n${portal.tail()}`);
      await load.progress();
    };
    for (let i = 0; i < times; i += 1) {
      const supervisor = new Supervisor(portal);
      try {
        await once(i, supervisor);
      } finally {
        await supervisor.stop();
      }
      // Back under the trial's own hands.
      await portal.start();
    }
    await load.progress();
    return { ...await trial.verdict(), times: noticed, note: `it waited, or ended and was started again (${ends} times)` };
  });
}

async function answers(portal) {
  try {
    return (await fetch(`${portal.origin}/healthz`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** Every word to and from the database takes longer. */
async function slow({ times }) {
  const world = await postgresWorld({ name: 'faults-database-slow' });
  return withTrial('database-slow', world, async (trial) => {
    const { load, history } = trial;
    let noticed = 0;
    for (let i = 0; i < times; i += 1) {
      const delay = [100, 300][i % 2];
      const began = trial.fault(`${delay} ms more each way`);
      world.wire.slow(delay);
      await wait(8000);
      // There and back.
      if (history.noticed(began, 2 * delay)) noticed += 1;
      world.wire.mend();
      trial.fault('mended');
      await load.progress();
    }
    if (history.slowest > 25_000) throw new Error(`somebody waited ${history.slowest} ms`);
    return { ...await trial.verdict(), times: noticed };
  });
}

/** Connections that those have who have no more rights than the server. */
const OTHERS = 40;

/** Somebody else takes every connection that the database has, after the server lost its own. */
async function full({ times }) {
  const world = await postgresWorld({ name: 'faults-database-full', postgres: { settings: { max_connections: 50, superuser_reserved_connections: 10 } } });
  const { postgres, portal } = world;
  const { pid } = portal;
  return withTrial('database-full', world, async (trial) => {
    const { load, history } = trial;
    postgres.sql("CREATE ROLE somebody LOGIN; GRANT CONNECT ON DATABASE veche TO somebody");
    // Who is being refused has a connection, too, for a moment, and the administrator may find none.
    const ask = (sql) => load.until('a connection for the administrator', async () => {
      try {
        return postgres.sql(sql);
      } catch (error) {
        if (!/too many clients/.test(error.message + error.stderr)) throw error;
        await wait(100);
        return undefined;
      }
    });
    for (let i = 0; i < times; i += 1) {
      trial.fault('out of connections');
      const held = [];
      const hold = () => {
        const child = spawn(path.join(postgres.bin, 'psql'), ['-h', postgres.sockets, '-p', String(postgres.port), '-U', 'somebody', '-d', 'veche', '-qAtX', '-c', 'SELECT pg_sleep(600)'], { stdio: 'ignore' });
        child.on('exit', () => held.splice(held.indexOf(child), 1));
        held.push(child);
      };
      try {
        // The server loses its connections and cannot come back before others have them all.
        world.wire.cut();
        await load.until('all connections to be held by somebody else', async () => {
          for (let missing = OTHERS - held.length; missing > 0; missing -= 1) hold();
          await wait(200);
          return Number((await ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'somebody'"))[0][0]) === OTHERS;
        });
        world.wire.mend();
        await wait(500);
        const refused = history.cutOff;
        await load.until('somebody to notice', () => history.cutOff > refused);
        await wait(3000);
      } finally {
        for (const child of held) child.kill('SIGKILL');
        await ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'somebody'");
      }
      trial.fault('connections free');
      await load.progress(1);
      await load.progress();
    }
    if (portal.pid !== pid) throw new Error('the server did not stay');
    if (history.slowest > 28_000) throw new Error(`somebody waited ${history.slowest} ms`);
    return { ...await trial.verdict(), times };
  });
}

export const scenarios = [
  { name: 'database-absent', fault: 'database absent at start', times: { short: 2, full: 6 }, needs: ['postgres'], run: absent },
  // Slow is not broken: nobody may be cut off, and somebody may.
  { name: 'database-slow', fault: 'database slow', times: { short: 1, full: 4 }, needs: ['postgres'], silent: true, run: slow },
  { name: 'database-full', fault: 'database out of connections', times: { short: 1, full: 5 }, needs: ['postgres'], run: full },
];
