//! Bodies, read whole before anything else looks at them: in bounded size, in bounded time.
//!
//! A browser reads no answer before it has sent everything: closing the connection on it shows
//! the person "connection reset" instead of the page that says what to do. So what is too large is
//! read and thrown away, up to a bound, and then refused. What does not arrive in time is refused,
//! and its connection closed.
//!
//! A form that is refused for lack of room, here or anywhere below, is not lost: it goes back with
//! the refusal ([`super::again`]).

use super::{again::Form, chain::Next, refused::Refused};
use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use std::{future::poll_fn, pin::Pin, time::Duration};
use tokio::time::timeout;

/// Most bytes that are read to be thrown away.
const MOST: usize = 8 << 20;

/// How large, and how slow.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most bytes.
    pub bytes: usize,
    /// Longest time.
    pub time: Duration,
    /// Addresses that take files, each with the most bytes that it takes.
    pub larger: &'static [(&'static str, usize)],
}

impl Bounds {
    /// Most bytes of a request for this address.
    fn bytes_for(&self, path: &str) -> usize {
        let larger = self.larger.iter().find(|(address, _)| *address == path);
        larger.map_or(self.bytes, |(_, bytes)| *bytes)
    }
}

/// What became of a body.
enum Read {
    Whole(Bytes),
    TooLarge,
    Broken,
}

/// Refuses what is too large or too slow.
pub async fn layer(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|value| value.parse().ok());
    let bytes = bounds.bytes_for(parts.uri.path());
    let most = if announced.is_some_and(|length: usize| length > bytes) { 0 } else { bytes };
    let bytes = match timeout(bounds.time, read(body, most)).await {
        Ok(Read::Whole(bytes)) => bytes,
        Ok(Read::TooLarge) => {
            return Refused("body_size").with(StatusCode::PAYLOAD_TOO_LARGE);
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

async fn read(mut body: Body, most: usize) -> Read {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else { return Read::Broken };
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length <= most {
            bytes.extend_from_slice(data);
        } else if length > MOST {
            break;
        }
    }
    if length <= most { Read::Whole(bytes.into()) } else { Read::TooLarge }
}
