//! What people agreed to release, for what, until when.

use crate::{
    accounts::{attributes::STATED, held},
    error::while_,
    platform::Platform,
    store::{
        attribute,
        consent::{ActiveModel, Column, Entity, Model},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use gather::padded;
use ports::{failure::Failure, purposes::Purpose};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
    sea_query::{Expr, ExprTrait as _, Query, SimpleExpr},
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Consents of one step: some tens of milliseconds at most.
const ROWS: u64 = 200;
/// Steps at a time.
const STEPS: u32 = 25;

/// Keeps a consent and what it was given for; an older one for the same scope ends.
///
/// # Errors
/// When the store cannot be written.
pub async fn grant(
    db: &impl ConnectionTrait,
    platform: &Platform,
    account: Uuid,
    scope: &str,
    purposes: &BTreeSet<Purpose>,
    days: u32,
) -> Result<(), Failure> {
    let now = platform.now();
    Entity::update_many()
        .filter(Column::AccountId.eq(account))
        .filter(Column::Scope.eq(scope))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::EndsAt.gt(now))
        // The new one decides from now on.
        .set(ActiveModel { ends_at: Set(now), settled: Set(true), ..ActiveModel::default() })
        .exec(db)
        .await
        .map_err(while_("ending an older consent"))?;
    Entity::insert(ActiveModel {
        id: Set(platform.uuid()),
        account_id: Set(account),
        scope: Set(scope.to_owned()),
        purpose: Set(Purpose::codes(purposes)),
        granted_at: Set(now),
        ends_at: Set(now + TimeDelta::days(days.into())),
        revoked_at: Set(None),
        settled: Set(false),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("keeping a consent"))?;
    Ok(())
}

/// The consents that hold at `now`.
fn holding(account: Uuid, now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::EndsAt.gt(now))
}

/// How many consents hold at `now`.
///
/// # Errors
/// When the store cannot be read.
pub async fn count_active(
    db: &impl ConnectionTrait,
    account: Uuid,
    now: DateTime<Utc>,
) -> Result<u64, Failure> {
    holding(account, now).count(db).await.map_err(while_("counting consents"))
}

/// The consents that hold at `now`, newest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn active(
    db: &impl ConnectionTrait,
    account: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Model>, Failure> {
    holding(account, now)
        .order_by_desc(Column::GrantedAt)
        .all(db)
        .await
        .map_err(while_("reading consents"))
}

/// Whether one of these consents is for the scope and covers what the fact is kept for. One that was given before
/// the portal read the fact may not: that it has not brought it does not show that the provider has no value.
#[must_use]
pub fn covers(held: &[Model], scope: &str, fact: &str) -> bool {
    let purpose = Purpose::of(fact);
    let mut of_scope = held.iter().filter(|consent| consent.scope == scope);
    of_scope.any(|consent| Purpose::from_codes(&consent.purpose).contains(&purpose))
}

/// Deletes what was released under consents that have ended by `now` and were not given anew. For
/// the scheduled work: so much of it that the next tick is not late.
///
/// A consent is looked at once, when it has run out; one that is given anew before leaves nothing to
/// do ([`grant`]). Each step is made of statements that can be repeated, so a server that dies leaves
/// the rest to the next one.
///
/// # Errors
/// When the store cannot be written.
pub async fn forget_ended(platform: &Platform, now: DateTime<Utc>) -> Result<u64, Failure> {
    let db = &platform.db;
    let mut forgotten = 0;
    for _ in 0..STEPS {
        let ended = ended(db, now).await?;
        if ended.is_empty() {
            break;
        }
        let (consents, accounts): (Vec<Uuid>, BTreeSet<Uuid>) = ended.into_iter().unzip();
        forgotten += forget_of(platform, accounts, now).await?;
        Entity::update_many()
            .col_expr(Column::Settled, Expr::val(true))
            .filter(Column::Id.is_in(padded(consents)))
            .exec(&platform.writer)
            .await
            .map_err(while_("settling consents"))?;
    }
    Ok(forgotten)
}

/// Some consents that have run out and were not looked at since, and whose they are. The last first:
/// they wait for none of those that a store of an earlier schema has many of.
async fn ended(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, Uuid)>, Failure> {
    Entity::find()
        .select_only()
        .columns([Column::Id, Column::AccountId])
        .filter(Column::Settled.into_expr().not())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::EndsAt.lte(now))
        .order_by_desc(Column::EndsAt)
        .limit(ROWS)
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("looking for consents that have ended"))
}

/// Deletes what these people released under consents that have ended and were not given anew. That
/// they were not is asked in the same statement: somebody may sign in at this moment.
async fn forget_of(
    platform: &Platform,
    accounts: BTreeSet<Uuid>,
    now: DateTime<Utc>,
) -> Result<u64, Failure> {
    let of_this_attribute = |ends: SimpleExpr| {
        Query::select()
            .column((Entity, Column::Id))
            .from(Entity)
            .and_where(
                Expr::col((Entity, Column::AccountId))
                    .equals((attribute::Entity, attribute::Column::AccountId)),
            )
            .and_where(
                Expr::col((Entity, Column::Scope))
                    .equals((attribute::Entity, attribute::Column::Source)),
            )
            .and_where(Column::RevokedAt.is_null())
            .and_where(ends)
            .to_owned()
    };
    let accounts = padded(accounts.into_iter().collect());
    let tx = platform.begin().await.map_err(while_("deleting data whose consent has ended"))?;
    // As a sign-in does: what is deleted changes the tag of its account.
    held::hold_all(&tx, &accounts).await?;
    let deleted = attribute::Entity::delete_many()
        .filter(attribute::Column::AccountId.is_in(accounts))
        .filter(attribute::Column::Source.ne(STATED))
        .filter(Expr::exists(of_this_attribute(Column::EndsAt.lte(now))))
        .filter(Expr::exists(of_this_attribute(Column::EndsAt.gt(now))).not())
        .exec(&tx)
        .await
        .map_err(while_("deleting data whose consent has ended"))?;
    tx.commit().await.map_err(while_("deleting data whose consent has ended"))?;
    Ok(deleted.rows_affected)
}
