//! Pages for what goes wrong between here and the provider, each with the way to try again.

use super::session_cookie::KeepsSession;
use crate::http::{assets::Client, plain_page};
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use locales::td_string;
use maud::html;
use ports::{
    failure::Failure,
    look::{Look, locale_of},
};

/// The answer belongs to no sign-in of this browser, or does not hold. `anew` is where to try again.
pub fn not_completed(client: &Client, look: Look, anew: &str) -> Response {
    let locale = locale_of(look.language);
    let heading = td_string!(locale, sign_in.not_completed).to_owned();
    let text = td_string!(locale, sign_in.not_completed_text).to_owned();
    page(client, look, StatusCode::BAD_REQUEST, &heading, &text, anew)
}

/// The provider does not answer. `anew` is where to try again, with what waits in the session for that.
pub fn unavailable(client: &Client, look: Look, anew: &str) -> Response {
    let locale = locale_of(look.language);
    let heading = td_string!(locale, sign_in.unavailable).to_owned();
    let text = td_string!(locale, sign_in.unavailable_text).to_owned();
    let mut response = page(client, look, StatusCode::SERVICE_UNAVAILABLE, &heading, &text, anew);
    response.extensions_mut().insert(KeepsSession);
    response
}

/// Something of ours broke; the middleware makes the page.
pub fn broken(failure: &Failure) -> Response {
    failure.status().into_response()
}

fn page(
    client: &Client,
    look: Look,
    status: StatusCode,
    heading: &str,
    text: &str,
    anew: &str,
) -> Response {
    let locale = locale_of(look.language);
    let content = html! {
        p class="govuk-body" { (text) }
        p class="govuk-body" {
            a class="govuk-link" href=(anew) {
                (td_string!(locale, sign_in.try_again))
            }
        }
    };
    plain_page::page(client, look, status, heading, &content)
}
