// Two servers on one database, both of which do the scheduled work if they may. The one that leads is stopped (SIGSTOP) in
// the middle of it, and goes on (SIGCONT) when its lease has run out and the other one leads; or is killed. The live batches are
// one sequence, the poll closes once and is published once.

import net from 'node:net';

import { BINARY, freePort, Portal, startPortal } from '../../lib/portal.mjs';
import { Postgres } from '../../lib/postgres.mjs';
import * as steps from '../../lib/steps.mjs';
import { wait } from '../../lib/wait.mjs';
import { SETTINGS, startPeople, together, Trial } from '../trial.mjs';
import { Wire } from '../wire.mjs';

/** Enough for a live batch, which is due at 59 people at the latest, and for a second one, at 129. */
const FIRST = 60;
const PEOPLE = 132;

/** What makes a round of the scheduled work so long that it can be stopped in the middle, in milliseconds each way. */
const SLOW = 60;

/** In front of the servers, as nginx is: connections go to those that answer. */
class Front {
  #sockets = new Map();

  async listen(port) {
    this.server = net.createServer((socket) => {
      const backends = [...this.#sockets.keys()];
      const backend = backends[Math.floor(Math.random() * backends.length)];
      const peer = net.connect({ host: '127.0.0.1', port: backend });
      for (const [from, to] of [[socket, peer], [peer, socket]]) {
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => { to.destroy(); this.#sockets.get(backend)?.delete(socket); });
      }
      this.#sockets.get(backend)?.add(socket);
    });
    await new Promise((resolve, reject) => this.server.once('error', reject).listen({ host: '127.0.0.1', port }, resolve));
  }

  /** From now on this one gets connections. */
  add(port) { this.#sockets.set(port, new Set()); }

  /** It does not answer any more. */
  leave(port) {
    for (const socket of this.#sockets.get(port) ?? []) socket.resetAndDestroy();
    this.#sockets.delete(port);
  }

  async close() {
    for (const port of [...this.#sockets.keys()]) this.leave(port);
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function world(people) {
  const undo = [];
  const dispose = async () => { for (const step of undo.reverse()) await step(); };
  try {
    const provider = await startPeople(people);
    undo.push(() => provider.close());
    const postgres = await Postgres.make();
    undo.push(() => postgres.dispose());
    // Writes the configuration; those that run listen elsewhere.
    const base = await startPortal({ name: 'faults-schedulers', provider, settings: SETTINGS, start: false });
    undo.push(() => base.dispose());
    const front = new Front();
    await front.listen(new URL(base.origin).port);
    undo.push(() => front.close());
    const servers = [];
    for (const name of ['one', 'two']) {
      const wire = await Wire.to({ host: '127.0.0.1', port: postgres.port });
      undo.push(() => wire.close());
      const port = await freePort();
      const portal = new Portal({
        binary: BINARY, args: ['serve'], dir: base.dir, dataDir: base.dataDir, configPath: base.configPath, origin: `http://127.0.0.1:${port}`,
        logName: `faults-schedulers-${name}`, env: { ...postgres.environment(wire.port), VECHE_SERVER__LISTEN: `127.0.0.1:${port}` },
      });
      await portal.start();
      undo.push(async () => {
        if (portal.pid) process.kill(portal.pid, 'SIGCONT');
        await portal.kill();
      });
      front.add(port);
      servers.push({ name, wire, port, portal });
      if (servers.length === 1) {
        postgres.roles();
        // The first one leads.
        while (postgres.sql('SELECT 1 FROM portal.lease').length === 0) await wait(100);
      }
    }
    return { provider, postgres, front, servers, origin: base.origin, stored: () => postgres.stored(), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function trialOf(handovers) {
  const people = handovers > 1 ? PEOPLE : FIRST;
  const { postgres, front, servers, origin, stored, dispose } = await world(people);
  let [leader, other] = servers;
  let trial;
  try {
    trial = await Trial.open({ name: `schedulers-${handovers}`, target: { origin }, stored, people });
    const { load } = trial;
    const one = (sql) => postgres.sql(sql)[0]?.[0];
    const holder = () => one('SELECT holder FROM portal.lease');
    const batches = () => postgres.sql('SELECT number FROM vault.live_batch ORDER BY number').map(([number]) => Number(number));
    // Whoever withdraws leaves a batch that is not full any more.
    load.withdrawals = 0;
    let led = holder();
    /** Whether another one leads than when this was asked last: that one is the leader then. */
    const taken = () => {
      const before = led;
      led = holder();
      if (led === before) return false;
      [leader, other] = [other, leader];
      return true;
    };
    let done = 0;
    let kept = 0;

    /** The leader falls asleep, or dies, and another one takes over; `before`: what is due then. */
    const handOver = async ({ kill, before }) => {
      await before();
      // One that woke up in time may have lost its lease after that.
      taken();
      const [old, fallen] = [led, leader];
      fallen.wire.slow(SLOW);
      // Somewhere in a round: they begin every five seconds.
      await wait(Math.random() * 5000);
      trial.fault(kill ? 'SIGKILL of the leader' : 'SIGSTOP of the leader');
      front.leave(fallen.port);
      if (kill) await fallen.portal.kill(); else process.kill(fallen.portal.pid, 'SIGSTOP');
      // Until its lease ends: sometimes it wakes up at that very moment, sometimes when another one leads. Where it falls
      // asleep once, another one has to lead.
      const early = !kill && handovers > 1 && Math.random() < 0.5;
      if (early) {
        const left = Number(one('SELECT extract(epoch FROM until - now()) * 1000 FROM portal.lease'));
        await wait(Math.max(0, left + (Math.random() - 0.5) * 400));
      } else await load.until('another one to lead', () => holder() !== old, 60_000);
      if (kill) await fallen.portal.start(); else process.kill(fallen.portal.pid, 'SIGCONT');
      const over = taken();
      trial.fault(`the leader is back, ${over ? 'and another one leads' : 'and has its lease'}`);
      fallen.wire.mend();
      front.add(fallen.port);
      if (over) done += 1; else kept += 1;
    };

    const first = load.people.slice(0, FIRST);
    load.start(first);
    await load.until('most people to have answered', () => first.filter(({ answered }) => answered).length >= 40);
    await handOver({ kill: false, before: () => load.until('everybody to have answered', () => first.every(({ answered }) => answered)) });
    await load.until('the first live batch', () => batches().length === 1, 90_000);
    if (handovers > 1) {
      await load.stop();
      load.start();
      await handOver({ kill: true, before: () => load.until('everybody to have answered', () => load.people.every(({ answered }) => answered)) });
      await load.until('the second live batch', () => batches().length === 2, 90_000);
    }
    load.withdrawals = 0.1;
    await load.progress(60);
    if (handovers > 2) {
      load.mayClose = true;
      await handOver({ kill: false, before: () => steps.press(trial.office.initiator, trial.poll, 'close') });
    }
    const tally = await trial.verdict({ closed: handovers > 2 });
    // A moment in which somebody could do it again.
    await wait(6000);
    if (String(batches()) !== (handovers > 1 ? '1,2' : '1')) throw new Error(`the live batches are ${batches()}`);
    for (const state of ['closed', 'published']) {
      const events = one(`SELECT count(*) FROM portal.poll_event WHERE to_state = '${state}'`);
      if (events !== '1') throw new Error(`the poll was ${state} ${events} times`);
    }
    if (one('SELECT count(*) FROM portal.release') !== '1') throw new Error('there is more than one release');
    if (one('SELECT count(*) FROM portal.lease') !== '1') throw new Error('there is more than one lease');
    return { ...tally, times: done, kept };
  } finally {
    trial?.close();
    await dispose();
  }
}

export const scenarios = [{
  name: 'schedulers', fault: 'two schedulers, the leader stopped or killed', times: { short: 1, full: 3 }, needs: ['postgres'],
  async run({ times }) {
    const tallies = [];
    const sum = (what) => tallies.reduce((all, tally) => all + tally[what], 0);
    while (sum('times') < times) tallies.push(await trialOf(Math.min(3, times - sum('times'))));
    const kept = sum('kept');
    return { ...together(tallies), times: sum('times'), ...(kept && { note: `${kept} more times the leader woke up and had its lease` }) };
  },
}];
