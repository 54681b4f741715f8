//! Rows of many people found by one statement, each by its person's own pseudonym.
//!
//! On PostgreSQL the places come as lists, and each is looked for by itself (`LATERAL … LIMIT 1`). Named
//! one by one, they make another statement for each number of people, and from some dozens of people on
//! a plan that reads the whole table and compares each of its rows with each of them. Joined, they are
//! found by a plan that reads all parts of the table while those are small, as they are when a great poll
//! opens: a millisecond for each round of pages. `SQLite` knows no lists, and
//! looks each up by the key however many they are.

use super::{draft, released, response};
use crate::rounds::Place;
use gather::padded;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    ExprTrait as _, QueryFilter as _, QueryResult, QuerySelect as _, QueryTrait as _, Statement,
    TryGetable,
    sea_query::{Expr, UnionType},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const DRAFTS: &str = "SELECT asked.poll_id, asked.pseudonym, d.content \
    FROM unnest($1::uuid[], $2::bytea[]) AS asked (poll_id, pseudonym) \
    CROSS JOIN LATERAL (SELECT d.content FROM draft d \
    WHERE d.poll_id = asked.poll_id AND d.pseudonym = asked.pseudonym LIMIT 1) d";

const STANDINGS: &str = "SELECT asked.poll_id, asked.pseudonym, found.sent \
    FROM unnest($1::uuid[], $2::bytea[]) AS asked (poll_id, pseudonym) \
    CROSS JOIN LATERAL ((SELECT true AS sent FROM response r \
    WHERE r.poll_id = asked.poll_id AND r.pseudonym = asked.pseudonym LIMIT 1) \
    UNION ALL (SELECT false FROM draft d \
    WHERE d.poll_id = asked.poll_id AND d.pseudonym = asked.pseudonym LIMIT 1)) found";

/// A statement of PostgreSQL on lists of places.
fn on_lists(sql: &str, places: BTreeSet<(Uuid, Vec<u8>)>) -> Statement {
    let (polls, people): (Vec<Uuid>, Vec<Vec<u8>>) = places.into_iter().unzip();
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [polls.into(), people.into()])
}

/// Polls of one part of a condition. `SQLite` takes no more than a thousand beside each other.
const POLLS: usize = 64;

/// The drafts at places, a list of people for each poll: the key begins with the poll.
fn at(places: BTreeSet<Place>) -> Condition {
    let mut of_polls: BTreeMap<Uuid, Vec<Vec<u8>>> = BTreeMap::new();
    for (poll, pseudonym) in places {
        of_polls.entry(poll).or_default().push(pseudonym);
    }
    let of_poll = |(poll, people)| {
        draft::Column::PollId.eq(poll).and(draft::Column::Pseudonym.is_in(padded(people)))
    };
    let of_polls: Vec<Expr> = of_polls.into_iter().map(of_poll).collect();
    of_polls.chunks(POLLS).fold(Condition::any(), |all, some| {
        all.add(some.iter().cloned().fold(Condition::any(), Condition::add))
    })
}

/// Those of the polls' tokens under which it is kept that somebody left a batch.
pub async fn released(
    db: &impl ConnectionTrait,
    tokens: BTreeSet<(Uuid, Vec<u8>)>,
) -> Result<Vec<(Uuid, Vec<u8>)>, DbErr> {
    let (polls, tokens): (BTreeSet<Uuid>, Vec<Vec<u8>>) = tokens.into_iter().unzip();
    released::Entity::find()
        .select_only()
        .columns([released::Column::PollId, released::Column::Token])
        .filter(released::Column::Token.is_in(padded(tokens)))
        .filter(released::Column::PollId.is_in(padded(polls.into_iter().collect())))
        .into_tuple()
        .all(db)
        .await
}

/// The place of a row.
pub fn place_of(row: &QueryResult) -> Result<Place, DbErr> {
    Ok((row.try_get("", "poll_id")?, row.try_get("", "pseudonym")?))
}

/// What is in a row with its place.
pub fn with_place<T: TryGetable>(row: &QueryResult, column: &str) -> Result<(Place, T), DbErr> {
    Ok((place_of(row)?, row.try_get("", column)?))
}

/// The sealed drafts at places.
pub async fn drafts(
    db: &impl ConnectionTrait,
    places: BTreeSet<Place>,
) -> Result<BTreeMap<Place, Vec<u8>>, DbErr> {
    let rows = if db.get_database_backend() == DbBackend::Postgres {
        db.query_all_raw(on_lists(DRAFTS, places)).await?
    } else {
        let drafts = draft::Entity::find().filter(at(places)).into_query();
        db.query_all(&drafts).await?
    };
    rows.iter().map(|row| with_place(row, "content")).collect()
}

/// At which places there is a response (`true`) or a draft (`false`).
pub async fn standings(
    db: &impl ConnectionTrait,
    places: BTreeSet<Place>,
) -> Result<Vec<(Place, bool)>, DbErr> {
    let rows = if db.get_database_backend() == DbBackend::Postgres {
        db.query_all_raw(on_lists(STANDINGS, places)).await?
    } else {
        // A pseudonym is of one poll, and the key of responses begins with it.
        let people = padded(places.iter().map(|(_, pseudonym)| pseudonym.clone()).collect());
        let begun = draft::Entity::find()
            .select_only()
            .columns([draft::Column::PollId, draft::Column::Pseudonym])
            .expr_as(Expr::val(false), "sent")
            .filter(at(places))
            .into_query();
        let mut both = response::Entity::find()
            .select_only()
            .columns([response::Column::PollId, response::Column::Pseudonym])
            .expr_as(Expr::val(true), "sent")
            .filter(response::Column::Pseudonym.is_in(people))
            .into_query();
        both.union(UnionType::All, begun);
        db.query_all(&both).await?
    };
    rows.iter().map(|row| with_place(row, "sent")).collect()
}
