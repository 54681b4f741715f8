//! Bodies are read whole before anything else looks at them: each in bounded size and bounded time, and all
//! that are here at one time in bounded memory.
//!
//! A browser reads no answer before it has sent everything. If its connection is closed before that, the
//! person is shown "connection reset" instead of the page that says what to do. So a body that is too
//! large, or for which there is no room, is read and thrown away, up to a bound, and then refused. A body
//! that does not arrive in time is refused, and its connection is closed.
//!
//! Memory is taken as bytes arrive, not as they are announced: otherwise a client that announces much and
//! sends nothing would take the room of all others. One household takes at most a share of each room: no
//! other limit counts by address what still arrives, and a slow sender holds its room for long.
//!
//! Files have a room of their own, so that they cannot take that of the forms. A larger body is taken only
//! where a session's cookie comes with it; without one, the address takes no more than any other. Only the
//! layers further inside know whether the cookie is of a session. Anybody can make one up, and gets a
//! household's share of the files' room for it, no more. A large form takes of the forms' room as long as
//! it is no larger than any form may be, so that nobody's files keep it out. Once it is larger, all of it
//! is in the files' room.
//!
//! A form that is refused further inside for lack of room, that fails there, or that is not answered in time is not
//! lost: it goes back with the page that says so ([`super::again`]).
//!
//! What it must never do: wait for room. A request that waits holds what has arrived of it so far.

use super::{
    again::Form,
    chain::Next,
    household::{self, Counts},
    refused::{Limit, Refused},
};
use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use ports::{failure::AGAIN_AFTER, look::cookie};
use std::{
    future::poll_fn,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// Most bytes that are read to be thrown away.
const MOST: usize = 8 << 20;

/// One household takes one byte of a room in so many, or as much as one body there may have where that
/// is more.
const SHARE: usize = 8;

/// Memory for bodies.
#[derive(Clone)]
pub struct Room {
    forms: Arc<Part>,
    files: Arc<Part>,
}

impl Room {
    /// So many bytes for forms, and a quarter of that for files.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        let part = |most| Arc::new(Part { most, taken: Mutex::default() });
        Self { forms: part(bytes), files: part(bytes / 4) }
    }
}

/// The memory for one kind of body.
struct Part {
    most: usize,
    taken: Mutex<Taken>,
}

/// The bytes that are taken now.
#[derive(Default)]
struct Taken {
    all: usize,
    of: Counts,
}

impl Part {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes bytes for a household, where one body may have `most_of_body`. Without waiting: who waits
    /// for room holds what has arrived so far.
    fn take(&self, household: IpAddr, bytes: usize, most_of_body: usize) -> Result<(), Unread> {
        let mut taken = self.taken();
        let all = taken.all + bytes;
        if all > self.most {
            return Err(Unread::NoRoom);
        }
        if taken.of.of(household) + bytes > (self.most / SHARE).max(most_of_body) {
            return Err(Unread::NoShare);
        }
        taken.all = all;
        taken.of.take(household, bytes);
        Ok(())
    }

    fn give_back(&self, household: IpAddr, bytes: usize) {
        let mut taken = self.taken();
        taken.all -= bytes;
        taken.of.give_back(household, bytes);
    }
}

/// What one body takes, all of one part; given back when this is dropped.
struct Held {
    part: Arc<Part>,
    household: IpAddr,
    bytes: usize,
}

impl Held {
    /// Takes of this part what a body has by now, in place of what it had.
    fn grow(&mut self, part: &Arc<Part>, length: usize, most: usize) -> Result<(), Unread> {
        let moves = !Arc::ptr_eq(part, &self.part);
        let has = if moves { 0 } else { self.bytes };
        part.take(self.household, length - has, most)?;
        if moves {
            self.part.give_back(self.household, self.bytes);
            self.part = part.clone();
        }
        self.bytes = length;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.part.give_back(self.household, self.bytes);
    }
}

