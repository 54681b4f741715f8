// The real portal: it takes the configuration for either provider, and comes back after the plug was pulled.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../lib/http.mjs';
import { isBuilt, startPortal } from '../lib/portal.mjs';
import { FEW } from '../provider/people.mjs';
import { startProvider } from '../provider/provider.mjs';

for (const variant of ['A', 'B']) {
  test(`starts with provider ${variant}, and again after SIGKILL`, { skip: isBuilt() ? false : 'the portal is not built' }, async (t) => {
    const provider = await startProvider({ variant, people: FEW });
    t.after(() => provider.close());
    const portal = await startPortal({ name: `start-${variant}`, provider });
    t.after(() => portal.dispose());
    await portal.restart({ kill: true });
    t.diagnostic(`ready ${portal.readyAfter.toFixed(0)} ms after its start on an existing database`);
    const page = (await new Client({ origin: portal.origin }).get('/')).expect(200);
    assert.equal(page.attribute('html', 'lang'), 'en');
    const russian = await new Client({ origin: portal.origin, language: 'ru' }).get('/');
    assert.equal(russian.attribute('html', 'lang'), 'ru');
  });
}
