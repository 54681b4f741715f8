//! Pages that are the same for everybody who is not signed in, drawn once a second at most.
//!
//! When a poll of a whole country opens, most people arrive signed out, at the same few pages. Two
//! layers serve those without drawing them again:
//!
//! - [`settle`], inside the compression, makes a page fit for many readers. A nonce must be another one
//!   for each response; so the page's content security policy names its inline scripts by their SHA-256
//!   instead. And the page gets an `ETag`, by which it is known again.
//! - [`serve`], outside everything that costs something, keeps the finished response for a second
//!   and answers from it, or with 304 to whoever has that page already.
//!
//! What it must never do: keep anything that was made for a person. A request with a session's
//! cookie is passed on, and a response is not kept that sets a cookie, is no page or is not 200.
//!
//! Programs get the same pages: those that show where a link leads take anything, and some want the head alone.

use super::{chain::Next, etag::is_known};
use crate::identity::session_cookie;
use axum::{
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
            CONTENT_TYPE, ETAG, SET_COOKIE, VARY,
        },
    },
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use moka::future::Cache;
use ports::{
    look::{Look, cookie, wants_html},
    routes::FUNCTIONS,
};
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Write as _,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;

/// How long a page is kept. The list of polls that it was drawn from may have been as old
/// (`crate::polls::catalogue`), so that what another server has changed shows within two seconds.
const KEPT: Duration = Duration::from_secs(1);
/// How many bytes of pages are kept.
const BYTES: u64 = 32 << 20;
/// The largest page that is kept; a larger one is drawn for each reader.
const LARGEST: usize = 2 << 20;

/// What tells two public pages apart.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    edition: u64,
    address: String,
    language: &'static str,
    display: String,
    encoding: String,
}

/// A finished response.
#[derive(Clone)]
struct Kept {
    headers: HeaderMap,
    body: Bytes,
}

/// The pages at hand.
pub struct PublicPages {
    pages: Cache<Key, Kept>,
    /// Rises with every change that this server makes to what anyone may see: pages of an earlier
    /// edition are shown no more.
    edition: Arc<AtomicU64>,
}

impl PublicPages {
    /// No pages yet, of a portal whose changes are counted in `edition`.
    #[must_use]
    pub fn new(edition: Arc<AtomicU64>) -> Self {
        let weight = |_: &Key, kept: &Kept| u32::try_from(kept.body.len()).unwrap_or(u32::MAX);
        let pages = Cache::builder().max_capacity(BYTES).weigher(weight).time_to_live(KEPT);
        Self { pages: pages.build(), edition }
    }
}

/// A page for many readers, on its way out.
#[derive(Clone, Copy)]
struct Settled;

/// Whether the browser says that there is a session, valid or not.
fn has_session(headers: &HeaderMap) -> bool {
    [true, false].into_iter().any(|https| cookie(headers, session_cookie::name(https)).is_some())
}

/// Whether the client takes whatever there is: a program, such as one that shows where a link leads.
fn takes_anything(headers: &HeaderMap) -> bool {
    let anything = |accept: &str| accept.trim_start().starts_with("*/*");
    headers.get(ACCEPT).is_none_or(|accept| accept.to_str().is_ok_and(anything))
}

/// Whether a page may stand at this address, for whoever takes anything: nobody is to wait for what would
/// not be kept, and whoever asks whether the portal is well for nothing at all.
fn may_be_a_page(path: &str) -> bool {
    let beside = [FUNCTIONS, "/auth/", "/healthz", "/readyz"];
    // Only files have an ending.
    !beside.iter().any(|beside| path.starts_with(beside)) && !path.contains('.')
}

fn asks_for_a_public_page(request: &Request) -> bool {
    let headers = request.headers();
    [Method::GET, Method::HEAD].contains(request.method())
        && (wants_html(headers) || (takes_anything(headers) && may_be_a_page(request.uri().path())))
        && !has_session(headers)
        // A body that still comes would be waited for, and others would wait with it.
        && request.body().is_end_stream()
}

