//! A page that needs nothing but the built style sheet. It is for what happens before the portal's own
//! pages are reached, or beside them.
//!
//! What it must never do: run a script, ask a store, or let a form be sent elsewhere.

use super::assets::Client;
use axum::{
    http::{HeaderValue, StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse as _, Response},
};
use locales::td_string;
use maud::{DOCTYPE, Markup, html};
use ports::{
    look::{Look, locale_of},
    routes,
};

/// The page, with `content` between the heading and the way to the start page.
#[must_use]
pub fn page(
    client: &Client,
    look: Look,
    status: StatusCode,
    heading: &str,
    content: &Markup,
) -> Response {
    let locale = locale_of(look.language);
    let brand = td_string!(locale, common.brand);
    let markup = html! {
        (DOCTYPE)
        html lang=(look.language.tag()) class=(look.display.classes()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (heading) " – " (brand) }
                @if let Some(href) = client.assets().stylesheet {
                    link rel="stylesheet" href={ "/pkg/" (href) };
                }
                link rel="icon" href="/pkg/icon.svg" type="image/svg+xml";
            }
            body class="govuk-template__body" {
                header class="veche-header" {
                    div class="govuk-width-container veche-header__bar" {
                        a class="veche-header__brand" href=(routes::HOME) {
                            span class="veche-header__name" { (brand) }
                        }
                    }
                }
                div class="govuk-width-container veche-page" {
                    main class="govuk-main-wrapper" id="main" {
                        h1 class="govuk-heading-l" { (heading) }
                        (content)
                        p class="govuk-body" {
                            a class="govuk-link" href=(routes::HOME) { (td_string!(locale, common.to_start)) }
                        }
                    }
                }
            }
        }
    };
    let mut response = (status, markup).into_response();
    set_policy(&mut response, "'none'");
    response
}

/// Lets the page's form be sent, to the portal itself.
pub fn allow_form(page: &mut Response) {
    set_policy(page, "'self'");
}

fn set_policy(page: &mut Response, forms: &'static str) {
    let policy = format!(
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; \
         form-action {forms}; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
}
