//! Bodies, read whole before anything else looks at them: in bounded size, in bounded time, and all
//! that are here at one time in bounded memory.
//!
//! A browser reads no answer before it has sent everything: closing the connection on it shows
//! the person "connection reset" instead of the page that says what to do. So what is too large, or
//! has no room, is read and thrown away, up to a bound, and then refused. What does not arrive in time
//! is refused, and its connection closed.
//!
//! Memory is taken as bytes arrive, not as they are announced: else who announces much and sends
//! nothing would take the room of all others. Files have a room of their own, so that they cannot
//! take that of the forms, and are taken from whoever has a session; from others the address takes
//! no more than any.
//!
//! A form that is refused for lack of room, below, is not lost: it goes back with the refusal
//! ([`super::again`]).

use super::{again::Form, chain::Next, refused::Refused};
use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use ports::look::cookie;
use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Most bytes that are read to be thrown away.
const MOST: usize = 8 << 20;
/// Seconds after which to try again where there is no room.
const LATER: u64 = 5;

/// Memory for bodies, a permit a byte.
#[derive(Clone, Debug)]
pub struct Room {
    forms: Arc<Semaphore>,
    files: Arc<Semaphore>,
}

impl Room {
    /// So many bytes for forms, and a quarter of that for files.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        let room = |bytes: usize| Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)));
        Self { forms: room(bytes), files: room(bytes / 4) }
    }
}

/// How large, how slow, and how much at one time.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Most bytes.
    pub bytes: usize,
    /// Longest time.
    pub time: Duration,
    /// What all that are here together take.
    pub room: Room,
    /// Addresses that take files of whoever has a session, each with the most bytes that it takes.
    pub larger: &'static [(&'static str, usize)],
    /// The name of the session's cookie.
    pub session: &'static str,
}

impl Bounds {
    /// Most bytes of a request, and the room that they take.
    fn of(&self, parts: &Parts) -> (usize, &Arc<Semaphore>) {
        let larger = self.larger.iter().find(|(address, _)| *address == parts.uri.path());
        match larger {
            Some((_, bytes)) if cookie(&parts.headers, self.session).is_some() => {
                (*bytes, &self.room.files)
            }
            _ => (self.bytes, &self.room.forms),
        }
    }
}

/// What became of a body.
enum Read {
    /// It is here, and takes so much of the room until the permit is given back.
    Whole(Bytes, Option<OwnedSemaphorePermit>),
    TooLarge,
    NoRoom,
    Broken,
}

/// Refuses what is too large or too slow, or has no room.
pub async fn layer(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|value| value.parse().ok());
    let (bytes, room) = bounds.of(&parts);
    let most = if announced.is_some_and(|length: usize| length > bytes) { 0 } else { bytes };
    // The permit ends with the request.
    let (bytes, _held) = match timeout(bounds.time, read(body, most, room)).await {
        Ok(Read::Whole(bytes, held)) => (bytes, held),
        Ok(Read::TooLarge) => {
            return Refused("body_size").with(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Ok(Read::NoRoom) => {
            return Refused("body_memory").until(StatusCode::SERVICE_UNAVAILABLE, LATER);
        }
        Ok(Read::Broken) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => {
            let mut response = Refused("body_time").with(StatusCode::REQUEST_TIMEOUT);
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

/// More of the room, for bytes that came; whether there was any.
fn take(held: &mut Option<OwnedSemaphorePermit>, room: &Arc<Semaphore>, bytes: usize) -> bool {
    let more = u32::try_from(bytes).ok().and_then(|bytes| {
        // Without waiting: who waits for room holds what has arrived so far.
        room.clone().try_acquire_many_owned(bytes).ok()
    });
    let Some(more) = more else { return false };
    match held {
        Some(held) => held.merge(more),
        None => *held = Some(more),
    }
    true
}

async fn read(mut body: Body, most: usize, room: &Arc<Semaphore>) -> Read {
    let (mut bytes, mut held) = (Vec::new(), None);
    let (mut length, mut full) = (0, false);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else { return Read::Broken };
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length > MOST.max(most) {
            break;
        }
        full = full || length <= most && !take(&mut held, room, data.len());
        if length <= most && !full {
            bytes.extend_from_slice(data);
        } else {
            // What will be refused takes no room of others.
            (bytes, held) = (Vec::new(), None);
        }
    }
    if length > most {
        Read::TooLarge
    } else if full {
        Read::NoRoom
    } else {
        Read::Whole(bytes.into(), held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::chain::Chain;
    use axum::{Router, routing::post};
    use tokio::sync::Notify;
    use tower::ServiceExt as _;

    const FILES: &str = "/files";

    fn bounds(bytes: usize) -> Bounds {
        Bounds {
            bytes: 1000,
            time: Duration::from_secs(5),
            room: Room::of(bytes),
            larger: &[(FILES, 5000)],
            session: "session",
        }
    }

    fn router(bounds: &Bounds) -> Router {
        let echo = post(async |body: Bytes| body.len().to_string());
        Router::new()
            .route("/", echo.clone())
            .route(FILES, echo)
            .layer(Chain::default().with(bounds.clone(), layer))
    }

    async fn send(router: &Router, path: &str, cookie: &str, body: Body) -> Response {
        let request = Request::post(path).header(header::COOKIE, cookie).body(body).unwrap();
        router.clone().oneshot(request).await.unwrap()
    }

    fn free(bounds: &Bounds) -> (usize, usize) {
        (bounds.room.forms.available_permits(), bounds.room.files.available_permits())
    }

    #[tokio::test]
    async fn a_file_is_taken_of_whoever_has_a_session() {
        let bounds = bounds(20_000);
        let router = router(&bounds);
        let file = || Body::from(vec![b'x'; 4000]);
        for (path, cookie, status) in [
            (FILES, "a=1; session=abc", StatusCode::OK),
            (FILES, "a=1", StatusCode::PAYLOAD_TOO_LARGE),
            (FILES, "other-session=abc", StatusCode::PAYLOAD_TOO_LARGE),
            ("/", "session=abc", StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let response = send(&router, path, cookie, file()).await;
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
            async move { send(&router, "/slow", "", Body::from(vec![b'x'; 900])).await.status() }
        });
        arrived.notified().await;
        assert_eq!(free(&bounds), (700, 400));
        let refused = send(&router, "/", "", Body::from(vec![b'x'; 800])).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
        assert_eq!(refused.extensions().get(), Some(&Refused("body_memory")));
        assert_eq!(free(&bounds), (700, 400), "what is refused holds nothing");
        let fits = send(&router, "/", "", Body::from(vec![b'x'; 600])).await;
        assert_eq!(fits.status(), StatusCode::OK);
        // Files have their own, and what is announced takes none.
        let file = send(&router, FILES, "session=abc", Body::from(vec![b'x'; 401])).await;
        assert_eq!(file.status(), StatusCode::SERVICE_UNAVAILABLE);
        goes_on.notify_one();
        assert_eq!(running.await.unwrap(), StatusCode::OK);
        assert_eq!(free(&bounds), (1600, 400));
    }
}
