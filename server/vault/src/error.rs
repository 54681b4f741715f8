//! Why the vault did not do what it was asked.

use questionnaire::AnswerError;
use sea_orm::DbErr;

/// Why the vault did not do what it was asked. Holds nothing of a person or an answer, so it can
/// be logged.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The poll has no key here: [`crate::Vault::create_poll_key`] was not called for it.
    #[error("the vault does not know this poll")]
    UnknownPoll,
    /// The poll's key was destroyed: nobody can tell any more which response is whose.
    #[error("the poll's key was destroyed")]
    KeyDestroyed,
    /// The poll does not take answers: it is not open yet, or closed for good.
    #[error("the poll is not open")]
    NotOpen,
    /// The poll still takes answers, which forbids counting them and destroying its key.
    #[error("the poll is still open")]
    StillOpen,
    /// The poll's key is not destroyed: its rows are somebody's.
    #[error("the poll's key is not destroyed")]
    NotDestroyed,
    /// Every question that is not answered validly, by its code.
    #[error("{} answers are not valid", .0.len())]
    Invalid(Vec<(String, AnswerError)>),
    /// Something sealed does not open: another master key, or somebody changed the store.
    #[error("sealed content does not open; is this the right master key?")]
    Unreadable,
    /// The counts do not fit the questionnaire.
    #[error("the counts do not fit the questionnaire: {0}")]
    Counts(String),
    /// So many are taking part at this moment that no more may wait. Nothing was stored; in a moment
    /// it can be tried again.
    #[error("too many are taking part at once")]
    Busy,
    /// What was to be sent or changed is not what the person has typed any more: it was sent, changed
    /// or thrown away meanwhile.
    #[error("the draft was sent, changed or thrown away meanwhile")]
    Overtaken,
    /// The session could not be read.
    #[error("the session could not be read")]
    Session,
    /// The database failed. Words only: the driver's own error can repeat values of a row.
    #[error("database: {0}")]
    Db(String),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Db(error.to_string())
    }
}
