//! The mark of a request that was refused by a limit: which limit it was. The response's page needs it, and
//! those who run the portal count it.
//!
//! What it must never do: say who was refused.

use super::chain::Next;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};

/// The limit of what may wait for a store together.
pub const QUEUE: Refused = Refused("queue");

/// The name of the limit, in the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl Refused {
    /// The refusal, without a body: [`super::errors`] gives it one.
    #[must_use]
    pub fn with(self, status: StatusCode) -> Response {
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }

    /// The refusal of what can be tried again after `seconds`.
    #[must_use]
    pub fn until(self, status: StatusCode, seconds: u64) -> Response {
        let mut response = self.with(status);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        response
    }
}

/// Names the limit where a page, a form or a file says that there was no room. Those know that something
/// was busy ([`ports::failure::Failure::Busy`]), and nothing of limits.
pub async fn queues(State(()): State<()>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE
        && response.extensions().get::<Refused>().is_none()
    {
        response.extensions_mut().insert(QUEUE);
    }
    response
}