/// An address that takes more than others of whoever sends a session's cookie.
#[derive(Clone, Copy)]
pub struct Larger {
    /// The address.
    pub path: &'static str,
    /// Most bytes that it takes.
    pub bytes: usize,
    /// Whether it takes a file, which takes nothing of the forms' room, or a form.
    pub file: bool,
}

/// How large, how slow, and how much at one time.
#[derive(Clone)]
pub struct Bounds {
    /// Most bytes.
    pub bytes: usize,
    /// Longest time.
    pub time: Duration,
    /// What all that are here together take.
    pub room: Room,
    /// Addresses that take more.
    pub larger: &'static [Larger],
    /// The name of the session's cookie.
    pub session: &'static str,
    /// Whether our own proxy stands in front, and says whose a request is.
    pub behind_proxy: bool,
}

impl Bounds {
    /// Most bytes of a request, and whether they are a file's.
    fn of(&self, parts: &Parts) -> (usize, bool) {
        let larger = self.larger.iter().find(|larger| larger.path == parts.uri.path());
        match larger {
            Some(larger) if cookie(&parts.headers, self.session).is_some() => {
                (larger.bytes, larger.file)
            }
            _ => (self.bytes, false),
        }
    }

    /// Reads a body of at most so many bytes, a file or a form.
    async fn read(
        &self,
        mut body: Body,
        most: usize,
        file: bool,
        household: IpAddr,
    ) -> Result<(Vec<u8>, Held), Unread> {
        let held = Held { part: self.room.forms.clone(), household, bytes: 0 };
        let (mut here, mut length) = (Ok((Vec::new(), held)), 0);
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let Ok(frame) = frame else { return Err(Unread::Broken) };
            let Some(data) = frame.data_ref() else { continue };
            length += data.len();
            // What will be refused takes no room of others.
            if length > most {
                here = Err(Unread::TooLarge);
                if length > MOST {
                    break;
                }
            } else if let Ok((bytes, held)) = &mut here {
                let grown = if file || length > self.bytes {
                    held.grow(&self.room.files, length, most)
                } else {
                    held.grow(&self.room.forms, length, self.bytes)
                };
                match grown {
                    Ok(()) => bytes.extend_from_slice(data),
                    Err(unread) => here = Err(unread),
                }
            }
        }
        here
    }
}

/// Why a body is not here.
enum Unread {
    TooLarge,
    NoRoom,
    /// Its household holds its share of the room.
    NoShare,
    Broken,
}

impl Unread {
    fn refusal(&self) -> Response {
        match self {
            Self::TooLarge => Refused(Limit::BodySize).with(StatusCode::PAYLOAD_TOO_LARGE),
            Self::NoRoom => {
                Refused(Limit::BodyMemory).until(StatusCode::SERVICE_UNAVAILABLE, AGAIN_AFTER)
            }
            Self::NoShare => {
                let limit = Refused(Limit::BodyMemoryOfAddress);
                limit.until(StatusCode::TOO_MANY_REQUESTS, AGAIN_AFTER)
            }
            Self::Broken => StatusCode::BAD_REQUEST.into_response(),
        }
    }
}

