//! What a form's post has the next page say, once.

use super::not_kept;
use crate::failure::Failure;
use axum::http::request::Parts;
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

/// Data key of what is to be said.
const FLASH: &str = "flash";

/// What the next page says once, in a banner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flash {
    /// It worked.
    Done(Done),
    /// It did not.
    Problem(Failure),
}

/// What worked. A closed set: `ui::words::done` turns it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// Settings or a form were saved.
    Saved,
    /// The response was withdrawn.
    Withdrawn,
    /// A consent was revoked, and the data with it.
    Revoked,
    /// A program's token was revoked.
    TokenRevoked,
    /// Another session was ended.
    SessionEnded,
    /// The account is deleted.
    AccountDeleted,
    /// Signed out here and at the provider.
    SignedOut,
    /// The poll was sent to review.
    SentToReview,
    /// The poll was approved.
    Approved,
    /// The poll was returned.
    Returned,
    /// The poll was opened.
    Opened,
    /// The poll was closed.
    Closed,
    /// A role was given.
    Appointed,
    /// A role was taken.
    Removed,
    /// A question was deleted.
    QuestionDeleted,
    /// A draft was made of a file.
    Imported,
    /// A draft poll was deleted.
    PollDeleted,
    /// What was typed and not sent was deleted.
    AnswersDiscarded,
}

/// Says something once on the next page.
pub async fn flash(session: &Session, flash: Flash) {
    if let Err(error) = session.insert(FLASH, flash).await {
        tracing::error!("{}", not_kept(&error));
    }
}

/// What the previous request wanted to have said.
pub async fn take_flash() -> Option<Flash> {
    let parts: Parts = use_context()?;
    let session = parts.extensions.get::<Session>()?.clone();
    // Looking first: a removal would write every session on every page.
    session.get::<Flash>(FLASH).await.ok().flatten()?;
    session.remove(FLASH).await.ok().flatten()
}
