//! What went wrong, in the words of the API. Its form is that of every problem that a program is told of
//! ([`Problem`]).

use crate::http::problem::Problem;
use axum::http::StatusCode;
use ports::failure::Failure;

/// For an address that asks for more than there is.
pub fn no_filters() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "Nothing to filter by. Only `lang` (en, ru) can be asked for. A release holds the tables of \
         the poll's plan and no others: free selections could be compared until they give somebody \
         away.",
    )
}

/// For an address that asks for a language that the portal does not have, or for several.
pub fn no_such_language() -> Problem {
    let detail = "No such language: `lang` is `en` or `ru`, and is given once.";
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let detail = match failure {
            Failure::SignedOut => {
                "No valid token. Send a token of your department: `Authorization: Bearer …`. Its \
                 statisticians make and revoke them."
            }
            Failure::NotFound => {
                "No such release: there is no published poll with this id in the token's department."
            }
            Failure::Busy => Self::WAIT,
            _ => return Self::new(StatusCode::INTERNAL_SERVER_ERROR, Self::BROKEN),
        };
        Self::new(failure.status(), detail)
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