/// The policy with the hashes of the page's inline scripts in place of its nonce, and the page
/// without it; `None` where the policy has no nonce.
fn without_nonce(policy: &str, page: &str) -> Option<(String, String)> {
    let (before, rest) = policy.split_once("'nonce-")?;
    let (nonce, after) = rest.split_once('\'')?;
    let attribute = format!(" nonce=\"{nonce}\"");
    let mut hashes = String::new();
    for script in page.split("<script").skip(1) {
        let Some((head, rest)) = script.split_once('>') else { continue };
        let Some((words, _)) = rest.split_once("</script>") else { continue };
        // The browser hashes what is between the tags; a script of another file is named by 'self'.
        if head.contains(&attribute) && !head.contains(" src=") {
            let hash = BASE64_STANDARD.encode(Sha256::digest(words));
            let _ = write!(hashes, "'sha256-{hash}' ");
        }
    }
    let policy = format!("{before}{}{after}", hashes.trim_end());
    // The framework writes the nonce where a preload says how it is fetched, too.
    let fetched = format!(" crossorigin=\"{nonce}\"");
    let page = page.replace(&attribute, "").replace(&fetched, " crossorigin=\"anonymous\"");
    Some((policy, page))
}

/// All of a page. One that breaks off while it is drawn is none.
async fn whole(body: Body) -> Option<Bytes> {
    let whole = to_bytes(body, usize::MAX).await;
    whole.inspect_err(|error| tracing::error!(%error, "a page broke off")).ok()
}

/// Makes a public page fit for many readers.
pub async fn settle(State(()): State<()>, request: Request, next: Next) -> Response {
    if !asks_for_a_public_page(&request) {
        return next.run(request).await;
    }
    let response = next.run(request).await;
    let headers = response.headers();
    let html = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    // A large one may wait on the disk for its reader.
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let too_large = length.is_some_and(|length: usize| length > LARGEST);
    if response.status() != StatusCode::OK || !html || too_large || headers.contains_key(SET_COOKIE)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Some(body) = whole(body).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if body.len() > LARGEST {
        // It was drawn; only keeping it would cost too much.
        return Response::from_parts(parts, body.into());
    }
    let settled = parts
        .headers
        .get(CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok())
        .zip(std::str::from_utf8(&body).ok())
        .and_then(|(policy, page)| without_nonce(policy, page));
    let Some((policy, page)) = settled else { return Response::from_parts(parts, body.into()) };
    let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&page)[..16]));
    let (Ok(policy), Ok(tag)) = (HeaderValue::try_from(policy), HeaderValue::try_from(tag)) else {
        return Response::from_parts(parts, body.into());
    };
    parts.headers.insert(CONTENT_SECURITY_POLICY, policy);
    parts.headers.insert(ETAG, tag);
    // Whoever keeps it asks each time whether it is still the same.
    parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    parts.headers.append(VARY, HeaderValue::from_static("cookie, accept-language"));
    parts.headers.remove(CONTENT_LENGTH);
    parts.extensions.insert(Settled);
    Response::from_parts(parts, page.into())
}

