//! What becomes of sessions that have ended by themselves: they are emptied at once, but for whose
//! they were, and deleted once that need not be known any longer. By the scheduled work, in steps.

use crate::{
    error::while_,
    store::session::{ActiveModel, Column, Entity},
};
use chrono::{DateTime, TimeDelta, Utc};
use gather::padded;
use ports::failure::Failure;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};

/// Hours for which it is remembered whose an ended session was; the page of sign-ins tells it
/// (`account.sign_ins_ended`).
const REMEMBERED_HOURS: i64 = 24;
/// Ended sessions of one step.
const ROWS: u64 = 500;
/// Steps at a time.
const STEPS: u32 = 10;
/// Which sessions still hold something, as the index of them says it.
const TO_EMPTY: &str = "length(sealed) > 0";
/// And which do not.
const EMPTIED: &str = "length(sealed) = 0";

/// Empties the sessions that have ended by `now`, but for whose they were, and deletes those of
/// which that need not be known any longer; how many. For the scheduled work: so much of it that the
/// next tick is not late.
///
/// # Errors
/// When the store cannot be written.
pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, Failure> {
    let mut deleted = 0;
    for _ in 0..STEPS {
        let ended = some(db, TO_EMPTY, now).await?;
        if ended.is_empty() {
            break;
        }
        // Named one by one; the time is asked again, for one that is used at this moment.
        let ended = Condition::all()
            .add(Column::IdHash.is_in(padded(ended)))
            .add(Column::ExpiresAt.lte(now));
        deleted += delete(db, ended.clone().add(Column::AccountId.is_null())).await?;
        Entity::update_many()
            .filter(ended)
            .set(ActiveModel {
                sealed: Set(Vec::new()),
                provider_sid: Set(None),
                device: Set(None),
                ..ActiveModel::default()
            })
            .exec(db)
            .await
            .map_err(while_("emptying ended sessions"))?;
    }
    for _ in 0..STEPS {
        let forgotten = some(db, EMPTIED, now - TimeDelta::hours(REMEMBERED_HOURS)).await?;
        if forgotten.is_empty() {
            break;
        }
        deleted += delete(db, Column::IdHash.is_in(padded(forgotten)).into()).await?;
    }
    Ok(deleted)
}

/// Some of the sessions that have ended by then and of which this holds, by the index of those.
async fn some(
    db: &impl ConnectionTrait,
    which: &'static str,
    by: DateTime<Utc>,
) -> Result<Vec<Vec<u8>>, Failure> {
    Entity::find()
        .select_only()
        .column(Column::IdHash)
        .filter(Expr::cust(which))
        .filter(Column::ExpiresAt.lte(by))
        .order_by_asc(Column::ExpiresAt)
        .limit(ROWS)
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("looking for ended sessions"))
}

async fn delete(db: &impl ConnectionTrait, which: Condition) -> Result<u64, Failure> {
    Entity::delete_many()
        .filter(which)
        .exec(db)
        .await
        .map(|deleted| deleted.rows_affected)
        .map_err(while_("deleting ended sessions"))
}
