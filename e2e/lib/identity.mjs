// A person in front of the provider's pages, by script.

/**
 * Goes through the provider's sign-in and consent pages and on to wherever the portal sends one afterwards.
 *
 * @param {import('./http.mjs').Page} page the provider's sign-in page, or its consent page, or already the portal's
 * @param {string} login
 * @param {{refuse?: string[], cancel?: 'sign-in'|'consent'}} [options] scopes or claims to refuse; where to give up
 * @returns {Promise<import('./http.mjs').Page>} the first page that is not the provider's
 */
export async function passProvider(page, login, { refuse = [], cancel } = {}) {
  if (page.hasForm('form#sign-in')) {
    const form = page.form('form#sign-in').fill({ login });
    page = await form.submit({ name: 'decision', value: cancel === 'sign-in' ? 'cancel' : 'continue' });
    if (page.one('#problem')) throw new Error(page.textOf('#problem'));
  }
  if (page.hasForm('form#consent')) {
    const form = page.form('form#consent');
    for (const name of ['scope', 'claim']) {
      if (form.names.includes(name)) form.fill({ [name]: form.options(name).filter((option) => !refuse.includes(option)) });
    }
    page = await form.submit({ name: 'decision', value: cancel === 'consent' ? 'cancel' : 'continue' });
  }
  return page;
}

/** Confirms the provider's own sign-out page, if it shows one (with nobody signed in it shows a form that sends itself). */
export async function passSignOut(page, { stay = false } = {}) {
  if (!page.hasForm('form#op\\.logoutForm') && !page.hasForm('form[action$="/session/end/confirm"]')) return page;
  const form = page.form('form[action$="/session/end/confirm"]');
  return form.submit(page.one('button[name=logout]') ? (stay ? 'button:not([name])' : { name: 'logout' }) : undefined);
}
