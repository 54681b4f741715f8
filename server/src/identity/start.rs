//! Leaving for the provider, with what was chosen on the sign-in page.

use super::{Identity, UNDER_WAY, UnderWay, problem, provider::Beginning};
use crate::error::while_;
use axum::{
    Extension,
    extract::{RawForm, State},
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use ports::{caller::Caller, failure::Failure, forms::keep_chosen, look::Look, routes};
use std::{collections::BTreeSet, sync::Arc};
use tower_sessions::Session;
use url::form_urlencoded;

/// Sign-ins of one browser that may be under way at once; the oldest gives way.
pub const MOST: usize = 8;
/// Seconds in which a person has to come back from the provider. Whoever was not signed in has the
/// browser's session for as long.
pub const PATIENCE: i64 = 60 * 60;

/// `POST` to [`routes::POST_SIGN_IN`] with `return`, a path of the portal, and those scopes that the
/// person left ticked, `scopes[]` and `more[]`.
pub async fn begin(
    State(identity): State<Arc<Identity>>,
    Extension(session): Extension<Session>,
    Extension(Caller(person)): Extension<Caller>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let mut return_to = routes::HOME.to_owned();
    let mut scopes = BTreeSet::new();
    for (name, value) in form_urlencoded::parse(&form) {
        match &*name {
            "return" => return_to = routes::local(&value),
            "scopes[]" | "more[]" => {
                let known =
                    identity.provider.settings().scopes.iter().any(|scope| scope.name == value);
                if known {
                    scopes.insert(value.into_owned());
                }
            }
            _ => {}
        }
    }
    let under_way = UnderWay {
        state: identity.secret(),
        nonce: identity.secret(),
        verifier: identity.secret(),
        return_to,
        scopes,
        at: identity.platform.now().timestamp(),
    };
    let look = Look::of(&headers);
    let beginning = Beginning {
        scopes: &under_way.scopes,
        state: &under_way.state,
        nonce: &under_way.nonce,
        verifier: &under_way.verifier,
        language: look.language.tag(),
        ask_again: person.is_some(),
    };
    let to = match identity.provider.authorize(&beginning).await {
        Ok(to) => to,
        Err(error) => {
            tracing::warn!(%error, "nobody can sign in");
            let kept = keep_chosen(&session, &under_way.return_to, &under_way.scopes).await;
            return match kept.map_err(while_("writing the session")) {
                Ok(()) => problem::unavailable(&identity.client, look, &identity.anew(&under_way)),
                Err(failure) => problem::broken(&failure),
            };
        }
    };
    match remember(&session, under_way).await {
        Ok(()) => Redirect::to(to.as_str()).into_response(),
        Err(failure) => problem::broken(&failure),
    }
}

impl Identity {
    /// Where a sign-in that came to nothing is begun anew: with what was to be released, which the page
    /// may not offer by itself. What was left ticked waits in the session, and counts for more.
    pub(super) fn anew(&self, under_way: &UnderWay) -> String {
        let attributes = self.provider.settings().attributes.iter();
        let need: BTreeSet<&str> = attributes
            .filter(|attribute| under_way.scopes.contains(&attribute.scope))
            .map(|attribute| attribute.target.as_str())
            .collect();
        if need.is_empty() {
            return routes::sign_in_for(&under_way.return_to);
        }
        let need: Vec<&str> = need.into_iter().collect();
        format!("{}&again", routes::sign_in_releasing(&under_way.return_to, &need.join(",")))
    }
}

/// Binds the sign-in to this browser.
pub(super) async fn remember(session: &Session, new: UnderWay) -> Result<(), Failure> {
    let known: Option<Vec<UnderWay>> =
        session.get(UNDER_WAY).await.map_err(while_("reading the session"))?;
    let mut all = known.unwrap_or_default();
    all.retain(|old| new.at - old.at < PATIENCE);
    if all.len() >= MOST {
        all.remove(0);
    }
    all.push(new);
    session.insert(UNDER_WAY, all).await.map_err(while_("writing the session"))
}
