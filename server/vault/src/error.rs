//! Why the vault did not do what it was asked.
//!
//! Whatever a database or a parser says in its own words can quote the row that it speaks of, which is
//! somebody's answer. Those words end here: they are neither kept nor passed on.

use questionnaire::AnswerError;
use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{
        self,
        error::{DatabaseError, ErrorKind},
        sqlite::SqliteError,
    },
};
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
    /// The counts do not fit the questionnaire: which code it does not have, without the code, which is of
    /// somebody's answer.
    #[error("the counts do not fit the questionnaire, which has no {0}")]
    Counts(&'static str),
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
    /// The database failed: what failed, by which code and by which constraint. Never in the database's
    /// own words, which can repeat values of a row.
    #[error("database: {0}")]
    Db(String),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Db(without_values(&error))
    }
}

/// What is told of a failure of the database: nothing that can be of a row.
fn without_values(error: &DbErr) -> String {
    match error {
        DbErr::Conn(error) => format!("the connection: {}", of_driver(error)),
        DbErr::Exec(error) | DbErr::Query(error) => format!("a statement: {}", of_driver(error)),
        // The vault's own.
        DbErr::Custom(words) => words.clone(),
        DbErr::ConnectionAcquire(_) | DbErr::RecordNotInserted | DbErr::RecordNotUpdated => {
            error.to_string()
        }
        _ => "what is stored is not of the expected type".to_owned(),
    }
}

fn of_driver(error: &RuntimeErr) -> String {
    let RuntimeErr::SqlxError(error) = error else { return "there is none".to_owned() };
    match &**error {
        sqlx::Error::Database(error) => of_database(&**error),
        // Of the way to the database, or of names in the schema.
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed
        | sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::TypeNotFound { .. } => error.to_string(),
        sqlx::Error::ColumnDecode { index, .. } => format!("column {index} cannot be read"),
        _ => "what was sent or received cannot be read".to_owned(),
    }
}

/// What the database itself refused: by code, and where, without its message and details.
fn of_database(error: &(dyn DatabaseError + 'static)) -> String {
    let code = error.code().unwrap_or_default();
    let meaning = if error.try_downcast_ref::<SqliteError>().is_some() {
        meaning_in_sqlite(&code)
    } else {
        meaning_in_postgres(&code)
    };
    let violated = Some(error.kind()).filter(|kind| *kind != ErrorKind::Other);
    let parts = [
        Some(format!("refused with code {code}")),
        meaning.map(str::to_owned),
        violated.map(|kind| format!("{kind:?}")),
        error.table().map(|table| format!("table {table}")),
        error.constraint().map(|constraint| format!("constraint {constraint}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The codes of PostgreSQL (SQLSTATE) that are for those who run the portal.
fn meaning_in_postgres(code: &str) -> Option<&'static str> {
    Some(match code {
        "25006" => "the database is read-only",
        "28000" | "28P01" => "the role may not sign in",
        "40P01" => "deadlock",
        "42501" => "the role lacks a right",
        "42P01" | "42703" | "42883" => "the schema lacks something",
        "53100" => "the disk is full",
        "53200" => "out of memory",
        "53300" => "too many connections",
        "55P03" => "a lock was waited for too long",
        "57014" => "cancelled",
        "57P01" | "57P02" | "57P03" => "the database is stopping or starting",
        "58030" => "the disk fails",
        "XX001" | "XX002" => "the database's files are damaged",
        _ => return None,
    })
}

/// The kind of one of SQLite's result codes: its lower byte.
#[must_use]
pub fn kind_in_sqlite(code: &str) -> Option<u32> {
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

/// Those of SQLite.
fn meaning_in_sqlite(code: &str) -> Option<&'static str> {
    Some(match kind_in_sqlite(code)? {
        1 => "the statement or the schema is wrong",
        5 | 6 => "another writes",
        7 => "out of memory",
        8 => "the file is read-only",
        10 => "the disk fails",
        11 | 26 => "the file is damaged",
        13 => "the disk is full",
        14 => "the file cannot be opened",
        19 => "constraint",
        _ => return None,
    })
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
    use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};
    use std::{collections::BTreeMap, io, sync::Arc};

    #[test]
    fn what_was_written_is_not_in_the_words_about_it() {
        for text in [r#"{"a":"needle"}"#, r#"{"a":1,"needle":tru}"#, r#"["needle"]"#] {
            let error = serde_json::from_str::<BTreeMap<String, u8>>(text).unwrap_err();
            assert!(!unquoted(&error).contains("needle"), "{}", unquoted(&error));
        }
        let error = serde_json::from_str::<BTreeMap<String, u8>>("{\n\"a\":\"b\"}").unwrap_err();
        assert_eq!(unquoted(&error), "Data at line 2, column 7");
    }

    fn told(error: DbErr) -> String {
        Error::from(error).to_string()
    }

    fn by_driver(error: impl Into<sqlx::Error>) -> RuntimeErr {
        RuntimeErr::SqlxError(Arc::new(error.into()))
    }

    #[test]
    fn what_keeps_from_the_database_is_told() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        for (error, words) in [
            (DbErr::Conn(by_driver(refused)), "connection refused"),
            (DbErr::ConnectionAcquire(ConnAcquireErr::Timeout), "timed out"),
            (DbErr::Exec(by_driver(sqlx::Error::PoolTimedOut)), "timed out"),
            (DbErr::Custom("others hold it; run it again".to_owned()), "run it again"),
        ] {
            let told = told(error);
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_drivers_words_about_a_value_are_not_told() {
        let source = || "not a day: needle".into();
        let index = "\"received_on\"".to_owned();
        for error in [
            DbErr::Type("needle".to_owned()),
            DbErr::Json("needle".to_owned()),
            DbErr::Query(by_driver(sqlx::Error::Decode(source()))),
            DbErr::Query(by_driver(sqlx::Error::ColumnDecode { index, source: source() })),
            DbErr::Exec(by_driver(sqlx::Error::Encode(source()))),
            DbErr::Exec(by_driver(sqlx::Error::Protocol("needle".to_owned()))),
            DbErr::Exec(RuntimeErr::Internal("needle".to_owned())),
        ] {
            let told = told(error);
            assert!(!told.contains("needle"), "{told}");
        }
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
