//! RP-initiated logout: ends the browser's session and returns to the client.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::encoding::with_query;
use super::locale::Locale;
use super::pages::{self, Problem};
use super::params::Params;
use super::reply;
use super::state::{Provider, SignOut};

/// `GET` and `POST /end_session`.
///
/// A hint that belongs to the browser's session ends it at once; otherwise the visitor is asked
/// first, because any site can send a browser here. The way back leads to a registered address of
/// the client, or nowhere.
pub(super) async fn end_session(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let one = |name| params.one(name).unwrap_or_default();
    let locale = Locale::choose(one("ui_locales"), &headers);
    let hint = one("id_token_hint")
        .and_then(|hint| provider.key.read_hint(hint, &provider.settings.issuer));
    let named = one("client_id");
    let contradiction = hint.as_ref().zip(named).is_some_and(|(hint, named)| hint.aud != named);
    let client = hint.as_ref().map(|hint| hint.aud.as_str()).or(named);
    let client = client.and_then(|client_id| provider.settings.client(client_id));
    let target = match one("post_logout_redirect_uri") {
        None => None,
        Some(address) => {
            let registered = client
                .is_some_and(|c| c.post_logout_redirect_uris.iter().any(|known| known == address));
            if !registered || contradiction {
                let status = StatusCode::BAD_REQUEST;
                return pages::problem(&provider, locale, status, Problem::UnknownAddress);
            }
            let state = one("state").map(|state| ("state", state));
            Some(with_query(address, state.as_slice()))
        }
    };

    let now = provider.now();
    let mut memory = provider.memory();
    let browser = reply::browser(&headers);
    let sid = memory.session(now, browser).map(|session| session.sign_in.sid.clone());
    let (Some(browser), Some(sid)) = (browser, sid) else {
        return finish(&provider, locale, target.as_deref());
    };
    if hint.is_some_and(|hint| hint.sid == sid) {
        memory.end_session(now, browser);
        return reply::without_cookie(finish(&provider, locale, target.as_deref()));
    }
    let sign_out = SignOut { browser: browser.to_owned(), locale, target };
    let id = provider.ask_about(&mut memory, sign_out);
    reply::redirect(&format!("/sign-out/{id}"))
}

/// `GET /sign-out/{id}`: whether to sign out. `ui_locales` changes the language.
pub(super) async fn show(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let now = provider.now();
    let mut memory = provider.memory();
    let browser = reply::browser(&headers);
    let found = memory.sign_outs.get(now, &id).filter(|s| Some(s.browser.as_str()) == browser);
    let Some(sign_out) = found else { return expired(&provider, &headers) };
    if let Some(locale) = params.one("ui_locales").unwrap_or_default().and_then(Locale::from_list) {
        sign_out.locale = locale;
    }
    pages::sign_out(&provider, &id, sign_out)
}

/// `POST /sign-out/{id}` with `decision`, `yes` or `no`.
pub(super) async fn confirm(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let now = provider.now();
    let mut memory = provider.memory();
    let browser = reply::browser(&headers);
    let found = memory.sign_outs.get(now, &id).filter(|s| Some(s.browser.as_str()) == browser);
    if found.is_none() {
        return expired(&provider, &headers);
    }
    let Some(sign_out) = memory.sign_outs.take(now, &id) else {
        return expired(&provider, &headers);
    };
    if params.one("decision") != Ok(Some("yes")) {
        return pages::still_signed_in(&provider, sign_out.locale);
    }
    memory.end_session(now, &sign_out.browser);
    reply::without_cookie(finish(&provider, sign_out.locale, sign_out.target.as_deref()))
}

/// Back to the client, or to a page that says that nobody is signed in.
fn finish(provider: &Provider, locale: Locale, target: Option<&str>) -> Response {
    match target {
        Some(address) => reply::redirect(address),
        None => pages::signed_out(provider, locale),
    }
}

fn expired(provider: &Provider, headers: &HeaderMap) -> Response {
    let locale = Locale::choose(None, headers);
    pages::problem(provider, locale, StatusCode::BAD_REQUEST, Problem::Expired)
}
