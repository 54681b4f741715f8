// The short form of `make faults`: some of each kind, with the same load and the same checker.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { missing, run, scenarios } from '../faults/faults.mjs';
import { closeConnections } from '../lib/http.mjs';

after(closeConnections);

for (const scenario of scenarios) {
  test(scenario.fault, { skip: missing(scenario) ?? false, timeout: 5 * 60_000 }, async (t) => {
    const result = await run(scenario, { short: true });
    t.diagnostic(`${result.times} times, ${result.requests} requests, ${result.acknowledged} acknowledged, ${result.cutOff} cut off${result.note ? `; ${result.note}` : ''}`);
    assert.deepEqual(result.problems, []);
    assert.deepEqual([result.lost, result.twice, result.mixed], [0, 0, 0]);
  });
}
