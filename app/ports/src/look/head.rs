//! What the head of a request says by itself: its cookies, whether a page is asked for, and from where the
//! browser was led here.

use axum::http::{
    HeaderMap,
    header::{ACCEPT, COOKIE},
};

/// The names of the session's cookie: over TLS, and without.
pub const SESSION_COOKIES: [&str; 2] = ["__Host-session", "session"];

/// For how many seconds a browser keeps the cookies of what was chosen in it, the language and the display settings: a
/// year, as the page about protection says.
pub const CHOICE_AGE: u32 = 31_536_000;

/// Fetch Metadata: from which site the browser was led here, as it says itself.
pub const FETCH_SITE: &str = "sec-fetch-site";

/// Whether the client is a browser that shows a page; a program does not ask for one.
#[must_use]
pub fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The value of the cookie of this name, if the browser sent it.
///
/// Each cookie is read by itself: one that another server of the domain has set in letters that a
/// header should not have is nobody's here, and takes none of ours with it.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b';'))
        // Only the blanks that a header has: a browser takes a name that begins with another one for a
        // name of its own, for which the promises of `__Host-` do not hold.
        .filter_map(|pair| {
            std::str::from_utf8(pair).ok()?.trim_matches([' ', '\t']).split_once('=')
        })
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}
