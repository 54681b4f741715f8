//! What programs look for at the same address of every site: which pages are not for those that gather pages
//! (`/robots.txt`), and whom to tell of a weakness (`/.well-known/security.txt`, RFC 9116).
//!
//! What it must never do: name an address that is to be known to few. Anybody reads it.

use crate::{clock::Clock, config::Config};
use axum::{
    Router,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse as _, Response},
    routing::get,
};
use chrono::TimeDelta;
use ports::routes;
use std::sync::Arc;
use url::Url;

/// Where it is said which pages are not to be gathered.
const ROBOTS: &str = "/robots.txt";
/// Where it is said whom to tell of a weakness.
const SECURITY: &str = "/.well-known/security.txt";

/// Addresses that show nothing that is for everybody: what is of one person, forms, what programs are given by other
/// rules. The files of a release are many for what its page says, too.
const NOT_TO_BE_GATHERED: [&str; 10] = [
    routes::DISPLAY,
    routes::SIGN_IN,
    routes::ACCOUNT,
    routes::STAFF,
    routes::ANSWERS,
    routes::FUNCTIONS,
    "/auth/",
    "/polls/*/compare",
    "/polls/*/take/",
    "/polls/*/results/",
];

/// How long it may be believed whom to tell: RFC 9116 §2.5.5 advises less than a year.
const BELIEVED: TimeDelta = TimeDelta::days(180);

/// Whom to tell, and until when that may be believed.
struct Told {
    origin: String,
    contact: String,
    clock: Arc<dyn Clock>,
}

/// The addresses.
pub fn routes(config: &Config, clock: Arc<dyn Clock>) -> Router {
    let origin = config.server.origin();
    let contact = contact(&config.portal.contact, &origin);
    Router::new()
        .route(ROBOTS, get(async || text(robots())))
        .route(SECURITY, get(security))
        .with_state(Arc::new(Told { origin, contact, clock }))
}

/// The same for everybody, and for a day.
fn text(words: String) -> Response {
    ([(CACHE_CONTROL, "public, max-age=86400")], words).into_response()
}

fn robots() -> String {
    let rules = NOT_TO_BE_GATHERED.map(|address| format!("Disallow: {address}\n"));
    format!("User-agent: *\n{}", rules.concat())
}

async fn security(State(told): State<Arc<Told>>) -> Response {
    let Told { origin, contact, clock } = &*told;
    // By the day, so that all servers say the same.
    let expires = (clock.now() + BELIEVED).format("%Y-%m-%dT00:00:00Z");
    text(format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en, ru\nCanonical: {origin}{SECURITY}\n"
    ))
}

/// The setting as an address that programs know, which it has to be here. Where it is other words, such as those of
/// an office and its hours, the page that shows them.
fn contact(said: &str, origin: &str) -> String {
    let said = said.trim();
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._+".contains(&b))
    };
    if said.split_once('@').is_some_and(|(name, host)| plain(name) && plain(host)) {
        return format!("mailto:{said}");
    }
    match Url::parse(said) {
        Ok(address) if ["https", "mailto", "tel"].contains(&address.scheme()) => address.into(),
        _ => format!("{origin}{}", routes::PROTECTION),
    }
}

#[cfg(test)]
mod tests {
    use super::contact;

    #[test]
    fn whom_to_tell_is_an_address_whatever_the_setting_says() {
        for (said, address) in [
            ("privacy@portal.example", "mailto:privacy@portal.example"),
            (" polls+data@portal.example ", "mailto:polls+data@portal.example"),
            ("https://portal.example/contact", "https://portal.example/contact"),
            ("mailto:privacy@portal.example", "mailto:privacy@portal.example"),
            ("8 800 100-00-00, at nine", "https://polls.example/protection"),
            ("Office, privacy@portal.example", "https://polls.example/protection"),
            ("a@b.example\nExpires: never", "https://polls.example/protection"),
        ] {
            assert_eq!(contact(said, "https://polls.example"), address);
        }
    }
}
