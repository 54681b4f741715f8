//! Why the vault did not do what it was asked.

use questionnaire::AnswerError;
use sea_orm::DbErr;
use tower_sessions::{session, session_store};

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
    /// Something sealed does not open: another master key, or somebody changed the store. The cipher
    /// says no more than that.
    #[error("sealed content does not open; is this the right master key?")]
    Unreadable,
    /// Something stored, which does open, is not of the form that it was written in: somebody changed
    /// the store, or a version that is not known here wrote it.
    #[error("{what} is malformed: {why}")]
    Malformed {
        /// What was read: "a response".
        what: &'static str,
        /// In which way it is wrong and where, and nothing of what stands there.
        why: String,
    },
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
    /// The session could not be read, and why, without what stands in it.
    #[error("the session could not be read: {0}")]
    Session(String),
    /// The database failed. Words only: the driver's own error can repeat values of a row.
    #[error("database: {0}")]
    Db(String),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Db(error.to_string())
    }
}

impl From<session::Error> for Error {
    fn from(error: session::Error) -> Self {
        Self::Session(match error {
            session::Error::SerdeJson(error) => format!("its account: {}", unquoted(&error)),
            session::Error::Store(session_store::Error::Backend(words)) => words,
            // Without the store's words: what it encodes and decodes is what people typed, too.
            session::Error::Store(session_store::Error::Encode(_)) => "not encoded".to_owned(),
            session::Error::Store(session_store::Error::Decode(_)) => "not decoded".to_owned(),
        })
    }
}

impl Error {
    /// For `map_err`, where the JSON of `what` does not parse.
    pub(crate) fn malformed(what: &'static str) -> impl FnOnce(serde_json::Error) -> Self {
        move |error| Self::Malformed { what, why: unquoted(&error) }
    }
}

/// Where a JSON text is wrong, and in which way, for one that holds what people wrote or are: the
/// parser's own words can quote it.
#[must_use]
pub fn unquoted(error: &serde_json::Error) -> String {
    format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::{Error, unquoted};
    use std::collections::BTreeMap;

    #[test]
    fn what_was_written_is_not_in_the_words_about_it() {
        for text in [r#"{"a":"needle"}"#, r#"{"a":1,"needle":tru}"#, r#"["needle"]"#] {
            let error = serde_json::from_str::<BTreeMap<String, u8>>(text).unwrap_err();
            assert!(!unquoted(&error).contains("needle"), "{}", unquoted(&error));
        }
        let error = serde_json::from_str::<BTreeMap<String, u8>>("{\n\"a\":\"b\"}").unwrap_err();
        assert_eq!(unquoted(&error), "Data at line 2, column 7");
    }

    #[test]
    fn what_is_malformed_is_told_without_what_stands_there() {
        let stored = r#"{"why": "the bridge at the mill"}"#;
        let error = serde_json::from_str::<BTreeMap<String, u8>>(stored).unwrap_err();
        assert!(error.to_string().contains("mill"), "the parser's own words do quote: {error}");
        let told = Error::malformed("a response")(error).to_string();
        assert!(told.starts_with("a response is malformed: Data at line 1, column "), "{told}");
        assert!(!told.contains("mill") && !told.contains("why"), "{told}");
    }
}
