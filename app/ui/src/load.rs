//! A page's data: asked of the server function, shown when it is there.

use crate::problem::Problem;
use leptos::{either::Either, prelude::*};
use ports::failure::Failure;
use std::future::Future;

/// Shows `view` of what `data` gives, or what went wrong, with its status.
///
/// Pages are rendered by the server only, in one go, so there is no interim state to show.
pub fn load<T, V>(
    data: impl Future<Output = Result<T, Failure>> + Send + 'static,
    view: impl FnOnce(T) -> V + Send + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    V: IntoView + 'static,
{
    Suspend::new(async move {
        match data.await {
            Ok(data) => Either::Left(view(data)),
            Err(failure) => Either::Right(view! { <Problem failure/> }),
        }
    })
}
