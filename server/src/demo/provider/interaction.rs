//! The visitor's pages: picking a person, and deciding what to release.
//!
//! Every form is sent to an address with the interaction's identifier, which is good only together
//! with the cookie of the browser that began it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::locale::Locale;
use super::pages::{self, Problem};
use super::params::Params;
use super::reply;
use super::state::{Decision, Provider};
use crate::demo::people::Scope;

/// `GET /`: what this place is.
pub(super) async fn front_page(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let locale = Locale::choose(params.one("ui_locales").unwrap_or_default(), &headers);
    pages::front(&provider, locale)
}

/// Everything that is not there.
pub(super) async fn not_found(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
) -> Response {
    let locale = Locale::choose(None, &headers);
    pages::problem(&provider, locale, StatusCode::NOT_FOUND, Problem::NotFound)
}

/// `GET /interaction/{id}`: the page that is due. `ui_locales` changes the language.
pub(super) async fn show(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let now = provider.now();
    let mut memory = provider.memory();
    let browser = reply::browser(&headers);
    // A sign-out or a change of person in another tab counts here too.
    let current = memory.session(now, browser).map(|session| session.sign_in.sid.clone());
    let Some(interaction) = memory.interaction(now, &id, browser) else {
        return expired(&provider, &headers);
    };
    if let Some(locale) = params.one("ui_locales").unwrap_or_default().and_then(Locale::from_list) {
        interaction.locale = locale;
    }
    let signed_in =
        interaction.sign_in.as_ref().filter(|sign_in| Some(&sign_in.sid) == current.as_ref());
    match signed_in.and_then(|sign_in| provider.people.find(&sign_in.sub)) {
        Some(person) => pages::consent(&provider, &id, interaction, person),
        None => pages::sign_in(&provider, &id, interaction),
    }
}

/// `POST /interaction/{id}/sign-in` with `person`, a subject.
pub(super) async fn sign_in(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let now = provider.now();
    let mut memory = provider.memory();
    let Some(browser) = reply::browser(&headers) else { return expired(&provider, &headers) };
    if memory.interaction(now, &id, Some(browser)).is_none() {
        return expired(&provider, &headers);
    }
    let sub = params.one("person").unwrap_or_default().unwrap_or_default();
    if provider.people.find(sub).is_none() {
        return bad_form(&provider, &headers);
    }
    let cookie = provider.sign_in(&mut memory, browser, sub);
    let signed_in = memory.session(now, Some(&cookie)).map(|session| session.sign_in.clone());
    if let Some(interaction) = memory.interaction(now, &id, Some(&cookie)) {
        interaction.sign_in = signed_in;
    }
    let response = reply::redirect(&format!("/interaction/{id}"));
    reply::with_cookie(&provider.settings.issuer, &cookie, response)
}

/// `POST /interaction/{id}/switch`: back to the list of people.
pub(super) async fn switch_person(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let now = provider.now();
    let mut memory = provider.memory();
    let Some(interaction) = memory.interaction(now, &id, reply::browser(&headers)) else {
        return expired(&provider, &headers);
    };
    interaction.sign_in = None;
    reply::redirect(&format!("/interaction/{id}"))
}

/// `POST /interaction/{id}/consent` with `decision` (`allow` or `cancel`) and each granted
/// `scope`: the end of the interaction, back to the client.
pub(super) async fn consent(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let now = provider.now();
    let mut memory = provider.memory();
    let browser = reply::browser(&headers);
    if memory.interaction(now, &id, browser).is_none() {
        return expired(&provider, &headers);
    }
    let allowed = match params.one("decision") {
        Ok(Some("allow")) => true,
        Ok(Some("cancel")) => false,
        _ => return bad_form(&provider, &headers),
    };
    if !allowed {
        let Some(interaction) = memory.interactions.take(now, &id) else {
            return expired(&provider, &headers);
        };
        let request = interaction.request;
        let description = "the person did not agree";
        let state = request.state.as_deref();
        let address = provider.refuse(&request.redirect_uri, state, "access_denied", description);
        return reply::redirect(&address);
    }

    let signed_in = memory.interaction(now, &id, browser).and_then(|found| found.sign_in.clone());
    let session = memory.session(now, browser);
    let (Some(sign_in), Some(session)) = (signed_in, session) else {
        return reply::redirect(&format!("/interaction/{id}"));
    };
    if session.sign_in.sid != sign_in.sid {
        return reply::redirect(&format!("/interaction/{id}"));
    }
    let Some(interaction) = memory.interactions.take(now, &id) else {
        return expired(&provider, &headers);
    };
    let request = interaction.request;
    let ticked: Vec<_> = params.all("scope").filter_map(Scope::parse).collect();
    let granted = request.scopes.iter().copied();
    let granted: std::collections::BTreeSet<_> =
        granted.filter(|scope| *scope == Scope::Openid || ticked.contains(scope)).collect();
    if let Some(session) = memory.session(now, browser) {
        let decision = Decision { asked: request.scopes.clone(), granted: granted.clone() };
        session.decisions.insert(request.client_id.clone(), decision);
    }
    reply::redirect(&provider.grant(&mut memory, request, sign_in, granted))
}

fn expired(provider: &Provider, headers: &HeaderMap) -> Response {
    let locale = Locale::choose(None, headers);
    pages::problem(provider, locale, StatusCode::BAD_REQUEST, Problem::Expired)
}

fn bad_form(provider: &Provider, headers: &HeaderMap) -> Response {
    let locale = Locale::choose(None, headers);
    pages::problem(provider, locale, StatusCode::BAD_REQUEST, Problem::BadForm)
}
