// The engine that is asked for is the one that is used, and what is to be run on both is there.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { ON_BOTH, ON_POSTGRES } from '../lib/engine.mjs';
import { isBuilt, startPortal } from '../lib/portal.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

test('each test file that is to be run on both engines is there, and is named once', () => {
  assert.deepEqual(ON_BOTH.filter((name) => !existsSync(new URL(`${name}.test.mjs`, import.meta.url))), []);
  assert.deepEqual(ON_BOTH, [...new Set(ON_BOTH)]);
});

test('a portal is on the engine that is asked for', { skip: isBuilt() ? false : 'the portal is not built' }, async (t) => {
  const provider = await startProvider({ variant: 'A', people: FEW });
  t.after(() => provider.close());
  const portal = await startPortal({ name: 'engine', provider });
  t.after(() => portal.dispose());
  const doctor = await portal.run('doctor');
  // A cluster of the tests waits for no disk.
  const wrong = doctor.output.split('\n').filter((line) => line.startsWith('wrong') && !(ON_POSTGRES && line.includes('fsync is off')));
  assert.deepEqual(wrong, [], doctor.output);
  assert.match(doctor.output, /^ok +vault's database$/m);
  if (!ON_POSTGRES) {
    for (const file of ['portal.sqlite', 'vault.sqlite']) assert.ok(existsSync(`${portal.dataDir}/${file}`), file);
    return;
  }
  assert.deepEqual(readdirSync(portal.dataDir), []);
  for (const store of ['portal', 'vault']) {
    const [[count]] = portal.stores.sql(`SELECT count(*) FROM ${store}.${store}_migration`);
    assert.ok(Number(count) > 0, store);
  }
  const roles = new Set(portal.stores.sql("SELECT usename FROM pg_stat_activity WHERE datname = 'veche' AND application_name <> 'psql'").flat());
  assert.deepEqual([...roles].sort(), ['veche_portal', 'veche_publisher', 'veche_vault']);
});
