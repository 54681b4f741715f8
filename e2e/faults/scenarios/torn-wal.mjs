// SQLite's write-ahead log is torn. The server is killed under load and its files are copied; each copy is torn in another
// way and served.
//
// *The end*: cut somewhere after what had been acknowledged when the log was looked at, or nonsense put behind the last
// frame, or a bit turned there. What was acknowledged until then must be there; what came later is there as a whole or not at all:
// cutting off a commit loses it by definition, so those acknowledgements count for nothing here.
//
// *The middle*: a bit turned in a frame that was committed long ago. SQLite stops at it, and what comes after it is gone:
// nothing that is served may be half of an answer, or somebody else's.
//
// *The database*: a page of the file itself overwritten. It is refused loudly: by the server with an error, and by `veche
// backup`.

import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { check } from '../check.mjs';
import { sqlite, sqliteWorld, storedIn } from '../sqlite.mjs';
import { Trial } from '../trial.mjs';
import { copiedFrames, readWal } from '../wal.mjs';

const FRAMES_HEAD = 32;

const between = (from, to) => from + Math.floor(Math.random() * (to - from));

/** A log that ends in the middle, or in nonsense, nowhere before `from`. */
function tearEnd(file, from, kind) {
  const { frame, frames } = readWal(readFileSync(file));
  // Behind them may be frames of before the log began anew, which count for nothing.
  const end = FRAMES_HEAD + frames * frame;
  if (kind === 'cut') truncateSync(file, between(from, end));
  else if (kind === 'nonsense') {
    const bytes = readFileSync(file);
    const tail = Buffer.from(Array.from({ length: between(1, 3 * frame) }, () => between(0, 256)));
    // As a frame that was begun: its head has the right salts, and nothing behind it is right.
    if (tail.length > 24) bytes.copy(tail, 8, 16, 24);
    writeFileSync(file, Buffer.concat([bytes.subarray(0, end), tail]));
  } else turnBit(file, from, end);
}

function turnBit(file, from, to) {
  const bytes = readFileSync(file);
  const at = between(from, to);
  bytes[at] ^= 1 << between(0, 8);
  writeFileSync(file, bytes);
}

/** Serves a copy of the files in their place, and looks at everything. */
async function serve(trial, portal, copy, until) {
  rmSync(portal.dataDir, { recursive: true });
  cpSync(copy, portal.dataDir, { recursive: true });
  // It is the server's SQLite that has to find its way.
  await portal.start();
  for (const store of ['portal', 'vault']) {
    const sound = sqlite(path.join(portal.dataDir, `${store}.sqlite`), 'PRAGMA integrity_check');
    if (sound !== 'ok') throw new Error(`the ${store}'s file is not sound: ${sound}`);
  }
  const pages = await trial.load.pages();
  const wrong = check(trial.history.events, { pages, stored: storedIn(portal.dataDir), until });
  await portal.kill();
  return wrong;
}

