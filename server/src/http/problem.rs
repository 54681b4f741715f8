//! What went wrong, for programs that use the API: RFC 9457 problem details. Who answers where the API does
//! not ([`super::errors`]) tells of it in the same form.
//!
//! What it must never do: show of what broke more than the id, under which the log has it.

#![allow(unused_qualifications, reason = "the macros of utoipa name types by their paths")]

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ports::failure::{AGAIN_AFTER, request_id};
use serde::Serialize;
use utoipa::ToSchema;

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    status: u16,
    /// What kind of problem it is: the name of the status.
    title: &'static str,
    /// What is wrong, and what to do about it.
    detail: &'static str,
    /// What can be quoted to the operator; the log has it, too. `proxy` where the server itself did not answer: of
    /// that its log has nothing.
    id: String,
    /// Whether there was a token, and it is none.
    #[serde(skip)]
    of_token: bool,
}

impl Problem {
    /// What is said of everything that is not the program's fault.
    pub const BROKEN: &'static str = "It is not your fault. Try again, or quote the id.";
    /// What is told where there is no room.
    pub const WAIT: &'static str = "Wait for as many seconds as Retry-After says, and try again.";

    /// The problem that answers the request that is being worked on.
    ///
    /// It has no `type`, so its title is that of the status (RFC 9457 §4.2.1).
    #[must_use]
    pub fn new(status: StatusCode, detail: &'static str) -> Self {
        let title = status.canonical_reason().unwrap_or_default();
        Self { status: status.as_u16(), title, detail, id: request_id(), of_token: false }
    }

    /// The same of a request that had a token: where it is refused for want of one, the token is none. Whether
    /// it was one once is not said.
    #[must_use]
    pub fn of_token(self) -> Self {
        Self { of_token: true, ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // RFC 6750 §3, §3.1: nothing is wrong with what there was not.
        let challenge = if self.of_token {
            "Bearer realm=\"releases\", error=\"invalid_token\""
        } else {
            "Bearer realm=\"releases\""
        };
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(AGAIN_AFTER));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_name_of_its_status() {
        for (status, title) in [
            (StatusCode::NOT_FOUND, "Not Found"),
            (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        ] {
            let problem = Problem::new(status, Problem::BROKEN);
            assert_eq!((problem.status, problem.title), (status.as_u16(), title));
            let response = problem.into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        }
    }
}
