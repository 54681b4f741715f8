//! A round on `SQLite`.
//!
//! That the draft goes with the response, the trigger of `migration/src/vault/m0009_sent.rs` sees to:
//! a statement of its own would need a transaction around both, and each of the four would be sent to
//! the connection's thread and waited for, while whoever comes next waits, too. What a round is
//! refused is asked for after it, which is seldom.

use super::{
    super::{
        lookup::with_place,
        poll_key::{self, State},
    },
    Error, Sending, Stored,
};
use crate::rounds::Place;
use chrono::NaiveDate;
use gather::padded;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, Statement, Value,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A row of what is sent, in the order of [`TAKE`].
const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// What stands before the rows, and after them.
///
/// Nobody can have left the first batch before it was cut, so it is not asked who did; a change keeps
/// the day on which the first one was received, its id and its batch. The unique constraint decides
/// whether a response is the first.
const TAKE: [&str; 2] = [
    "WITH sent (id, poll_id, pseudonym, record_key, region, age_band, gender, special_consent, \
        content, received_on, counted, live, token, draft) AS (VALUES ",
    ") INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
        special_consent, content, received_on, counted, batch) \
    SELECT s.id, s.poll_id, s.pseudonym, s.record_key, s.region, s.age_band, s.gender, \
        s.special_consent, s.content, s.received_on, s.counted, \
        CASE WHEN s.live AND (k.batch = 1 OR NOT EXISTS (SELECT 1 FROM released r \
            WHERE r.poll_id = s.poll_id AND r.token = s.token)) THEN k.batch END \
    FROM sent s CROSS JOIN poll_key k ON k.poll_id = s.poll_id \
    LEFT JOIN draft d ON d.poll_id = s.poll_id AND d.pseudonym = s.pseudonym \
    WHERE k.state = 'open' AND k.destroyed_on IS NULL AND (s.draft IS NULL OR d.content = s.draft) \
    ON CONFLICT (pseudonym, poll_id) DO UPDATE SET region = excluded.region, \
        age_band = excluded.age_band, gender = excluded.gender, \
        special_consent = excluded.special_consent, content = excluded.content, \
        counted = excluded.counted, changed_on = excluded.received_on \
    RETURNING poll_id, pseudonym, changed_on IS NOT NULL AS changed",
];

fn statement(sent: &[&Sending]) -> Statement {
    let [before, after] = TAKE;
    let rows = vec![ROW; sent.len()].join(", ");
    let values = sent.iter().flat_map(|Sending { row, live, token, draft }| -> [Value; 14] {
        [
            row.id.into(),
            row.poll_id.into(),
            row.pseudonym.clone().into(),
            row.record_key.into(),
            row.region.clone().into(),
            row.age_band.clone().into(),
            row.gender.clone().into(),
            row.special_consent.into(),
            row.content.clone().into(),
            row.received_on.into(),
            row.counted.clone().into(),
            (*live).into(),
            token.clone().into(),
            draft.clone().into(),
        ]
    });
    Statement::from_sql_and_values(DbBackend::Sqlite, [before, &rows, after].concat(), values)
}

/// As [`super::responses`].
pub async fn responses(db: &impl ConnectionTrait, sent: &[&Sending]) -> Result<Vec<Stored>, DbErr> {
    let rows = db.query_all_raw(statement(sent)).await?;
    let changed = rows.iter().map(|row| with_place(row, "changed"));
    let changed: BTreeMap<Place, bool> = changed.collect::<Result<_, _>>()?;
    let became = |it: &Sending| changed.get(&it.place()).copied();
    let refused = sent.iter().filter(|it| became(it).is_none()).map(|it| it.row.poll_id).collect();
    // The others are stored, whether this can be told or not.
    let why = refusals(db, refused).await.map_err(Error::from);
    let refusal = |poll: Uuid| match &why {
        Ok(why) => why.get(&poll).cloned().unwrap_or(Error::UnknownPoll),
        Err(error) => error.clone(),
    };
    Ok(sent.iter().map(|it| became(it).ok_or_else(|| refusal(it.row.poll_id))).collect())
}

/// Why each of these polls, if it is known, refuses a response.
async fn refusals(
    db: &impl ConnectionTrait,
    polls: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Error>, DbErr> {
    if polls.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, State, Option<NaiveDate>)> = poll_key::Entity::find()
        .select_only()
        .columns([poll_key::Column::PollId, poll_key::Column::State, poll_key::Column::DestroyedOn])
        .filter(poll_key::Column::PollId.is_in(padded(polls.into_iter().collect())))
        .into_tuple()
        .all(db)
        .await?;
    let refusal = |(poll, state, destroyed)| {
        let error = match (state, destroyed) {
            (_, Some(_)) => Error::KeyDestroyed,
            (State::Open, None) => Error::Overtaken,
            _ => Error::NotOpen,
        };
        (poll, error)
    };
    Ok(rows.into_iter().map(refusal).collect())
}
