//! What is left for a while of what was deleted, as every page says that deletes something.

use crate::words::{backups, files};
use leptos::prelude::*;

/// How long backups and the database's files hold what was deleted.
#[component]
pub fn Remains(
    /// Days in which a backup may hold it, at most.
    backup_days: u16,
    /// Whether the database is PostgreSQL.
    on_postgres: bool,
) -> impl IntoView {
    view! {
        {backups(backup_days).map(|copies| view! { <p class="govuk-body">{copies}</p> })}
        <p class="govuk-body">{files(on_postgres)}</p>
    }
}
