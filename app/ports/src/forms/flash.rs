//! What a form's post has the next page say, once.

use super::{not_kept, post::in_request, waiting::kept_for_owner};
use crate::{caller::caller, failure::Failure};
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
    /// Somebody typed something and was signed out before it came.
    Late {
        /// Whether it is kept until whoever typed it signs in again.
        kept: bool,
    },
    /// What somebody had typed before they signed in was thrown away: nobody knows whose it was.
    NotKept,
    /// Signed out here, and perhaps still known to the provider.
    SignedOutHere,
}

/// What worked. A closed set: `ui::words::done` turns it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// Settings or a form were saved.
    Saved,
    /// The response was withdrawn.
    Withdrawn,
    /// The consent to a response that is counted was withdrawn, and the response deleted but for that there was one.
    CutOff,
    /// A consent was revoked, and the data with it.
    Revoked,
    /// A program's token was revoked.
    TokenRevoked,
    /// Another session was ended.
    SessionEnded,
    /// Every other session was ended.
    OthersEnded,
    /// The account is deleted; the browser was sent to sign out at the provider, too.
    AccountDeleted,
    /// The account is deleted, and its person perhaps still known to the provider.
    AccountDeletedHere,
    /// Signed out here; the browser was sent to sign out at the provider, too.
    SignedOut,
    /// The poll was sent to review.
    SentToReview,
    /// The poll was taken back to the draft.
    TakenBack,
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
    /// A department was deleted.
    DepartmentDeleted,
    /// A question was moved.
    Moved,
    /// A question was deleted.
    QuestionDeleted,
    /// A draft was made of a file.
    Imported,
    /// A draft poll was deleted.
    PollDeleted,
    /// What was written about the decision was taken down.
    OutcomeRemoved,
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
    let signed_in = caller().0.is_some();
    let session = in_request()?;
    // Looking first: a removal would write every session on every page.
    session.get::<Flash>(FLASH).await.ok().flatten()?;
    let flash = session.remove(FLASH).await.ok().flatten()?;
    if flash != Flash::Problem(Failure::SignedOut) {
        return Some(flash);
    }
    // Whoever has signed in again in another tab meanwhile is not told so.
    if signed_in {
        return None;
    }
    // Only now is it known: where the session had ended, the one that took its place says whose it was.
    Some(kept_for_owner(&session).await.map_or(flash, |kept| Flash::Late { kept }))
}
