//! What went wrong, for programs: RFC 9457 problem details.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ports::failure::{AGAIN_AFTER, Failure, request_id};
use serde::Serialize;
use utoipa::ToSchema;

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    status: u16,
    /// What kind of problem it is.
    title: &'static str,
    /// What to do about it.
    detail: &'static str,
    /// What can be quoted to the operator; the log has it, too.
    id: String,
}

impl Problem {
    fn new(status: u16, title: &'static str, detail: &'static str) -> Self {
        Self { status, title, detail, id: request_id() }
    }

    /// For an address that asks for more than there is.
    pub fn no_filters() -> Self {
        Self::new(
            400,
            "Nothing to filter by",
            "Only `lang` (en, ru) can be asked for. A release holds the tables of the poll's plan \
             and no others: free selections could be compared until they give somebody away.",
        )
    }

    /// For an address that asks for a language that the portal does not have, or for several.
    pub fn no_such_language() -> Self {
        Self::new(400, "No such language", "`lang` is `en` or `ru`, and is given once.")
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let (title, detail) = match failure {
            Failure::SignedOut => (
                "No valid token",
                "Send a token of your department: `Authorization: Bearer …`. Its statisticians \
                 make and revoke them.",
            ),
            Failure::NotFound => (
                "No such release",
                "There is no published poll with this id in the token's department.",
            ),
            Failure::Busy => (
                "No room at the moment",
                "Wait for as many seconds as Retry-After says, and try again.",
            ),
            _ => ("Internal error", "It is not your fault. Try again, or quote the id."),
        };
        let status = match failure {
            Failure::SignedOut | Failure::NotFound | Failure::Busy => failure.status().as_u16(),
            _ => 500,
        };
        Self::new(status, title, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 §3.
            let scheme = HeaderValue::from_static("Bearer realm=\"releases\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(AGAIN_AFTER));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use axum::{
        http::{StatusCode, header},
        response::IntoResponse as _,
    };
    use ports::failure::{AGAIN_AFTER, Failure};

    #[test]
    fn whoever_there_is_no_room_for_is_told_when_to_come_back() {
        let busy = Problem::from(Failure::Busy).into_response();
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(busy.headers()[header::RETRY_AFTER], AGAIN_AFTER.to_string());
        let broken = Problem::from(Failure::Conflict).into_response();
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!broken.headers().contains_key(header::RETRY_AFTER));
    }
}