fn answer(kept: Kept, request: &HeaderMap) -> Response {
    let Kept { headers, body } = kept;
    let known = headers.get(ETAG).is_some_and(|tag| is_known(request, tag));
    let mut response = Response::new(if known { Body::empty() } else { body.into() });
    *response.headers_mut() = headers;
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// Answers from what is at hand.
pub async fn serve(
    State(pages): State<Arc<PublicPages>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !asks_for_a_public_page(&request) {
        return next.run(request).await;
    }
    // Whoever wants the head alone gets that of the page, for which it is drawn; the router takes the body
    // away from every answer to HEAD.
    *request.method_mut() = Method::GET;
    let look = Look::of_request(&mut request);
    // Every line of it, as the compression reads them: a page is for whoever takes its encoding.
    let encodings = request.headers().get_all(ACCEPT_ENCODING).iter();
    let encoding: Vec<_> = encodings.filter_map(|value| value.to_str().ok()).collect();
    let key = Key {
        edition: pages.edition.load(Ordering::Acquire),
        address: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        language: look.language.tag(),
        display: look.display.to_cookie(),
        encoding: encoding.join(","),
    };
    if let Some(kept) = pages.pages.get(&key).await {
        return answer(kept, request.headers());
    }
    let asked = request.headers().clone();
    // Many who come at once wait for the one page that is drawn for the first of them. What is not kept
    // goes to that one, and the others get each their own.
    let (mut unasked, mut own) = (Some((request, next)), None);
    let drawing = AtomicBool::new(false);
    let draw = async {
        let (request, next) = unasked.take().ok_or(())?;
        drawing.store(true, Ordering::Relaxed);
        match drawn(next.run(request).await).await {
            Ok(kept) => Ok(kept),
            Err(response) => {
                own = Some(*response);
                Err(())
            }
        }
    };
    let got = {
        let mut getting = pin!(pages.pages.try_get_with(key, draw));
        match timeout(KEPT, &mut getting).await {
            Ok(got) => got.ok(),
            // Whoever draws goes on; the others do not wait longer than they would for a page of their own.
            Err(_) if drawing.load(Ordering::Relaxed) => getting.await.ok(),
            Err(_) => None,
        }
    };
    match got {
        Some(kept) => answer(kept, &asked),
        None => match (own, unasked) {
            (Some(response), _) => response,
            (None, Some((request, next))) => next.run(request).await,
            // Neither can be: the request is taken where the response is put.
            (None, None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    }
}

/// A response to be kept, or one that is for whoever asked.
async fn drawn(response: Response) -> Result<Kept, Box<Response>> {
    let settled = response.extensions().get::<Settled>().is_some();
    if !settled || response.headers().contains_key(SET_COOKIE) {
        return Err(Box::new(response));
    }
    let (parts, body) = response.into_parts();
    let Some(body) = whole(body).await else {
        return Err(Box::new(StatusCode::INTERNAL_SERVER_ERROR.into_response()));
    };
    let mut headers = parts.headers;
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Ok(Kept { headers, body })
}

#[cfg(test)]
mod tests {
    use super::{
        LARGEST, PublicPages, Settled, asks_for_a_public_page, has_session, serve, settle,
        without_nonce,
    };
    use crate::http::chain::Chain;
    use axum::{
        Router,
        body::{Body, Bytes, to_bytes},
        http::{HeaderMap, HeaderValue, Method, Request, header},
        response::IntoResponse as _,
        routing::get,
    };
    use std::{
        io,
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
        time::Duration,
    };
    use tower::ServiceExt as _;

    #[test]
    fn inline_scripts_are_named_by_their_hash() {
        let policy = "default-src 'none'; script-src 'self' 'nonce-abc' 'wasm-unsafe-eval'";
        let page = "<link href=\"/a.js\" nonce=\"abc\" crossorigin=\"abc\"><script nonce=\"abc\">alert(1)</script>\
                    <script src=\"/a.js\" nonce=\"abc\"></script><script>forged()</script>";
        let (policy, page) = without_nonce(policy, page).expect("there is a nonce");
        // From `printf 'alert(1)' | openssl dgst -sha256 -binary | base64`.
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self' \
             'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' 'wasm-unsafe-eval'"
        );
        assert!(!page.contains("nonce") && !page.contains("abc"), "{page}");
        assert!(page.contains("<script>alert(1)</script>"));
        assert!(without_nonce("default-src 'none'", "<script></script>").is_none());
    }

    #[test]
    fn a_session_is_seen_among_other_cookies() {
        let with = |cookie: &'static str| {
            has_session(&HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]))
        };
        assert!(with("language=ru; session=1"));
        assert!(with("__Host-session=1"));
        assert!(!with("language=ru; display=large.dark.wide"));
        assert!(!has_session(&HeaderMap::new()));
        // Beside one that another server of the domain has set, in letters of its own.
        let foreign = HeaderValue::from_bytes("city=Москва; session=1".as_bytes()).unwrap();
        assert!(has_session(&HeaderMap::from_iter([(header::COOKIE, foreign)])));
        // One that only looks like ours, which another server of the domain can set.
        let alike = HeaderValue::from_bytes("\u{2000}__Host-session=1".as_bytes()).unwrap();
        assert!(!has_session(&HeaderMap::from_iter([(header::COOKIE, alike)])));
    }

    /// A page behind the layer that keeps pages, and how often it was drawn; each drawing takes a while.
    fn kept(settled: bool) -> (Router, Arc<AtomicU64>) {
        let drawn = Arc::new(AtomicU64::new(0));
        let count = drawn.clone();
        let draw = move |headers: HeaderMap| async move {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(50)).await;
            let encodings = headers.get_all(header::ACCEPT_ENCODING).iter().count();
            let mut response = format!("for {encodings}").into_response();
            if settled {
                response.extensions_mut().insert(Settled);
            }
            response
        };
        let pages = Arc::new(PublicPages::new(Arc::default()));
        let around = Chain::default().with(pages, serve);
        (Router::new().route("/", get(draw)).layer(around), drawn)
    }

    async fn asked(router: &Router, encodings: &[&str]) -> String {
        let mut request = Request::get("/").header(header::ACCEPT, "text/html");
        for encoding in encodings {
            request = request.header(header::ACCEPT_ENCODING, *encoding);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn of_many_who_come_at_once_one_page_is_drawn_and_what_is_not_kept_is_each_ones_own() {
        for (settled, times) in [(true, 1), (false, 20)] {
            let (router, drawn) = kept(settled);
            let many: Vec<_> = (0..20)
                .map(|_| {
                    let router = router.clone();
                    tokio::spawn(async move { asked(&router, &[]).await })
                })
                .collect();
            for one in many {
                assert_eq!(one.await.unwrap(), "for 0");
            }
            assert_eq!(drawn.load(Ordering::Relaxed), times);
        }
    }

    /// Whoever sends half a request is waited for by nobody else, and a slow first one not for long.
    #[tokio::test]
    async fn nobody_waits_long_for_what_another_is_drawn() {
        let pages = Arc::new(PublicPages::new(Arc::default()));
        let first = Arc::new(AtomicU64::new(0));
        let slow = move || async move {
            if first.fetch_add(1, Ordering::Relaxed) == 0 {
                tokio::time::sleep(Duration::from_mins(1)).await;
            }
            let mut response = "drawn".into_response();
            response.extensions_mut().insert(Settled);
            response
        };
        let around = Chain::default().with(pages, serve);
        let router = Router::new().route("/", get(slow)).layer(around);
        let one = router.clone();
        let one = tokio::spawn(async move { asked(&one, &[]).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let other = tokio::time::timeout(Duration::from_secs(10), asked(&router, &[])).await;
        assert_eq!(other.unwrap(), "drawn");
        one.abort();
    }

    #[test]
    fn a_request_of_which_more_comes_is_for_no_public_page() {
        let page = |body| Request::get("/").header(header::ACCEPT, "text/html").body(body).unwrap();
        assert!(asks_for_a_public_page(&page(Body::empty())));
        assert!(!asks_for_a_public_page(&page(Body::from("x"))));
    }

    #[test]
    fn programs_that_take_anything_ask_for_pages_and_for_nothing_else() {
        let asks = |accept: Option<&str>, path: &str| {
            let mut request = Request::head(path);
            if let Some(accept) = accept {
                request = request.header(header::ACCEPT, accept);
            }
            asks_for_a_public_page(&request.body(Body::empty()).unwrap())
        };
        for accept in [Some("*/*"), Some("*/*;q=0.8"), None] {
            for page in ["/", "/polls?tab=open", "/polls/7/results?by=region"] {
                assert!(asks(accept, page), "{accept:?} {page}");
            }
            for beside in ["/api/polls/list", "/auth/session", "/readyz", "/pkg/a.js", "/x.csv"] {
                assert!(!asks(accept, beside), "{accept:?} {beside}");
            }
        }
        assert!(!asks(Some("application/json"), "/polls"));
        assert!(!asks(Some("image/webp,*/*;q=0.8"), "/polls"));
    }

    #[tokio::test]
    async fn a_head_and_a_program_are_answered_from_the_page_that_is_kept() {
        let (router, drawn) = kept(true);
        for (method, accept) in [
            (Method::HEAD, "text/html"),
            (Method::GET, "text/html"),
            (Method::GET, "*/*"),
            (Method::HEAD, "*/*"),
        ] {
            let request = Request::builder().method(&method).header(header::ACCEPT, accept);
            let request = request.body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers()[header::CONTENT_LENGTH], "5", "{method} {accept}");
            let body = to_bytes(response.into_body(), 1000).await.unwrap();
            let whole = if method == Method::HEAD { "" } else { "for 0" };
            assert_eq!(body, whole, "{method} {accept}");
        }
        assert_eq!(drawn.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_waits_on_the_disk_for_its_reader_is_not_read_back() {
        let length = LARGEST + 1;
        let page = move || async move {
            let head = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
                (header::CONTENT_LENGTH, length.to_string()),
            ];
            let broken = Err::<Bytes, _>(io::Error::other("somebody reads it"));
            (head, Body::from_stream(tokio_stream::once(broken))).into_response()
        };
        let router = Router::new().route("/", get(page)).layer(Chain::default().with((), settle));
        let request = Request::get("/").header(header::ACCEPT, "text/html");
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
    }

    #[tokio::test]
    async fn a_page_is_for_whoever_takes_its_encoding() {
        let (router, _) = kept(true);
        assert_eq!(asked(&router, &["gzip", "br"]).await, "for 2");
        assert_eq!(asked(&router, &["gzip"]).await, "for 1");
    }
}
