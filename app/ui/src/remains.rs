//! What is left for a while of what was deleted, as every page says that deletes something.

use crate::words::{backups, files};
use leptos::prelude::*;
use ports::Deleted;

/// How long backups and the store's files hold what was deleted.
#[component]
pub fn Remains(
    /// Days in which a backup may hold it, at most.
    backup_days: u16,
    /// For how long the store's files have it.
    deleted: Deleted,
) -> impl IntoView {
    view! {
        {backups(backup_days).map(|copies| view! { <p class="govuk-body">{copies}</p> })}
        <p class="govuk-body">{files(deleted)}</p>
    }
}
