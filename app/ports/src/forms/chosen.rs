//! What somebody left ticked on the page of the sign-in, where the sign-in came to nothing: its page shows it
//! again.
//!
//! It waits in the browser's session. In an address anybody could write it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tower_sessions::{Session, session::Error};

/// Data key of what was left ticked last.
const CHOSEN: &str = "chosen_scopes";

/// Which of the provider's scopes were left ticked, and for what.
#[derive(Serialize, Deserialize)]
struct Chosen {
    return_to: String,
    scopes: BTreeSet<String>,
}

/// Keeps which scopes were left ticked for a sign-in that leads to `return_to`.
///
/// # Errors
/// When the session cannot be read.
pub async fn keep_chosen(
    session: &Session,
    return_to: &str,
    scopes: &BTreeSet<String>,
) -> Result<(), Error> {
    let chosen = Chosen { return_to: return_to.to_owned(), scopes: scopes.clone() };
    session.insert(CHOSEN, chosen).await
}

/// Which scopes were left ticked for a sign-in that leads to `return_to`, if the last one leads there.
pub async fn chosen(session: &Session, return_to: &str) -> Option<BTreeSet<String>> {
    let chosen: Chosen = session.get(CHOSEN).await.ok().flatten()?;
    (chosen.return_to == return_to).then_some(chosen.scopes)
}

/// Forgets it: the sign-in was completed.
///
/// # Errors
/// When the session cannot be read.
pub async fn forget_chosen(session: &Session) -> Result<(), Error> {
    session.remove_value(CHOSEN).await.map(drop)
}
