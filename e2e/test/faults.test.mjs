// The short form of `make faults`: some of each kind, with the same load and the same checker.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { missing as missingForCluster, removeLeftovers } from '../cluster/cluster.mjs';
import { missing, run, scenarios } from '../faults/faults.mjs';
import { notOnPostgres } from '../lib/engine.mjs';
import { closeConnections } from '../lib/http.mjs';
import { isAlive } from '../lib/processes.mjs';
import { until } from '../lib/wait.mjs';

after(closeConnections);
// A test that has run out of time is cut off before it comes to an end of its own.
after(async () => { for (const { undo } of scenarios) await undo?.(); });

for (const scenario of scenarios) {
  const skip = missing(scenario) ?? notOnPostgres('each fault makes the database that it is about, some of them the files of SQLite');
  test(scenario.fault, { skip, timeout: 5 * 60_000 }, async (t) => {
    const result = await run(scenario, { short: true });
    t.diagnostic(`${result.times} times, ${result.requests} requests, ${result.acknowledged} acknowledged, ${result.cutOff} cut off${result.note ? `; ${result.note}` : ''}`);
    assert.deepEqual(result.problems, []);
    assert.deepEqual([result.lost, result.twice, result.mixed], [0, 0, 0]);
  });
}

test('of a cluster whose process was cut off nothing is left when the next one starts', { skip: missingForCluster() ?? false }, async () => {
  const sh = (script) => execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim();
  const kept = `vb${process.pid}-kept`;
  // A host on which something runs, a bridge and a folder, of a process that is gone at once.
  const pid = sh(`ip netns add ${kept}; ip netns add vb$$-one; ip link add vb$$ type bridge; mkdir '${tmpdir()}'/veche-cluster-$$-left
    ip netns exec vb$$-one sleep 600 >/dev/null 2>&1 & echo $$`);
  try {
    const runs = await until('what runs there', () => sh(`ip netns pids vb${pid}-one`));
    assert.ok(isAlive(runs));
    removeLeftovers();
    await until('its end', () => !isAlive(runs));
    assert.ok(!sh('ip netns list').includes(`vb${pid}-`));
    assert.ok(!sh('ip -o link show type bridge').includes(`vb${pid}:`));
    assert.ok(!existsSync(path.join(tmpdir(), `veche-cluster-${pid}-left`)));
    assert.ok(sh('ip netns list').includes(kept), 'those of a process that runs stay');
  } finally {
    sh(`ip netns del ${kept}`);
  }
});
