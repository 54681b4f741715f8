// What the test provider shows: sign in, consent, sign out, error. Plain forms, no script, so that a browser and a
// scripted client use them alike.

export const escape = (text) =>
  String(text).replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]);

const page = (title, body) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>body{font:1.1rem/1.5 sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}label,button{display:inline-block;margin:.3rem .5rem .3rem 0;padding:.3rem}input{font:inherit}button{font:inherit}</style>
</head>
<body><main><h1>${escape(title)}</h1>
${body}
</main></body></html>`;

export const signInPage = ({ variant, action, client, unknown }) => page(`${variant.title}: sign in`, `
<p>to continue to ${escape(client)}</p>
${unknown === undefined ? '' : `<p role="alert" id="problem">There is no account “${escape(unknown)}”.</p>`}
<form id="sign-in" method="post" action="${escape(action)}">
<p><label for="login">Account</label><input id="login" name="login" type="text" autocomplete="username" value="${escape(unknown ?? '')}"></p>
<p><button type="submit" name="decision" value="continue">Continue</button>
<button type="submit" name="decision" value="cancel">Cancel</button></p>
</form>`);

export const consentPage = ({ variant, action, client, scopes, claims }) => page(`${variant.title}: your data`, `
<p>${escape(client)} asks for the following. Clear what you do not want to share.</p>
<form id="consent" method="post" action="${escape(action)}">
${scopes.map((scope) => `<p><input type="checkbox" id="scope-${escape(scope)}" name="scope" value="${escape(scope)}" checked>
<label for="scope-${escape(scope)}">${escape(variant.labelOfScope[scope] ?? scope)}</label></p>`).join('\n')}
${claims.map((claim) => `<p><input type="checkbox" id="claim-${escape(claim)}" name="claim" value="${escape(claim)}" checked>
<label for="claim-${escape(claim)}">${escape(claim)}</label></p>`).join('\n')}
<p><button type="submit" name="decision" value="continue">Share</button>
<button type="submit" name="decision" value="cancel">Cancel</button></p>
</form>`);

export const signOutPage = ({ variant, form }) => page(`${variant.title}: sign out`, `
<p>Do you want to sign out here as well?</p>
${form}
<p><button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button></p>`);

export const signedOutPage = ({ variant }) => page(`${variant.title}: signed out`, '<p>You are signed out.</p>');

export const errorPage = ({ variant, error, description }) => page(`${variant.title}: that did not work`, `
<p id="error">${escape(error)}</p><p id="error-description">${escape(description ?? '')}</p>`);
