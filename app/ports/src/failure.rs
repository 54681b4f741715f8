//! Why the server did not do what was asked: a closed set of codes, never free text.

use axum::http::StatusCode;
use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr, use_context},
    server_fn::{Bytes, Encodes as _, codec::JsonEncoding},
};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

tokio::task_local! {
    /// The id of the request being handled, set by the middleware: the log has it beside everything that
    /// happened.
    pub static REQUEST_ID: String;
}

/// The id of the request being handled, empty outside of one.
#[must_use]
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Seconds after which to try again what was refused because too many came at once, as with
/// [`Failure::Busy`].
pub const AGAIN_AFTER: u64 = 5;

/// The answer of a server function that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Failure {
    /// Nobody is signed in, or the session has ended.
    #[error("signed out")]
    SignedOut,
    /// The caller's roles do not allow it.
    #[error("forbidden")]
    Forbidden,
    /// There is no such object, or it is none of the caller's business.
    #[error("not found")]
    NotFound,
    /// The form has faults; they wait in the session for the form's page.
    #[error("invalid")]
    Invalid,
    /// The poll is not open, or not in the state that this needs.
    #[error("wrong state")]
    WrongState,
    /// Something keeps the poll from its next state: its page says what.
    #[error("not ready")]
    NotReady,
    /// Somebody changed the object in the meantime.
    #[error("conflict")]
    Conflict,
    /// The poll that somebody is taking part in takes no answers any more.
    #[error("closed")]
    Closed,
    /// The audience of the poll does not include the caller.
    #[error("not in the audience")]
    NotEligible,
    /// Whether the poll's audience includes the caller cannot be told, for want of a fact.
    #[error("a fact is not known")]
    FactUnknown,
    /// The person signed in at a level of assurance that is too low for this.
    #[error("signed in at too low a level")]
    NotAssured,
    /// Too many requests.
    #[error("too many requests")]
    TooMany,
    /// The form was opened by somebody else, who has signed out since.
    #[error("somebody else's form")]
    OtherPerson,
    /// There is no draft that could be sent, and nothing was sent before: it was deleted, or withdrawn.
    #[error("nothing to send")]
    NothingToSend,
    /// What was confirmed would be something else by now than what the person was told: it was not done.
    #[error("not what was confirmed")]
    NotAsTold,
    /// So many people are sending at this moment that no more may wait: try again in a moment.
    #[error("busy")]
    Busy,
    /// Something broke; the id stands in the log, too.
    #[error("internal error {id}")]
    Internal {
        /// What the person can quote.
        id: String,
    },
}

impl Failure {
    /// What is nobody's fault but ours: the cause for the log, the request's id for the person. The
    /// cause must hold no personal data: errors of stores and of libraries do not, texts of people do.
    pub fn internal(cause: impl Display) -> Self {
        let id = request_id();
        tracing::error!(%id, error = %cause, "internal error");
        Self::Internal { id }
    }

    /// The failure of a shared computation, as told to one of those who waited: under their own request id;
    /// the log links the two.
    #[must_use]
    pub fn of_another(failure: &Self) -> Self {
        match failure {
            Self::Internal { id } if *id != request_id() => {
                Self::internal(format_args!("what broke in the request {id}"))
            }
            failure => failure.clone(),
        }
    }

    /// Whether signing in, or signing in again at a higher level, is what the person can do.
    #[must_use]
    pub const fn asks_to_sign_in(&self) -> bool {
        matches!(self, Self::SignedOut | Self::NotAssured)
    }

    /// The HTTP status that says the same.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NotEligible | Self::FactUnknown | Self::NotAssured => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid | Self::NotReady => StatusCode::UNPROCESSABLE_ENTITY,
            Self::WrongState
            | Self::Closed
            | Self::Conflict
            | Self::OtherPerson
            | Self::NothingToSend
            | Self::NotAsTold => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Gives the response that is being made the status that says the same: for a page that shows what
    /// it has, and says beside it what failed.
    pub fn tell(&self) {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(self.status());
        }
    }
}

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // The request could not even be read as this form.
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::Invalid,
            other => Self::internal(other),
        }
    }

    /// The failure as the caller of the function reads it. Every failure on its way out passes
    /// here, so this is where the response gets the status that says the same; a form's post has
    /// said where to go on by then.
    fn ser(&self) -> Bytes {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
            && response.0.read().is_ok_and(|parts| parts.status.is_none())
        {
            response.set_status(self.status());
        }
        JsonEncoding::encode(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_in_a_page_carries_the_id_of_its_request() {
        let failed = REQUEST_ID.sync_scope("k4m7".to_owned(), || {
            let broken = ServerFnErrorErr::Response("no response".to_owned());
            Failure::from_server_fn_error(broken)
        });
        assert_eq!(failed, Failure::Internal { id: "k4m7".to_owned() });
        // Somebody else waited for it.
        let told = |id: &str| REQUEST_ID.sync_scope(id.to_owned(), || Failure::of_another(&failed));
        assert_eq!(told("k4m7"), failed);
        assert_eq!(told("b3x9"), Failure::Internal { id: "b3x9".to_owned() });
        assert_eq!(Failure::of_another(&Failure::Busy), Failure::Busy);
    }
}
