//! What the pages for anyone ask of the server.

use super::view::{About, Start};
use axum::http::{HeaderValue, header::SET_COOKIE};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    caller::caller,
    failure::Failure,
    forms::{Done, Post, finish},
    look::{CHOICE_AGE, DISPLAY_COOKIE, Display},
    ports, routes,
};

/// What the start page knows of the reader. Nothing but the reader's own. A count that cannot be
/// had now is left out: the page is of use without it.
///
/// # Errors
/// None of its own.
#[server(prefix = "/api", endpoint = "home/start", input = GetUrl)]
pub async fn read_start() -> Result<Start, Failure> {
    let ports = ports();
    let Some(person) = caller().0 else { return Ok(Start::default()) };
    let asking = ports.participation.waiting(&person).await.ok();
    Ok(Start {
        signed_in: true,
        name: person.name,
        polls: asking.as_ref().map(|asking| asking.waiting),
        lacking: asking.map(|asking| asking.lacking).unwrap_or_default(),
        notices: person.unread,
    })
}

/// Who runs the portal, and what follows from how it is run.
///
/// # Errors
/// None of its own.
#[server(prefix = "/api", endpoint = "home/about", input = GetUrl)]
pub async fn read_about() -> Result<About, Failure> {
    let portal = ports().portal;
    Ok(About {
        operator: portal.operator.clone(),
        contact: portal.contact.clone(),
        particulars: portal.particulars.clone(),
        provider: portal.provider.clone(),
        backup_days: portal.backup_days,
        traces: portal.traces,
    })
}

/// Puts the display settings into a cookie. Works for anyone, signed in or not; codes that do
/// not exist are the settings as designed. `back` is the page that led to them, where one did: it is
/// linked to again.
///
/// # Errors
/// None of its own.
#[server(prefix = "/api", endpoint = "display")]
pub async fn set_display(
    #[server(default)] size: String,
    #[server(default)] scheme: String,
    #[server(default)] spacing: String,
    #[server(default)] back: String,
) -> Result<(), Failure> {
    let post = Post::current();
    let display = Display::from_codes(&size, &scheme, spacing == "wide").to_cookie();
    let cookie = format!("{DISPLAY_COOKIE}={display}; Path=/; Max-Age={CHOICE_AGE}; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        post.response.append_header(SET_COOKIE, cookie);
    }
    let here =
        if back.is_empty() { routes::DISPLAY.to_owned() } else { routes::display_for(&back) };
    finish(&post, &here, Ok((here.clone(), Some(Done::Saved)))).await
}
