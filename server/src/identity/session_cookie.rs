//! The session's cookie: gives every request its [`Session`], and the browser the session's id.
//!
//! A request goes through [`layer`] like this: its session and person are read by the id that the cookie
//! has → everything inside works on the request's own view of the session
//! ([`super::sessions::RequestSessions`]) → what it changed is written, and a session that it left is ended
//! → the browser is told an id that has changed, and that the one it has is none any more.
//!
//! Over TLS it is `__Host-session` (`Secure; HttpOnly; SameSite=Lax; Path=/`), which no other host and no
//! page over plain http can set. On loopback, where there is no TLS, browsers do not take that prefix:
//! there it is `session` without Secure.
//!
//! In place of `tower_sessions::SessionManagerLayer`, whose removal cookie lacks Secure: browsers ignore it
//! under the prefix, so that the cookie of an ended session would never go.
//!
//! What it must never do: give a browser the id of a session that is not stored, or that a request stored
//! which failed afterwards, write what was changed by a request that failed, unless it says so
//! ([`KeepsSession`]) or has stored it itself, as a callback that sends its code, or store for nobody what
//! somebody typed: anybody can send forms. Nor, for somebody whose session has ended, more than a person
//! sends too late: each such form gets a session of its own.

use super::{
    arrivals::People,
    sessions::{Owner, Sessions, filed_under},
};
use crate::{
    config::server::Server,
    http::{chain::Next, errors::busy},
};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use ports::{
    failure::Failure,
    forms::{TYPED_BY, give_up, let_go},
};
use std::sync::Arc;
use tower_sessions::{
    Session,
    session::{self, Id},
};
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

/// In a response's extensions: what its request changed in the session is kept although its status is
/// that of a failure. What failed is not the portal, and the request left nothing half done.
#[derive(Clone, Copy, Debug)]
pub struct KeepsSession;

/// Whether one more session may take the place of an ended one of this account, and remember whose that was.
pub type Late = Arc<dyn Fn(Uuid) -> bool + Send + Sync>;

/// How the cookie is written, and where sessions are kept.
#[derive(Clone)]
pub struct SessionCookie {
    sessions: Sessions,
    people: People,
    late: Late,
    name: &'static str,
    attributes: &'static str,
}

impl SessionCookie {
    /// The cookie for the portal's address.
    #[must_use]
    pub fn new(sessions: Sessions, people: People, late: Late, server: &Server) -> Self {
        let attributes = if server.https() {
            "; Path=/; Secure; HttpOnly; SameSite=Lax"
        } else {
            "; Path=/; HttpOnly; SameSite=Lax"
        };
        Self { sessions, people, late, name: name(server.https()), attributes }
    }

    /// Writes what the request changed in its session, if it changed anything. One that takes the place
    /// of an `ended` one says whose that was. What waits in one that is nobody's would be given to nobody
    /// ([`super::callback`]), and takes no room; nor does more than somebody types whose session has ended.
    async fn keep(&self, session: &Session, ended: Option<Owner>) -> Result<(), session::Error> {
        if !session.is_modified() || session.is_empty().await {
            return Ok(());
        }
        if let Some(owner) = ended
            && (self.late)(owner.account())
        {
            session.insert(TYPED_BY, owner).await?;
        }
        if session.get_value(SESSION_ACCOUNT_KEY).await?.is_none() {
            // Its page says that it is not kept. Where there is nothing else, it is as nobody's.
            if let_go(session).await? {
                session.remove_value(TYPED_BY).await?;
            }
            if session.get_value(TYPED_BY).await?.is_none() {
                give_up(session).await?;
            }
        }
        session.save().await
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
    let [secure, plain] = ports::look::SESSION_COOKIES;
    if https { secure } else { plain }
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
    let arrival = match before {
        None => None,
        // The session and its person are read by one statement, for many requests.
        Some(id) => match cookie.people.arriving(filed_under(id)).await {
            Ok(arrival) => arrival,
            Err(Failure::Busy) => return busy(),
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    };
    let stored = arrival.as_ref().map(|arrival| arrival.session.clone());
    if let Some(arrival) = arrival {
        request.extensions_mut().insert(arrival);
    }
    let store = Arc::new(cookie.sessions.of_request(before, stored));
    let session = Session::new(before, store.clone(), None);
    request.extensions_mut().insert(session.clone());
    request.extensions_mut().insert(store.clone());
    let mut response = next.run(request).await;
    let keeps = response.extensions().get::<KeepsSession>().is_some();
    let failed = response.status().is_server_error() && !keeps;
    let ended = match before {
        Some(before) if session.id().is_none() => match cookie.sessions.ended(before).await {
            Ok(owner) => owner,
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        _ => None,
    };
    if !failed && let Err(error) = cookie.keep(&session, ended).await {
        tracing::error!(%error, "the session could not be written");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
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
        // It has another id, and the request failed after that: perhaps somebody must not be signed in.
        Some(_) if failed => {}
        Some(id) if before != Some(id) => cookie.set(&mut response, &id.to_string(), ""),
        // While it is remembered whose the session was, its id leads there.
        None if sent.is_some() && ended.is_none() => cookie.set(&mut response, "", "; Max-Age=0"),
        _ => {}
    }
    response
}
