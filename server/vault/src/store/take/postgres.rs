//! A round on PostgreSQL: one call of a function.
//!
//! The lists are the function's of `migration/src/vault/m0007_take.rs`, where it stands what is done
//! with them. They are the same statement however many the responses are, so it is planned once.

use super::{super::list, Error, Sending, Stored};
use crate::lifecycle::gate_number;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use std::collections::BTreeSet;
use uuid::Uuid;

const TAKE: &str = "SELECT number, outcome FROM take_responses($1::bigint[], $2::uuid[], \
    $3::uuid[], $4::bytea[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::boolean[], \
    $10::bytea[], $11::date[], $12::text[], $13::boolean[], $14::bytea[], $15::bytea[])";

/// As [`super::responses`], while the gates of the polls are held shared, in their order.
pub async fn responses(db: &impl ConnectionTrait, sent: &[&Sending]) -> Result<Vec<Stored>, DbErr> {
    let polls: BTreeSet<Uuid> = sent.iter().map(|sending| sending.row.poll_id).collect();
    let gates: Vec<i64> = polls.into_iter().map(gate_number).collect();
    // A list holds no NULL.
    let code = |code: &Option<String>| code.clone().unwrap_or_default();
    let values = [
        gates.into(),
        list(sent, |it| it.row.id),
        list(sent, |it| it.row.poll_id),
        list(sent, |it| it.row.pseudonym.clone()),
        list(sent, |it| it.row.record_key),
        list(sent, |it| code(&it.row.region)),
        list(sent, |it| code(&it.row.age_band)),
        list(sent, |it| code(&it.row.gender)),
        list(sent, |it| it.row.special_consent),
        list(sent, |it| it.row.content.clone()),
        list(sent, |it| it.row.received_on),
        list(sent, |it| it.row.counted.clone()),
        list(sent, |it| it.live),
        list(sent, |it| it.token.clone()),
        list(sent, |it| it.draft.clone().unwrap_or_default()),
    ];
    let call = Statement::from_sql_and_values(DbBackend::Postgres, TAKE, values);
    let mut stored: Vec<Option<Stored>> = sent.iter().map(|_| None).collect();
    for row in db.query_all_raw(call).await? {
        let number: i32 = row.try_get_by_index(0)?;
        let outcome: String = row.try_get_by_index(1)?;
        let place = usize::try_from(number).ok().and_then(|n| stored.get_mut(n.checked_sub(1)?));
        *place.ok_or(DbErr::RecordNotInserted)? = Some(became(&outcome)?);
    }
    stored.into_iter().collect::<Option<_>>().ok_or(DbErr::RecordNotInserted)
}

/// What the function says of one of them.
fn became(outcome: &str) -> Result<Stored, DbErr> {
    Ok(match outcome {
        "first" => Ok(false),
        "change" => Ok(true),
        "overtaken" => Err(Error::Overtaken),
        "not_open" => Err(Error::NotOpen),
        "destroyed" => Err(Error::KeyDestroyed),
        "unknown" => Err(Error::UnknownPoll),
        other => return Err(DbErr::Type(format!("take_responses says {other}"))),
    })
}