/// Refuses what is too large or too slow, or has no room.
pub async fn layer(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|value| value.parse().ok());
    let (bytes, file) = bounds.of(&parts);
    let most = if announced.is_some_and(|length: usize| length > bytes) { 0 } else { bytes };
    let household = household::of_request(&parts.headers, &parts.extensions, bounds.behind_proxy);
    let read = bounds.read(body, most, file, household);
    // What is held is given back when the request ends.
    let (bytes, _held) = match timeout(bounds.time, read).await {
        Ok(Ok((bytes, held))) => (Bytes::from(bytes), held),
        Ok(Err(unread)) => return unread.refusal(),
        Err(_) => {
            let mut response = Refused(Limit::BodyTime).with(StatusCode::REQUEST_TIMEOUT);
            // What still comes is no request.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            return response;
        }
    };
    let form = Form::of(&parts, &bytes);
    let mut response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if let Some(form) = form {
        response.extensions_mut().insert(form);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::chain::Chain;
    use axum::{Router, routing::post};
    use std::io;
    use tokio::{
        sync::{Notify, mpsc},
        task::{JoinHandle, yield_now},
    };
    use tokio_stream::wrappers::ReceiverStream;
    use tower::ServiceExt as _;

    const FILES: &str = "/files";
    const LARGE_FORM: &str = "/large-form";
    const SESSION: &str = "a=1; session=abc";

    fn bounds(bytes: usize) -> Bounds {
        Bounds {
            bytes: 1000,
            time: Duration::from_secs(5),
            room: Room::of(bytes),
            larger: &[
                Larger { path: FILES, bytes: 5000, file: true },
                Larger { path: LARGE_FORM, bytes: 5000, file: false },
            ],
            session: "session",
            behind_proxy: true,
        }
    }

    fn router(bounds: &Bounds) -> Router {
        let echo = post(async |body: Bytes| body.len().to_string());
        Router::new()
            .route("/", echo.clone())
            .route(FILES, echo.clone())
            .route(LARGE_FORM, echo)
            .layer(Chain::default().with(bounds.clone(), layer))
    }

    fn letters(number: usize) -> Bytes {
        vec![b'x'; number].into()
    }

    async fn send(router: &Router, from: &str, path: &str, cookie: &str, body: Body) -> Response {
        let request = Request::post(path).header("x-forwarded-for", from);
        let request = request.header(header::COOKIE, cookie).body(body).unwrap();
        router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a body of which so many bytes come at once, the others when they are sent on, and which ends
    /// with the sender.
    fn dribble(
        router: &Router,
        from: &'static str,
        path: &'static str,
        bytes: usize,
    ) -> (mpsc::Sender<io::Result<Bytes>>, JoinHandle<StatusCode>) {
        let (sender, receiver) = mpsc::channel(4);
        sender.try_send(Ok(letters(bytes))).unwrap();
        let (router, body) = (router.clone(), Body::from_stream(ReceiverStream::new(receiver)));
        let status = async move { send(&router, from, path, SESSION, body).await.status() };
        (sender, tokio::spawn(status))
    }

    fn free(bounds: &Bounds) -> (usize, usize) {
        let free = |part: &Part| part.most - part.taken().all;
        (free(&bounds.room.forms), free(&bounds.room.files))
    }

    /// Waits until so much is free.
    async fn until_free(bounds: &Bounds, expected: (usize, usize)) {
        let wait = async {
            while free(bounds) != expected {
                yield_now().await;
            }
        };
        let waited = timeout(Duration::from_mins(1), wait).await;
        assert!(waited.is_ok(), "{:?} are free, not {expected:?}", free(bounds));
    }

    #[tokio::test]
    async fn a_file_is_taken_of_whoever_sends_a_sessions_cookie() {
        let bounds = bounds(20_000);
        let router = router(&bounds);
        for (path, cookie, status) in [
            (FILES, SESSION, StatusCode::OK),
            (FILES, "a=1", StatusCode::PAYLOAD_TOO_LARGE),
            (FILES, "other-session=abc", StatusCode::PAYLOAD_TOO_LARGE),
            (LARGE_FORM, SESSION, StatusCode::OK),
            (LARGE_FORM, "a=1", StatusCode::PAYLOAD_TOO_LARGE),
            ("/", SESSION, StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let response = send(&router, "192.0.2.1", path, cookie, letters(4000).into()).await;
            assert_eq!(response.status(), status, "{path} {cookie}");
            assert_eq!(free(&bounds), (20_000, 5_000), "all is given back");
        }
    }

    #[tokio::test]
    async fn what_arrives_takes_room_until_the_request_ends_and_what_has_none_is_refused() {
        let bounds = bounds(1600);
        let (arrived, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (there, on) = (arrived.clone(), goes_on.clone());
        let slow = post(async move |body: Bytes| {
            there.notify_one();
            on.notified().await;
            body.len().to_string()
        });
        let router = router(&bounds).merge(
            Router::new().route("/slow", slow).layer(Chain::default().with(bounds.clone(), layer)),
        );
        let running = tokio::spawn({
            let router = router.clone();
            async move { send(&router, "192.0.2.1", "/slow", "", letters(900).into()).await.status() }
        });
        arrived.notified().await;
        assert_eq!(free(&bounds), (700, 400));
        let send = |path: &'static str, bytes| {
            send(&router, "192.0.2.2", path, SESSION, letters(bytes).into())
        };
        let refused = send("/", 800).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
        assert_eq!(refused.extensions().get(), Some(&Refused(Limit::BodyMemory)));
        assert_eq!(free(&bounds), (700, 400), "what is refused holds nothing");
        assert_eq!(send("/", 600).await.status(), StatusCode::OK);
        // Files have their own, and what is announced takes none.
        assert_eq!(send(FILES, 401).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        goes_on.notify_one();
        assert_eq!(running.await.unwrap(), StatusCode::OK);
        assert_eq!(free(&bounds), (1600, 400));
    }

    #[tokio::test]
    async fn one_household_has_a_share_of_the_room_and_others_are_served() {
        let bounds = bounds(16_000);
        let router = router(&bounds);
        let (one, first) = dribble(&router, "2001:db8::1", "/", 900);
        let (other, second) = dribble(&router, "2001:db8::2", "/", 900);
        until_free(&bounds, (14_200, 4_000)).await;
        let form = |from: &'static str, bytes| send(&router, from, "/", "", letters(bytes).into());
        let refused = form("2001:db8::3", 300).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
        assert_eq!(refused.extensions().get(), Some(&Refused(Limit::BodyMemoryOfAddress)));
        assert_eq!(free(&bounds), (14_200, 4_000), "what is refused holds nothing");
        assert_eq!(form("2001:db8::3", 200).await.status(), StatusCode::OK, "it is an eighth");
        assert_eq!(form("2001:db8:0:100::1", 1000).await.status(), StatusCode::OK, "a neighbour");
        drop((one, other));
        assert_eq!(first.await.unwrap(), StatusCode::OK);
        assert_eq!(second.await.unwrap(), StatusCode::OK);
        assert_eq!(form("2001:db8::3", 300).await.status(), StatusCode::OK);
        assert_eq!(free(&bounds), (16_000, 4_000));
        assert!(bounds.room.forms.taken().of.is_empty(), "who holds nothing is forgotten");
        // An eighth of the files' room is less than a file may have.
        let (file, third) = dribble(&router, "192.0.2.1", FILES, 4000);
        until_free(&bounds, (16_000, 0)).await;
        drop(file);
        assert_eq!(third.await.unwrap(), StatusCode::OK);
        assert!(bounds.room.files.taken().of.is_empty(), "who holds nothing is forgotten");
    }

    #[tokio::test]
    async fn a_large_form_takes_of_the_room_for_files_what_is_larger_than_a_form() {
        let bounds = bounds(16_000);
        let router = router(&bounds);
        let (file, importing) = dribble(&router, "192.0.2.1", FILES, 3000);
        until_free(&bounds, (16_000, 1_000)).await;
        let (form, saving) = dribble(&router, "192.0.2.2", LARGE_FORM, 1000);
        until_free(&bounds, (15_000, 1_000)).await;
        form.try_send(Ok(letters(1))).unwrap();
        drop(form);
        assert_eq!(saving.await.unwrap(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(free(&bounds), (16_000, 1_000));
        drop(file);
        assert_eq!(importing.await.unwrap(), StatusCode::OK);
        let (form, saving) = dribble(&router, "192.0.2.2", LARGE_FORM, 1000);
        until_free(&bounds, (15_000, 4_000)).await;
        form.try_send(Ok(letters(200))).unwrap();
        until_free(&bounds, (16_000, 2_800)).await;
        drop(form);
        assert_eq!(saving.await.unwrap(), StatusCode::OK);
        assert_eq!(free(&bounds), (16_000, 4_000));
    }
}
