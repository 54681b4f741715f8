//! What the log is told of errors that are nobody's fault but ours ([`Failure::internal`]).

use ports::failure::Failure;
use std::{borrow::Cow, fmt::Display};

/// For `map_err`: [`Failure::internal`] with the words of what was being done.
pub fn while_<E: Display>(doing: impl Into<Cow<'static, str>>) -> impl FnOnce(E) -> Failure {
    let doing = doing.into();
    move |error| Failure::internal(format_args!("{doing}: {error}"))
}
