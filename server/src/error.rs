//! Errors that are nobody's fault but ours: an id for the person, the cause for the log.

use ports::failure::Failure;
use std::{borrow::Cow, fmt::Display};

tokio::task_local! {
    /// The id of the request being handled, set by the middleware.
    pub static REQUEST_ID: String;
}

/// The id of the request being handled, empty outside of one.
#[must_use]
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Logs what broke and gives the failure that carries the id. The cause must hold no personal
/// data: errors of stores and of libraries do not, texts of people do.
pub fn internal(error: impl Display) -> Failure {
    let id = request_id();
    tracing::error!(%id, %error, "internal error");
    Failure::Internal { id }
}

/// For `map_err`: [`internal`] with the words of what was being done.
pub fn while_<E: Display>(doing: impl Into<Cow<'static, str>>) -> impl FnOnce(E) -> Failure {
    let doing = doing.into();
    move |error| internal(format_args!("{doing}: {error}"))
}
