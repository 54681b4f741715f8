//! How long a session lasts yet: asked by the island that warns before the end (`app/islands`).
//!
//! To ask is no use of the session; only "Stay signed in" is. So neither the layer of the cookie nor that
//! of the caller is around this address. Every open page asks here, many of them at one moment, so a session
//! is read as it is for those layers: for many requests at once ([`People`]).
//!
//! What it must never do: prolong a session by being asked, give a browser a session, or say whose it is.

use super::{Sessions, at_rest, filed_under, seen};
use crate::{
    error::while_,
    http::errors::busy,
    identity::arrivals::{Arrival, People},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use gather::Refused;
use ports::{failure::Failure, forms::TYPED_BY, look::cookie, routes::SESSION};
use tower_sessions::{session::Id, session_store::Error};
use vault::SESSION_ACCOUNT_KEY;

/// What is said in the log where it cannot be told.
const ASKED: &str = "how long a session lasts";

/// How it stands with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It ends at that time, and later if it is used.
    More(DateTime<Utc>),
    /// It ends at that time in any case.
    Last(DateTime<Utc>),
    /// It has ended, and a form that comes late waits for whoever typed it.
    Kept,
    /// It has ended, and such a form waits for nobody.
    Gone,
}

impl Sessions {
    fn standing(&self, id: Id, arrival: Option<&Arrival>) -> Result<Standing, Error> {
        let now = self.platform.now();
        let Some(arrival) = arrival else { return Ok(Standing::Gone) };
        let over = if arrival.is_somebodys() { Standing::Kept } else { Standing::Gone };
        if arrival.session.is_over(now) {
            return Ok(over);
        }
        let expires_at = arrival.session.expires_at;
        let data = at_rest::open(id, &arrival.session.sealed)?;
        if !data.contains_key(SESSION_ACCOUNT_KEY) {
            let typed_by = data.contains_key(TYPED_BY);
            return Ok(if typed_by { Standing::Kept } else { Standing::Gone });
        }
        let latest = self.lifetime.latest_end(&data);
        let end = latest.map_or(expires_at, |latest| latest.min(expires_at));
        Ok(match latest {
            // Written for longer than it may last by now.
            _ if end <= now => over,
            Some(latest) if latest == end => Standing::Last(end),
            _ => Standing::More(end),
        })
    }

    /// Writes that a session is used.
    async fn stay(&self, id: Id, arrival: &Arrival) -> Result<(), Failure> {
        let data = at_rest::open(id, &arrival.session.sealed).map_err(while_(ASKED))?;
        match self.used(id, &arrival.session, &data).await {
            Ok(_) => Ok(()),
            Err(seen::Error::Refused(Refused::Busy)) => Err(Failure::Busy),
            Err(error) => Err(while_("using a session")(error)),
        }
    }
}

/// The sessions, how they are read, and the name of their cookie.
#[derive(Clone)]
struct Asked {
    sessions: Sessions,
    people: People,
    name: &'static str,
}

impl Asked {
    /// What the island is told: the seconds that are left, and a word for the rest.
    async fn told(&self, headers: &HeaderMap, used: bool) -> Result<String, Failure> {
        let id: Option<Id> = cookie(headers, self.name).and_then(|id| id.parse().ok());
        let Some(id) = id else { return Ok("0 gone".to_owned()) };
        let read = || self.people.arriving(filed_under(id));
        let standing =
            |arrival: Option<&Arrival>| self.sessions.standing(id, arrival).map_err(while_(ASKED));
        let arrival = read().await?;
        let mut stands = standing(arrival.as_ref())?;
        if let (true, Standing::More(_), Some(arrival)) = (used, stands, &arrival) {
            self.sessions.stay(id, arrival).await?;
            // One that was ended meanwhile stays ended.
            stands = standing(read().await?.as_ref())?;
        }
        let left = |end: DateTime<Utc>| (end - self.sessions.platform.now()).num_seconds().max(0);
        Ok(match stands {
            Standing::More(end) => format!("{} more", left(end)),
            Standing::Last(end) => format!("{} last", left(end)),
            Standing::Kept => "0 kept".to_owned(),
            Standing::Gone => "0 gone".to_owned(),
        })
    }

    async fn answer(&self, headers: &HeaderMap, used: bool) -> Response {
        match self.told(headers, used).await {
            Ok(told) => told.into_response(),
            Err(Failure::Busy) => busy(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

async fn ask(State(asked): State<Asked>, headers: HeaderMap) -> Response {
    asked.answer(&headers, false).await
}

async fn stay(State(asked): State<Asked>, headers: HeaderMap) -> Response {
    asked.answer(&headers, true).await
}

/// `GET` asks, `POST` uses the session and asks. `name` is that of the sessions' cookie.
pub fn routes(sessions: Sessions, people: People, name: &'static str) -> Router {
    Router::new().route(SESSION, get(ask).post(stay)).with_state(Asked { sessions, people, name })
}
