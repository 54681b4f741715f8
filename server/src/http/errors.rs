//! Pages for the errors that no page of the portal speaks for: too large, too many, from elsewhere, broken.
//!
//! A browser gets a page in its language with the error's id. Where there was no room for its form, the answer
//! was late or something broke, it gets the form back, too. A program gets JSON. Whoever uses the API gets
//! problem details (RFC 9457), whatever they say that they accept: some programs name HTML without wanting it.
//!
//! What it must never do: ask a store, or show of what broke more than the id, under which the log has it.

use super::{
    again::Form,
    assets::Client,
    chain::Next,
    in_time::Late,
    plain_page,
    problem::Problem,
    refused::{Limit, Refused},
    same_origin::Elsewhere,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{Extensions, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use locales::td_string;
use maud::html;
use ports::{
    failure::{AGAIN_AFTER, Failure, request_id},
    look::{Look, locale_of, wants_html},
    routes,
};
use std::sync::Arc;

/// What the pages are made with. Clones share it.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Where their style sheet is.
    pub client: Client,
    /// How to reach whoever runs the portal.
    pub contact: Arc<str>,
}

/// Gives every error without a body of its own a page.
pub async fn layer(State(pages): State<Pages>, mut request: Request, next: Next) -> Response {
    let look = Look::of_request(&mut request);
    let html = wants_html(request.headers());
    let posted = *request.method() == Method::POST;
    let api = request.uri().path().starts_with(routes::API);
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    // A server function that cannot read a form, has no room or breaks answers in JSON, also to a browser,
    // which has sent a form and is to show a page.
    let form_sent = posted && html;
    let spoken_for = kind.is_some_and(|kind| {
        let code = form_sent && kind.starts_with("application/json");
        !code && !kind.starts_with("text/plain")
    });
    if !(status.is_client_error() || status.is_server_error()) || spoken_for {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::LOCATION);
    let form = parts.extensions.remove::<Form>();
    let mut page = if api {
        problem(status)
    } else if html {
        let cause = Cause::of(&parts.extensions, posted);
        page(&pages, status, look, cause, form.as_ref())
    } else {
        Json(failure_of(status)).into_response()
    };
    page.extensions_mut().extend(parts.extensions);
    page.headers_mut().extend(parts.headers);
    *page.status_mut() = status;
    page
}

/// The refusal of a request because too many come at once, made into a page on its way out.
#[must_use]
pub fn busy() -> Response {
    Refused(Limit::Queue).until(StatusCode::SERVICE_UNAVAILABLE, AGAIN_AFTER)
}

fn failure_of(status: StatusCode) -> Failure {
    match status {
        StatusCode::UNAUTHORIZED => Failure::SignedOut,
        StatusCode::FORBIDDEN => Failure::Forbidden,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Failure::NotFound,
        StatusCode::TOO_MANY_REQUESTS => Failure::TooMany,
        StatusCode::SERVICE_UNAVAILABLE => Failure::Busy,
        status if status.is_client_error() => Failure::Invalid,
        _ => Failure::Internal { id: request_id() },
    }
}

/// What a program that uses the API is told, in the fields of the API's own document.
fn problem(status: StatusCode) -> Response {
    let detail = match status {
        StatusCode::NOT_FOUND => "There is nothing at this address.",
        StatusCode::METHOD_NOT_ALLOWED => "Everything here is only to be read: GET.",
        StatusCode::MISDIRECTED_REQUEST => "The portal does not answer under this name.",
        StatusCode::PAYLOAD_TOO_LARGE => "The request has a body that is too large. Send none.",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The head of the request is too large. Send fewer or shorter fields, and no more of an \
             address than is described."
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Problem::WAIT,
        status if status.is_client_error() => "The request cannot be read.",
        _ => Problem::BROKEN,
    };
    Problem::new(status, detail).into_response()
}

/// What a status alone does not say of why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The form did not come from our own page.
    Elsewhere,
    /// Another site asked for what it may not.
    AskedElsewhere,
    /// It took too long, and may be done all the same.
    Late,
}

impl Cause {
    fn of(extensions: &Extensions, posted: bool) -> Option<Self> {
        let late = || extensions.get::<Late>().map(|_| Self::Late);
        let elsewhere = if posted { Self::Elsewhere } else { Self::AskedElsewhere };
        extensions.get::<Elsewhere>().map(|_| elsewhere).or_else(late)
    }
}

