//! Signing out, here and at the provider.

use super::{ID_TOKEN_HINT, Identity, problem};
use crate::error::while_;
use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use ports::{
    forms::{Done, Flash, flash},
    look::Look,
    routes,
};
use std::sync::Arc;
use tower_sessions::Session;

/// `POST` to [`routes::POST_SIGN_OUT`]: ends the session, then sends the browser to end the provider's,
/// too: on a shared computer the next person would be signed in as this one otherwise. So also where the
/// session had ended by itself, of which nothing is known any more but that somebody wants to be signed out.
/// Where the provider has no place for it, or none that is known, the next page says what to do.
pub async fn sign_out(
    State(identity): State<Arc<Identity>>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Response {
    let hint = Identity::hint(&session).await;
    let end = async {
        session.flush().await?;
        // More is not known yet.
        flash(&session, Flash::SignedOutHere).await;
        // Now, and not at the request's end: whoever leaves while the provider is waited for must
        // not stay signed in.
        session.save().await
    };
    if let Err(error) = end.await {
        return problem::broken(&while_("ending a session")(error));
    }
    let language = Look::of(&headers).language.tag();
    match identity.end_session(hint.as_deref(), language).await {
        Some(to) => {
            flash(&session, Flash::Done(Done::SignedOut)).await;
            Redirect::to(&to).into_response()
        }
        None => Redirect::to(routes::HOME).into_response(),
    }
}

impl Identity {
    /// What proves to the provider whose session it is to end. Read it before the portal's session goes, which
    /// has it.
    pub async fn hint(session: &Session) -> Option<String> {
        let hint: Option<Option<String>> = session.get(ID_TOKEN_HINT).await.ok().flatten();
        hint.flatten()
    }

    /// Where the browser goes to end the provider's session, too, and comes back from to the start page; none
    /// where the provider has no place for it, or none that is known.
    pub async fn end_session(&self, hint: Option<&str>, language: &str) -> Option<String> {
        let state = self.secret();
        let to = self.provider.end_session(hint, &self.home, &state, language).await;
        to.map(String::from)
    }
}
