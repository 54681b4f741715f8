//! Forms that say that they are too large.
//!
//! A browser reads no answer before it has sent everything: closing the connection on it shows
//! the person "connection reset" instead of the page that says what to do. So what comes is read
//! and thrown away, up to a bound, and then refused. What does not say how large it is meets the
//! limit of the body itself.

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_LENGTH},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::{future::poll_fn, pin::Pin};

/// Most bytes that are read to be thrown away.
const MOST: usize = 8 << 20;

/// Refuses a request whose head announces more than `limit` bytes.
pub async fn layer(State(limit): State<usize>, request: Request, next: Next) -> Response {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced: Option<usize> = announced.and_then(|value| value.parse().ok());
    if announced.is_none_or(|length| length <= limit) {
        return next.run(request).await;
    }
    throw_away(request.into_body()).await;
    StatusCode::PAYLOAD_TOO_LARGE.into_response()
}

async fn throw_away(mut body: Body) {
    let mut read = 0;
    while read < MOST
        && let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}
