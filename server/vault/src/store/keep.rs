//! Drafts of many people stored by one statement, each in place of the one that it was made of.
//!
//! A draft is stored if what it was made of is still there: the sealed content, another value each
//! time it is kept, or nothing. The database decides that by its own row, so it holds between
//! servers, and for a statement that comes long after everybody has given it up: one that waited in
//! a dead connection, for instance.
//!
//! On PostgreSQL they come as one list a column, so that the statement is the same however many
//! they are: the database plans it once. One that names every value is another for each number of
//! rows, and a crowd, which makes rounds of every size, would spend more on plans than on rows. What
//! `SQLite` does to prepare a statement is next to nothing, and it knows no lists.

use super::{list, lookup::place_of};
use crate::{drafts::Keeping, rounds::Place};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};
use std::collections::BTreeSet;

/// A list holds no NULL: an empty one stands for no draft before. A row that somebody else stores at
/// the same moment is waited for and compared as it is then.
const POSTGRES: &str = "WITH given AS MATERIALIZED (SELECT * \
        FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::date[], $5::bytea[]) \
        AS given (poll_id, pseudonym, content, saved_on, made_of)), \
    changed AS (UPDATE draft d SET content = g.content, saved_on = g.saved_on FROM given g \
        WHERE d.poll_id = g.poll_id AND d.pseudonym = g.pseudonym \
        AND g.made_of <> '' AND d.content = g.made_of \
        RETURNING d.poll_id, d.pseudonym), \
    begun AS (INSERT INTO draft (poll_id, pseudonym, content, saved_on) \
        SELECT poll_id, pseudonym, content, saved_on FROM given WHERE made_of = '' \
        ON CONFLICT (poll_id, pseudonym) DO NOTHING RETURNING poll_id, pseudonym) \
    SELECT poll_id, pseudonym FROM changed UNION ALL SELECT poll_id, pseudonym FROM begun";

/// What stands before the rows, and after them, on `SQLite`. It has one writer: what is compared is
/// what is written over.
const SQLITE: [&str; 2] = [
    "WITH given (poll_id, pseudonym, content, saved_on, made_of) AS (VALUES ",
    ") INSERT INTO draft (poll_id, pseudonym, content, saved_on) \
    SELECT g.poll_id, g.pseudonym, g.content, g.saved_on FROM given g \
    LEFT JOIN draft d ON d.poll_id = g.poll_id AND d.pseudonym = g.pseudonym \
    WHERE d.content IS g.made_of \
    ON CONFLICT (poll_id, pseudonym) DO UPDATE \
        SET content = excluded.content, saved_on = excluded.saved_on \
    RETURNING poll_id, pseudonym",
];

/// Stores drafts of which no two are of one person in one poll, in the order of their places: so
/// rounds that run side by side do not wait for each other as a rule. Where two do, because the same
/// two people type in several windows, the database ends one of them, which is done one by one then.
/// Where they were stored.
///
/// # Errors
/// The database; nothing is stored then, as far as is known.
pub async fn drafts(
    db: &impl ConnectionTrait,
    given: &[&Keeping],
) -> Result<BTreeSet<Place>, DbErr> {
    let statement = match db.get_database_backend() {
        DbBackend::Postgres => on_postgres(given),
        _ => on_sqlite(given),
    };
    db.query_all_raw(statement).await?.iter().map(place_of).collect()
}

fn on_postgres(given: &[&Keeping]) -> Statement {
    let values = [
        list(given, |it| it.row.poll_id),
        list(given, |it| it.row.pseudonym.clone()),
        list(given, |it| it.row.content.clone()),
        list(given, |it| it.row.saved_on),
        list(given, |it| it.made_of.clone().unwrap_or_default()),
    ];
    Statement::from_sql_and_values(DbBackend::Postgres, POSTGRES, values)
}

fn on_sqlite(given: &[&Keeping]) -> Statement {
    let [before, after] = SQLITE;
    let rows = vec!["(?, ?, ?, ?, ?)"; given.len()].join(", ");
    let values = given.iter().flat_map(|Keeping { row, made_of }| -> [Value; 5] {
        [
            row.poll_id.into(),
            row.pseudonym.clone().into(),
            row.content.clone().into(),
            row.saved_on.into(),
            made_of.clone().into(),
        ]
    });
    Statement::from_sql_and_values(DbBackend::Sqlite, [before, &rows, after].concat(), values)
}