async function torn({ times }) {
  const world = await sqliteWorld({ name: 'faults-torn-wal' });
  const { portal } = world;
  const keep = mkdtempSync(path.join(tmpdir(), 'veche-torn-'));
  let trial;
  try {
    trial = await Trial.open({ name: 'torn-wal', target: portal, stored: () => storedIn(portal.dataDir) });
    const { load } = trial;
    // The store and the poll are in the database: without them nobody has a page on which an answer could be half of one.
    sqlite(path.join(portal.dataDir, 'vault.sqlite'), 'PRAGMA wal_checkpoint(TRUNCATE)');
    const log = path.join(portal.dataDir, 'vault.sqlite-wal');
    const wrong = { lost: [], twice: [], mixed: [], untold: [] };
    const add = (more) => { for (const [name, list] of Object.entries(more)) wrong[name].push(...list); };
    let [tears, torn, middles, skipped] = [0, 0, 0, 0];
    // As often as is asked for, and until there was a middle to garble.
    while (tears < times || middles === 0) {
      load.start();
      await load.progress(40);
      await load.stop();
      // Everything that was sent is answered: what counts in the log now is acknowledged.
      const quiet = readWal(readFileSync(log));
      const until = trial.fault('quiet');
      load.start();
      await load.progress(4 + between(0, 20));
      trial.fault('SIGKILL of the server');
      await portal.kill();
      await load.stop();
      const whole = path.join(keep, `whole-${tears}`);
      cpSync(portal.dataDir, whole, { recursive: true });
      const now = readFileSync(log);
      const read = readWal(now);
      // After a new beginning all that was there before is in the database, and on the disk.
      const acknowledged = read.salt === quiet.salt ? quiet.commits.at(-1) ?? FRAMES_HEAD : FRAMES_HEAD;
      const copied = FRAMES_HEAD + copiedFrames(readFileSync(path.join(whole, 'vault.sqlite-shm'))) * read.frame;
      const from = Math.max(acknowledged, copied);
      if (from >= FRAMES_HEAD + read.frames * read.frame) {
        // Everything is in the database already: no end that a power cut could tear.
        if ((skipped += 1) > 20) throw new Error('the log never has an end that may be torn');
        rmSync(whole, { recursive: true });
        await portal.start();
        continue;
      }
      for (const kind of ['cut', 'nonsense', 'bit', 'cut', 'cut', 'bit']) {
        if (tears >= times) break;
        const copy = path.join(keep, 'copy');
        rmSync(copy, { recursive: true, force: true });
        cpSync(whole, copy, { recursive: true });
        // The index of the log is memory of a process that is gone; a power cut leaves none.
        rmSync(path.join(copy, 'vault.sqlite-shm'), { force: true });
        tearEnd(path.join(copy, 'vault.sqlite-wal'), from, kind);
        const left = readWal(readFileSync(path.join(copy, 'vault.sqlite-wal'))).frames;
        // Nonsense behind the last frame costs none; everything else has to, or it was no tear.
        if ((left < read.frames) !== (kind !== 'nonsense')) throw new Error(`${kind}: ${left} of ${read.frames} frames are left`);
        if (left < read.frames) torn += 1;
        trial.fault(`log torn: ${kind}, ${left} of ${read.frames} frames left`);
        add(await serve(trial, portal, copy, kind === 'nonsense' ? undefined : until));
        tears += 1;
      }
      // The middle: as of some earlier moment, in which each answer is whole and its owner's.
      if (copied < acknowledged) {
        const copy = path.join(keep, 'copy');
        rmSync(copy, { recursive: true, force: true });
        cpSync(whole, copy, { recursive: true });
        rmSync(path.join(copy, 'vault.sqlite-shm'), { force: true });
        turnBit(path.join(copy, 'vault.sqlite-wal'), copied, acknowledged);
        const { lost, ...worse } = await serve(trial, portal, copy);
        trial.fault(`log garbled in the middle: ${lost.length} times an earlier answer`);
        add(worse);
        middles += 1;
      } else if (tears >= times && (skipped += 1) > 20) throw new Error('the log never has a middle that may be garbled');
      // On with what was not torn.
      rmSync(portal.dataDir, { recursive: true });
      cpSync(whole, portal.dataDir, { recursive: true });
      rmSync(whole, { recursive: true });
      await portal.start();
    }
    await garbleDatabase(trial, portal, keep);
    const tally = await trial.verdict();
    return {
      ...tally, times: tears, lost: tally.lost + wrong.lost.length, twice: tally.twice + wrong.twice.length,
      mixed: tally.mixed + wrong.mixed.length + wrong.untold.length, wrong: [...tally.wrong, ...Object.values(wrong).flat()],
      note: `${torn} of ${tears} tears cost frames that nobody had been told of; the middle garbled ${middles} times`,
    };
  } finally {
    trial?.close();
    await world.dispose();
    rmSync(keep, { recursive: true, force: true });
  }
}

/** Overwrites the pages of the answers in the file itself: what is there is refused, and never served as something else. */
async function garbleDatabase(trial, portal, keep) {
  const pages = await trial.load.pages();
  await portal.stop();
  const file = path.join(portal.dataDir, 'vault.sqlite');
  const sound = path.join(keep, 'sound.sqlite');
  sqlite(file, 'PRAGMA wal_checkpoint(TRUNCATE)');
  copyFileSync(file, sound);
  const size = Number(sqlite(file, 'PRAGMA page_size'));
  const root = Number(sqlite(file, "SELECT rootpage FROM sqlite_master WHERE name = 'response' AND type = 'table'"));
  const bytes = readFileSync(file);
  for (let at = (root - 1) * size; at < root * size; at += 1) bytes[at] = between(0, 256);
  writeFileSync(file, bytes);
  for (const rest of ['-wal', '-shm']) if (existsSync(file + rest)) rmSync(file + rest);
  const backup = await portal.run('backup', '--to', path.join(keep, 'backup'));
  if (backup.code === 0) throw new Error('a garbled database was backed up as if it were sound');
  await portal.start();
  for (const person of trial.load.people) {
    const page = await person.client.get(`/answers/${trial.poll}`).catch((error) => error);
    if (pages.get(person.index) === null) continue;
    // The client throws for an error of the server; a page would be an answer.
    if (!/^500 /.test(page.message ?? '')) throw new Error(`a garbled database was served: ${page.describe?.() ?? page}`);
  }
  await portal.kill();
  for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
  copyFileSync(sound, file);
  await portal.start();
}

export const scenarios = [{
  name: 'torn-wal', fault: 'torn write-ahead log of SQLite', times: { short: 4, full: 40 }, run: torn,
}];
