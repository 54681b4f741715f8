//! The session's cookie: gives every page its [`Session`], and the browser the session's id.
//!
//! Over TLS it is `__Host-session` (`Secure; HttpOnly; SameSite=Lax; Path=/`), which no other host
//! and no page over plain http can set. On loopback, where there is no TLS, browsers do not take
//! that prefix: there it is `session` without Secure.
//!
//! In place of `tower_sessions::SessionManagerLayer`, whose removal cookie lacks Secure: browsers
//! ignore it under the prefix, so that the cookie of an ended session would never go.

use crate::{
    accounts::people::People,
    config::server::Server,
    http::{chain::Next, errors::busy},
    identity::sessions::{Sessions, TYPED_BY, filed_under},
};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use ports::failure::Failure;
use std::sync::Arc;
use tower_sessions::{Session, session::Id};

/// How the cookie is written, and where sessions are kept.
#[derive(Clone)]
pub struct SessionCookie {
    store: Sessions,
    people: People,
    name: &'static str,
    attributes: &'static str,
}

impl SessionCookie {
    /// The cookie for the portal's address.
    #[must_use]
    pub fn new(store: Sessions, people: People, server: &Server) -> Self {
        let attributes = if server.https() {
            "; Path=/; Secure; HttpOnly; SameSite=Lax"
        } else {
            "; Path=/; HttpOnly; SameSite=Lax"
        };
        Self { store, people, name: name(server.https()), attributes }
    }

    fn set(&self, response: &mut Response, value: &str, age: &str) {
        let cookie = format!("{}={value}{}{age}", self.name, self.attributes);
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

/// The cookie's name, by whether the portal is reached over TLS.
#[must_use]
pub const fn name(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// Puts the session into the request's extensions and keeps what was changed in it. A visitor for
/// whom nothing was stored gets neither a row nor a cookie.
pub async fn layer(
    State(cookie): State<Arc<SessionCookie>>,
    mut request: Request,
    next: Next,
) -> Response {
    let sent = ports::look::cookie(request.headers(), cookie.name);
    let before: Option<Id> = sent.as_ref().and_then(|value| value.parse().ok());
    let store = match before {
        None => cookie.store.clone(),
        // The session and its person are read by one statement, for many requests.
        Some(id) => match cookie.people.arriving(filed_under(id)).await {
            Ok(arrival) => {
                let stored = arrival.as_ref().map(|arrival| arrival.session.clone());
                if let Some(arrival) = arrival {
                    request.extensions_mut().insert(arrival);
                }
                cookie.store.with(id, stored)
            }
            Err(Failure::Busy) => return busy(),
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    };
    let session = Session::new(before, Arc::new(store.clone()), None);
    request.extensions_mut().insert(session.clone());
    let mut response = next.run(request).await;
    let keep = session.is_modified() && !session.is_empty().await;
    let ended = match before {
        Some(before) if session.id().is_none() => match cookie.store.ended(before).await {
            Ok(owner) => owner,
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        _ => None,
    };
    if keep && !response.status().is_server_error() {
        let write = async {
            if let Some(owner) = ended {
                session.insert(TYPED_BY, owner).await?;
            }
            session.save().await
        };
        if let Err(error) = write.await {
            tracing::error!(%error, "the session could not be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    if store.has_left()
        && session.is_empty().await
        && let Err(error) = store.end_left().await
    {
        tracing::error!(%error, "a session could not be ended");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    match session.id() {
        // It was to get another id, and the request failed: it is still there.
        None if store.has_left() => {}
        Some(id) if before != Some(id) => cookie.set(&mut response, &id.to_string(), ""),
        // While it is remembered whose the session was, its id leads there.
        None if sent.is_some() && ended.is_none() => cookie.set(&mut response, "", "; Max-Age=0"),
        _ => {}
    }
    response
}
