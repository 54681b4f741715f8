//! That somebody's session has ended by itself: said by the page of the sign-in to whoever asked for a page
//! that needs one, and comes back to it.
//!
//! All that is known here is that the browser sends the cookie of a session that is none any more. Of one
//! that ended by itself the server knows for a day whose it was, and leaves the browser its cookie
//! (`server/src/identity/session_cookie.rs`). The cookie of any other goes with the next answer: here with
//! the one that leads to the sign-in. So who still sends it there was signed in; who only began to, has
//! signed out or made the cookie up does not send it.
//!
//! What it must never do: write into the session to have it said. The new session would take the place of
//! the one that ended, and what is typed too late would be kept for as long as that one lasts, not for a day.

use ports::{
    address::in_query,
    caller::caller,
    forms::Post,
    look::{SESSION_COOKIES, cookie},
    routes,
};

/// The field of the query by which the page of the sign-in knows that a page that needs a session led there.
const ENDED: &str = "ended";

/// Sign in and come back to `to`, which needs a session.
#[must_use]
pub fn sign_in_for(to: &str) -> routes::Path {
    let path = routes::sign_in_for(to);
    if is_over() { format!("{path}&{ENDED}") } else { path }
}

/// Whether the page that is drawn is to say that the session has ended.
#[must_use]
pub fn is_to_be_said() -> bool {
    in_query(ENDED) && is_over()
}

/// Whether nobody is signed in, though the browser sends the cookie of a session.
fn is_over() -> bool {
    let Post { parts, session, .. } = Post::current();
    let sent = SESSION_COOKIES.into_iter().any(|name| cookie(&parts.headers, name).is_some());
    // Who asks was looked up already, and the session with that: one that is none any more has no id by now.
    sent && session.id().is_none() && caller().0.is_none()
}
