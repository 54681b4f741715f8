//! Requests that change something must come from our own pages, and so must requests for a part of a page.
//! Another site may lead people to our pages, and do no more than that.
//!
//! `Sec-Fetch-Site` (Fetch Metadata) says where a request comes from, if the browser sends it; otherwise
//! `Origin` does. A request that would change something and has neither is refused, too: it does not come
//! from a form in a browser of today. Together with `SameSite=Lax` this takes the place of tokens in forms.
//!
//! The framework serves the parts of a page at addresses of their own, which can be asked for by
//! themselves. It leads a browser that asks for one back to where it came from, if there is something for
//! it. Another site must not learn from that what there is for somebody: it may lead people to pages, not
//! to the parts. Therefore the parts are never told where a browser comes from.
//!
//! Also a GET of a page does something: it marks notices as read, says once what a form achieved, and keeps a
//! session going. A picture or a script that another site wants from such an address, in the background, would
//! do it unseen, with the cookie where that is a host of our own domain. So from elsewhere nothing but a document
//! that the browser is to show may be asked for, and what belongs to everybody: the files of the pages, those of
//! published results, and the API. Of these, what is asked for in the background is asked for by nobody: without
//! the cookie, since taking a file keeps a session going, too, and of the staff it is written down who does. Nor
//! does the API ever get the cookie: it knows programs by their tokens. The file with all that the portal keeps of
//! somebody is for our own pages only: even where it is asked for as a document, the person is shown none.
//!
//! A browser that sends no Fetch Metadata is let read everything, as a program is.
//!
//! What it must never do: let a path be exempt that does not check its sender itself.

use super::chain::Next;
use axum::{
    extract::{Request, State},
    http::{
        Method, StatusCode,
        header::{COOKIE, ORIGIN, REFERER},
    },
    response::{IntoResponse as _, Response},
};
use ports::{
    look::FETCH_SITE,
    routes::{self, BelowPoll},
};
use std::sync::Arc;

/// Fetch Metadata: how the browser asks.
const FETCH_MODE: &str = "sec-fetch-mode";

/// Fetch Metadata: what for.
const FETCH_DEST: &str = "sec-fetch-dest";

/// What the check needs to know.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The portal's origin.
    pub origin: Arc<str>,
    /// Paths where another server posts (back-channel logout): they check for themselves.
    pub exempt: &'static [&'static str],
}

/// A mark in the response's extensions, for its page: the request was refused for where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere;

/// Refuses what comes from elsewhere.
pub async fn layer(State(rule): State<Rule>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let api = path.starts_with(routes::API);
    let part = path.starts_with(routes::FUNCTIONS) && !api;
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let elsewhere = from_elsewhere(&request);
    let passes = if api {
        // It is only to be read, which whoever sends something is told there.
        true
    } else if safe {
        !elsewhere || (!part && may_be_asked_for_elsewhere(&request))
    } else {
        rule.exempt.contains(&path) || from_here(&rule, &request)
    };
    if !passes {
        let mut response = StatusCode::FORBIDDEN.into_response();
        response.extensions_mut().insert(Elsewhere);
        return response;
    }
    let nobodys = api || (elsewhere && !is_shown(&request));
    if part {
        request.headers_mut().remove(REFERER);
    }
    if nobodys {
        request.headers_mut().remove(COOKIE);
    }
    next.run(request).await
}

/// Whether a browser says that another site asks; a program says nothing.
fn from_elsewhere(request: &Request) -> bool {
    let site = request.headers().get(FETCH_SITE);
    site.is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// Whether another site may have the browser ask for this: a document to be shown, or what is everybody's.
fn may_be_asked_for_elsewhere(request: &Request) -> bool {
    let path = request.uri().path();
    is_everybodys(path) || (is_shown(request) && path != routes::ACCOUNT_DOWNLOAD)
}

/// Whether the browser asks for a document that it is to show, as far as it says for what it asks.
fn is_shown(request: &Request) -> bool {
    let says = |name: &str, value: &str| request.headers().get(name).is_none_or(|it| it == value);
    says(FETCH_MODE, "navigate") && says(FETCH_DEST, "document")
}

/// Whether a path is that of a file of the pages, or of a file or a picture of published results.
fn is_everybodys(path: &str) -> bool {
    let below = routes::below_poll(path).map(|(_, below)| below);
    path.starts_with("/pkg/") || matches!(below, Some(BelowPoll::File | BelowPoll::Picture))
}

fn from_here(rule: &Rule, request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = header(ORIGIN.as_str());
    if origin.is_some_and(|origin| origin != &*rule.origin) {
        return false;
    }
    match header(FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => origin.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_everybodys, may_be_asked_for_elsewhere};
    use axum::{body::Body, http::Request};

    #[test]
    fn another_site_leads_people_to_documents_and_does_no_more() {
        let may = |path: &str, about: &[(&str, &str)]| {
            let request = Request::get(path);
            let request = about.iter().fold(request, |it, (name, value)| it.header(*name, *value));
            may_be_asked_for_elsewhere(&request.body(Body::empty()).unwrap())
        };
        let document = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        for unseen in [
            [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
            [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
            [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
            [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "document")],
        ] {
            for page in ["/notices", "/auth/callback?code=1", "/account/download", "/polls/7"] {
                assert!(!may(page, &unseen), "{page} {unseen:?}");
            }
            assert!(may("/polls/7/results.csv?lang=en", &unseen), "{unseen:?}");
        }
        assert!(may("/notices", &document) && may("/auth/callback?code=1", &document));
        assert!(!may("/account/download", &document) && !may("/account/download?x", &[]));
        assert!(may("/notices", &[]), "an older browser says only from which site it comes");
    }

    #[test]
    fn files_and_pictures_of_results_are_everybodys_and_no_page_is() {
        for file in ["/pkg/a.js", "/polls/7/results.csv", "/polls/7/results/visits.svg"] {
            assert!(is_everybodys(file), "{file}");
        }
        for page in [
            "/",
            "/pkg",
            "/polls",
            "/polls/7",
            "/polls/7/results",
            "/polls/7/compare",
            "/polls/7/take/1",
            "/polls/7/take/results.csv",
            "/polls/results.csv",
            "/polls/results/7",
            "/account/results.csv",
        ] {
            assert!(!is_everybodys(page), "{page}");
        }
    }
}
