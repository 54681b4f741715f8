//! Words that have no form any more.

use ports::{
    caller::signed_in,
    failure::Failure,
    forms::{Post, stashed},
};

/// The name under which the newest of them wait in the session.
pub(super) const LOST: &str = "editor-lost";

/// The words that were sent last by a form for which there is no place any more.
///
/// # Errors
/// [`Failure::SignedOut`]; [`Failure::NotFound`] where there are none.
pub async fn read_lost() -> Result<Vec<String>, Failure> {
    let session = Post::current().session;
    signed_in()?;
    let form = stashed::<Vec<String>>(&session, LOST).await;
    form.map(|form| form.typed).ok_or(Failure::NotFound)
}
