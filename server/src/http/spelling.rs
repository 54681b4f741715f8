//! One address for each page. An address that is another one with a slash at its end, or in which an id is spelled
//! in another way than the portal writes it (in capitals, in braces, without dashes), leads to that one for good
//! (308). Who would send something there finds nothing: a form is posted to an address of ours, as we wrote it.
//!
//! Otherwise a page would be found at as many addresses as an id has spellings: programs that gather pages keep
//! each, and whatever tells addresses apart takes them for different ones.
//!
//! The API's addresses and those of the pages' own parts stay as they are: programs have what is described of them, and
//! not all of them follow where they are led.
//!
//! What it must never do: lead out of the portal.

use super::chain::Next;
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use percent_encoding::percent_decode_str;
use ports::routes;
use uuid::Uuid;

/// After these parts of a path comes an id. After others comes what only looks like one, as the code of a question.
const BEFORE_IDS: [&str; 8] =
    ["admin", "answers", "consents", "departments", "polls", "reviews", "roles", "tokens"];

/// Leads to the address as the portal writes it.
pub async fn layer(State(()): State<()>, request: Request, next: Next) -> Response {
    let Some(mut to) = as_written(request.uri().path()) else { return next.run(request).await };
    if let Some(query) = request.uri().query() {
        to = format!("{to}?{query}");
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads && routes::local(&to) == to {
        Redirect::permanent(&to).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// The path as the portal writes it, where it came in another spelling.
fn as_written(path: &str) -> Option<String> {
    if path.starts_with("//") || path.starts_with(routes::FUNCTIONS) || path.starts_with("/pkg/") {
        return None;
    }
    let (mut written, mut before) = (String::with_capacity(path.len()), "");
    for part in path.trim_end_matches('/').split('/').skip(1) {
        let id = if BEFORE_IDS.contains(&before) { id_as_written(part) } else { None };
        written.push('/');
        written.push_str(id.as_deref().unwrap_or(part));
        before = part;
    }
    (!written.is_empty() && written != path).then_some(written)
}

/// The id in a part of a path as the portal writes it, where it came in another spelling. That letters are encoded
/// which need not be is no other one (RFC 3986 §6.2.2.2).
fn id_as_written(part: &str) -> Option<String> {
    let part = percent_decode_str(part).decode_utf8().ok()?;
    let written = part.parse::<Uuid>().ok()?.to_string();
    (written != part).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::{as_written, layer};
    use crate::http::chain::Chain;
    use axum::{
        Router,
        body::Body,
        http::{Method, Request, header::LOCATION},
        routing::get,
    };
    use tower::ServiceExt as _;

    const ID: &str = "0b9ec0de-1a2b-4c3d-8e4f-5a6b7c8d9eaf";

    #[test]
    fn every_spelling_of_an_address_leads_to_one() {
        let capitals = ID.to_uppercase();
        let bare = ID.replace('-', "");
        for (path, written) in [
            ("/polls/".to_owned(), Some("/polls".to_owned())),
            ("/polls//".to_owned(), Some("/polls".to_owned())),
            (format!("/polls/{capitals}"), Some(format!("/polls/{ID}"))),
            (format!("/polls/{bare}/results.csv"), Some(format!("/polls/{ID}/results.csv"))),
            (format!("/polls/%7B{ID}%7d/"), Some(format!("/polls/{ID}"))),
            (format!("/polls/{{{ID}}}"), Some(format!("/polls/{ID}"))),
            (
                format!("/staff/departments/{capitals}/tokens/{bare}"),
                Some(format!("/staff/departments/{ID}/tokens/{ID}")),
            ),
            (format!("/polls/{ID}"), None),
            (format!("/polls/%30{}", &ID[1..]), None),
            (format!("/staff/polls/{ID}/questions/{bare}"), None),
            ("/".to_owned(), None),
            ("/polls".to_owned(), None),
            ("/polls/nothing".to_owned(), None),
            (format!("/api/v1/releases/{capitals}/"), None),
            ("//evil.example/".to_owned(), None),
            ("//".to_owned(), None),
        ] {
            assert_eq!(as_written(&path), written, "{path}");
        }
    }

    async fn asked(method: Method, address: &str) -> (u16, String) {
        let router: Router = Router::new()
            .route("/polls", get(async || "polls"))
            .layer(Chain::default().with((), layer));
        let request = Request::builder().method(method).uri(address).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let to = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (response.status().as_u16(), to.unwrap_or_default())
    }

    #[tokio::test]
    async fn who_reads_is_led_with_the_query_and_nobody_out_of_the_portal() {
        for method in [Method::GET, Method::HEAD] {
            let led = asked(method, "/polls/?tab=open&x=//evil.example").await;
            assert_eq!(led, (308, "/polls?tab=open&x=//evil.example".to_owned()));
        }
        assert_eq!(asked(Method::GET, "/polls").await.0, 200);
        assert_eq!(asked(Method::POST, "/polls/").await, (404, String::new()));
        for out in ["//evil.example/", "/\\evil.example/", "///", "//evil.example/%2e%2e/"] {
            assert_eq!(asked(Method::GET, out).await, (404, String::new()), "{out}");
        }
    }
}