/// A page without scripts and without anything that could fail, too.
fn page(
    pages: &Pages,
    status: StatusCode,
    look: Look,
    cause: Option<Cause>,
    form: Option<&Form>,
) -> Response {
    let locale = locale_of(look.language);
    let id = request_id();
    let (heading, text) = match status {
        StatusCode::FORBIDDEN if cause == Some(Cause::Elsewhere) => (
            td_string!(locale, common.error_elsewhere),
            td_string!(locale, common.error_elsewhere_text),
        ),
        StatusCode::FORBIDDEN if cause == Some(Cause::AskedElsewhere) => (
            td_string!(locale, common.error_asked_elsewhere),
            td_string!(locale, common.error_asked_elsewhere_text),
        ),
        StatusCode::FORBIDDEN => (
            td_string!(locale, common.failure_forbidden),
            td_string!(locale, common.failure_forbidden_text),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            td_string!(locale, common.error_too_large),
            td_string!(locale, common.error_too_large_text),
        ),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => (
            td_string!(locale, common.failure_not_found),
            td_string!(locale, common.failure_not_found_text),
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            td_string!(locale, common.failure_too_many),
            td_string!(locale, common.failure_too_many_text),
        ),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            (td_string!(locale, common.error_head), td_string!(locale, common.error_head_text))
        }
        StatusCode::MISDIRECTED_REQUEST => {
            (td_string!(locale, common.error_host), td_string!(locale, common.error_host_text))
        }
        StatusCode::REQUEST_TIMEOUT => (
            td_string!(locale, common.error_timeout),
            td_string!(locale, common.error_timeout_text),
        ),
        StatusCode::SERVICE_UNAVAILABLE if cause == Some(Cause::Late) => {
            (td_string!(locale, common.error_late), td_string!(locale, common.error_late_text))
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            (td_string!(locale, common.failure_busy), td_string!(locale, common.failure_busy_text))
        }
        status if status.is_client_error() => (
            td_string!(locale, common.failure_invalid),
            td_string!(locale, common.failure_invalid_text),
        ),
        _ => (
            td_string!(locale, common.failure_internal),
            td_string!(locale, common.failure_internal_text),
        ),
    };
    // Only what is refused for lack of room, was late or met something broken can be sent again as it is.
    let can_be_sent_again = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::INTERNAL_SERVER_ERROR,
    ];
    let form = form.filter(|_| can_be_sent_again.contains(&status));
    let content = html! {
        p class="govuk-body" { (text) }
        @if let Some(form) = form {
            p class="govuk-body" { (td_string!(locale, common.error_typed_kept)) }
            (form.markup(locale))
        }
        @if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
            p class="govuk-body" {
                (td_string!(locale, common.error_id, contact = &*pages.contact)) " " code class="veche-error-id" { (id) }
            }
        }
    };
    let mut page = plain_page::page(&pages.client, look, status, heading, &content);
    if form.is_some() {
        plain_page::allow_form(&mut page);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::{Elsewhere, Extensions, Late, Pages, layer};
    use crate::http::{assets::Client, body, chain::Chain};
    use axum::{
        Json, Router,
        body::{Body, to_bytes},
        http::{Method, Request, StatusCode, header},
        response::{AppendHeaders, IntoResponse as _, Response},
        routing::{any, get, post},
    };
    use ports::failure::Failure;
    use std::{
        future::{Ready, ready},
        path::Path,
        time::Duration,
    };
    use tower::{Service as _, ServiceExt as _};

    fn pages() -> Pages {
        let client = Client::load(Path::new("/nowhere"));
        Pages { client, contact: "polls@example.org".into() }
    }

    /// As a server function answers where the vault has no room.
    fn busy() -> Ready<Response> {
        let head = [(header::RETRY_AFTER, "5"), (header::LOCATION, "/polls")];
        ready((StatusCode::SERVICE_UNAVAILABLE, head, Json(Failure::Busy)).into_response())
    }

    async fn text(response: Response) -> String {
        let body = to_bytes(response.into_body(), 100_000).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// What a sender is shown whom the vault had no room for, by what they accept.
    async fn refused(accept: &str) -> (StatusCode, String) {
        let mut router = Router::new()
            .route("/api/take/send", post(busy))
            .layer(Chain::default().with(pages(), layer));
        let request = Request::post("/api/take/send").header(header::ACCEPT, accept);
        let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        (response.status(), text(response).await)
    }

    #[tokio::test]
    async fn a_browser_is_shown_a_page_when_there_is_no_room_and_a_program_the_code() {
        let (status, page) = refused("text/html").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.contains("<h1") && !page.contains("is kept"), "{page}");
        let (status, code) = refused("application/json").await;
        assert_eq!(
            (status, code.as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, r#"{"code":"busy"}"#)
        );
    }

    #[tokio::test]
    async fn a_page_in_place_of_an_answer_sets_all_of_its_cookies() {
        let cookies = [(header::SET_COOKIE, "a=1"), (header::SET_COOKIE, "b=2")];
        let broken =
            get(move || ready((StatusCode::INTERNAL_SERVER_ERROR, AppendHeaders(cookies.clone()))));
        let router: Router =
            Router::new().route("/", broken).layer(Chain::default().with(pages(), layer));
        let request = Request::get("/").header(header::ACCEPT, "text/html");
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let set = response.headers().get_all(header::SET_COOKIE).iter();
        assert_eq!(set.collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    }

    fn bodies() -> body::Bounds {
        body::Bounds {
            bytes: 1000,
            time: Duration::from_secs(5),
            room: body::Room::of(1000),
            larger: &[],
            session: "session",
            behind_proxy: false,
        }
    }

    /// What is shown of a form for which a server function has this failure.
    async fn failed(failure: Failure, accept: &str) -> String {
        let status = failure.status();
        let answer = post(move || ready((failure.status(), Json(failure)).into_response()));
        let mut router = Router::new()
            .route("/api/take/answer", answer)
            .layer(Chain::default().with(pages(), layer).with(bodies(), body::layer));
        let request = Request::post("/api/take/answer")
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("poll=7&choice=yes"));
        let response = router.call(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), status);
        text(response).await
    }

    #[tokio::test]
    async fn a_browser_is_shown_a_page_for_every_form_that_a_function_does_not_take() {
        const AGAIN: &str = "name=\"choice\" value=\"yes\"";
        let page = failed(Failure::Invalid, "text/html").await;
        assert!(page.contains("<h1") && page.contains("could not be read"), "{page}");
        assert!(!page.contains("veche-error-id"), "{page}");
        assert!(!page.contains(AGAIN), "as it is it cannot be read another time: {page}");
        let broken = || Failure::Internal { id: "k4m7".to_owned() };
        let page = failed(broken(), "text/html").await;
        assert!(page.contains("<h1") && page.contains(AGAIN), "{page}");
        assert!(page.contains("write to polls@example.org and quote this code:"), "{page}");
        for (failure, code) in
            [(Failure::Invalid, r#""code":"invalid""#), (broken(), r#""code":"internal""#)]
        {
            let told = failed(failure, "application/json").await;
            assert!(told.starts_with('{') && told.contains(code), "{told}");
        }
    }

    #[tokio::test]
    async fn whoever_there_is_no_room_for_can_send_again_what_was_typed() {
        let mut router = Router::new()
            .route("/api/take/answer", post(busy))
            .layer(Chain::default().with(pages(), layer).with(bodies(), body::layer));
        let mut send = |accept| {
            let request = Request::post("/api/take/answer")
                .header(header::ACCEPT, accept)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let form = "poll=7&text=%22Late%22+%3Cshifts%3E&choice%5B%5D=a&choice%5B%5D=b";
            router.call(request.body(Body::from(form)).unwrap())
        };
        let response = send("text/html").await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers();
        assert_eq!(headers[header::RETRY_AFTER], "5");
        assert!(!headers.contains_key(header::LOCATION), "the page is here, and asks no store");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("form-action 'self'"), "{policy}");
        let page = text(response).await;
        for part in [
            "The portal cannot do this just now",
            "What you typed is still here",
            "<form method=\"post\" action=\"/api/take/answer\">",
            "<input type=\"hidden\" name=\"poll\" value=\"7\">",
            "name=\"text\" value=\"&quot;Late&quot; &lt;shifts&gt;\"",
            "name=\"choice[]\" value=\"a\"",
            "name=\"choice[]\" value=\"b\"",
        ] {
            assert!(page.contains(part), "{part} is not on {page}");
        }
        let response = send("application/json").await.unwrap();
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        assert_eq!(text(response).await, r#"{"code":"busy"}"#);
    }

    /// What a browser is shown of a refusal with this in its extensions.
    async fn refused_for(
        method: Method,
        status: StatusCode,
        causes: impl Fn(&mut Extensions) + Clone + Send + Sync + 'static,
    ) -> String {
        let refusal = move || {
            let mut response = status.into_response();
            causes(response.extensions_mut());
            async move { response }
        };
        let mut router =
            Router::new().route("/", any(refusal)).layer(Chain::default().with(pages(), layer));
        let request = Request::builder().method(method).header(header::ACCEPT, "text/html");
        let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), status);
        text(response).await
    }

    #[tokio::test]
    async fn what_was_late_may_be_done_and_what_is_not_for_somebody_came_from_here() {
        let page = refused_for(Method::POST, StatusCode::SERVICE_UNAVAILABLE, |it| {
            it.insert(Late);
        })
        .await;
        assert!(page.contains("We do not know whether this was done"), "{page}");
        assert!(!page.contains("cannot do this just now"), "{page}");
        for (method, words) in [
            (Method::POST, "This form did not come from our page"),
            (Method::GET, "This address does not open from another site"),
        ] {
            let page = refused_for(method, StatusCode::FORBIDDEN, |it| {
                it.insert(Elsewhere);
            })
            .await;
            assert!(page.contains(words), "{page}");
        }
        let page = refused_for(Method::POST, StatusCode::FORBIDDEN, |_| {}).await;
        assert!(page.contains("needs a role that your account does not have"), "{page}");
    }
}
