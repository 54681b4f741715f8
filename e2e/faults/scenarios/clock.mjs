// The server's clock jumps by an hour, ahead and back, around the closing time. What the page said when an answer was sent
// is what counts; the poll closes once and is published once; nobody is signed out by a jump back; nothing crashes.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Client } from '../../lib/http.mjs';
import { faketimeLibrary } from '../faketime.mjs';
import { wait } from '../../lib/wait.mjs';
import { sqlite, sqliteWorld, storedIn } from '../sqlite.mjs';
import { SETTINGS, together, Trial } from '../trial.mjs';

const HOUR = 3600;

/** A clock of the server's own, so many seconds off. */
class Clock {
  constructor() {
    this.dir = mkdtempSync(path.join(tmpdir(), 'veche-clock-'));
    this.file = path.join(this.dir, 'offset');
    this.set(0);
  }

  set(seconds) {
    this.offset = seconds;
    // At once: a file that is half written would be another time.
    writeFileSync(`${this.file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }

  get now() { return Date.now() + this.offset * 1000; }

  get environment() {
    return {
      LD_PRELOAD: faketimeLibrary(), FAKETIME_TIMESTAMP_FILE: this.file, FAKETIME_NO_CACHE: '1',
      // Timers of a process go by another clock, which does not jump.
      FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1',
    };
  }

  dispose() { rmSync(this.dir, { recursive: true, force: true }); }
}

async function jump({ first, round }) {
  const clock = new Clock();
  let world;
  let trial;
  try {
    // Longer than a jump: a session that ends because its time has passed is another matter.
    world = await sqliteWorld({ name: 'faults-clock', env: clock.environment, settings: { ...SETTINGS, sessions: { idle_seconds: 3 * HOUR } } });
    const { portal } = world;
    const { pid } = portal;
    // Full minutes are what a form takes.
    const closes = new Date(Math.ceil((Date.now() + 40 * 60_000) / 60_000) * 60_000);
    trial = await Trial.open({ name: `clock-${round}`, target: portal, stored: () => storedIn(portal.dataDir), closes });
    const { load } = trial;
    const ask = (sql) => sqlite(path.join(portal.dataDir, 'portal.sqlite'), sql);
    let lease;
    const jumpBy = async (seconds, why) => {
      lease = ask('SELECT until FROM lease');
      clock.set(clock.offset + seconds);
      trial.fault(`clock ${seconds > 0 ? 'ahead' : 'back'} by ${Math.abs(seconds)} s: ${why}`);
    };
    /** Waits for the next round of the scheduled work, which writes the server's time down. */
    const jumped = async () => {
      await load.until('the server to go by its new clock', () => {
        const renewed = ask('SELECT until FROM lease');
        const until = Date.parse(renewed);
        return renewed !== lease && Math.abs(until - 30_000 - clock.now) < 8000;
      }, 60_000);
      await wait(1000);
    };
    const isOpen = async () => {
      const page = (await new Client({ origin: portal.origin }).get('/polls?tab=open')).expect(200);
      return page.one(`a[href="/polls/${trial.poll}"]`) !== null;
    };
    load.start();
    await load.progress();

    let jumps = 0;
    if (first === 'back') {
      await jumpBy(-HOUR, 'long before closing');
      await load.progress();
      await jumped();
      await jumpBy(HOUR, 'and as it was');
      await load.progress();
      await jumped();
      jumps += 2;
    }
    load.mayClose = true;
    const early = load.closed;
    // Over closing by a jump, or by two seconds that pass.
    const before = first === 'ahead' ? HOUR / 2 : 2;
    await jumpBy(Math.round((closes.getTime() - clock.now) / 1000) - before, `${before} seconds before closing`);
    if (first === 'ahead') {
      await load.progress();
      await jumpBy(HOUR, 'across closing');
      jumps += 1;
    }
    await load.until('somebody to be told that it is closed', () => load.closed > early);
    // At once: whether the scheduler was there already or not, what people were told holds.
    await jumpBy(-HOUR, 'right after closing');
    jumps += 1;
    await jumped();
    const open = await isOpen();
    trial.fault(`after the jump back the poll is ${open ? 'open' : 'closed'}`);
    if (open) await load.progress();
    await jumpBy(2 * HOUR, 'for good');
    jumps += 1;
    const release = await trial.release();
    const refused = load.closed;
    await jumpBy(-HOUR, 'after publication');
    jumps += 1;
    await load.until('people to be told again that it is closed', () => load.closed > refused + 5);
    const stored = storedIn(portal.dataDir);
    await jumped();
    const again = await trial.release();
    if (JSON.stringify(release) !== JSON.stringify(again)) throw new Error(`published ${JSON.stringify(release)}, and then ${JSON.stringify(again)}`);
    if (JSON.stringify(storedIn(portal.dataDir)) !== JSON.stringify(stored)) throw new Error('an answer was stored after publication');
    for (const state of ['closed', 'published']) {
      const events = ask(`SELECT count(*) FROM poll_event WHERE to_state = '${state}'`);
      if (events !== '1') throw new Error(`the poll was ${state} ${events} times`);
    }
    if (ask('SELECT count(*) FROM release') !== '1') throw new Error('there is more than one release');
    if (portal.pid !== pid) throw new Error('the server did not stay');
    // The load would have failed where somebody was signed out.
    return { ...await trial.verdict({ closed: true }), times: jumps };
  } finally {
    trial?.close();
    await world?.dispose();
    clock.dispose();
  }
}

export const scenarios = [{
  name: 'clock', fault: 'clock jumps of an hour around closing', times: { short: 4, full: 24 }, needs: ['faketime'], silent: true,
  async run({ times }) {
    const tallies = [];
    let jumps = 0;
    for (let i = 0; jumps < times; i += 1) {
      tallies.push(await jump({ first: i % 2 ? 'back' : 'ahead', round: i }));
      jumps += tallies.at(-1).times;
    }
    return { ...together(tallies), times: jumps };
  },
}];
