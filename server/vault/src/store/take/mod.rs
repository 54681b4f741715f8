//! A round of responses given to the database: one statement, which is one transaction.
//!
//! A response is stored if its poll is open and the draft that it was made of is there as it was
//! read, and the draft goes with it. All of that is decided by the database's own rows, so it is
//! decided there: asked one thing after the other, a round would wait longer for the ways there and
//! back than for what is done at their ends.

use crate::{
    Error,
    intake::{Sending, Stored},
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

mod postgres;
mod sqlite;

/// Stores responses of which no two are of one person in one poll, in the order of their places, all
/// that can be or nothing. What became of each.
///
/// # Errors
/// The database; nothing is stored then, as far as is known.
pub async fn responses(db: &impl ConnectionTrait, sent: &[&Sending]) -> Result<Vec<Stored>, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => postgres::responses(db, sent).await,
        _ => sqlite::responses(db, sent).await,
    }
}
