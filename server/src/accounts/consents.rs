//! What people agreed to release, for what, until when.

use crate::{
    accounts::attributes::STATED,
    error::while_,
    platform::Platform,
    store::{
        attribute,
        consent::{ActiveModel, Column, Entity, Model},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use ports::{failure::Failure, purposes::Purpose};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::{Expr, ExprTrait as _, Query, SimpleExpr},
};
use uuid::Uuid;

/// Keeps a consent; an older one for the same scope ends.
///
/// # Errors
/// When the store cannot be written.
pub async fn grant(
    db: &impl ConnectionTrait,
    platform: &Platform,
    account: Uuid,
    scope: &str,
    purpose: Purpose,
    days: u32,
) -> Result<(), Failure> {
    let now = platform.now();
    Entity::update_many()
        .filter(Column::AccountId.eq(account))
        .filter(Column::Scope.eq(scope))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::EndsAt.gt(now))
        .set(ActiveModel { ends_at: Set(now), ..ActiveModel::default() })
        .exec(db)
        .await
        .map_err(while_("ending an older consent"))?;
    Entity::insert(ActiveModel {
        id: Set(platform.uuid()),
        account_id: Set(account),
        scope: Set(scope.to_owned()),
        purpose: Set(purpose.code().to_owned()),
        granted_at: Set(now),
        ends_at: Set(now + TimeDelta::days(days.into())),
        revoked_at: Set(None),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("keeping a consent"))?;
    Ok(())
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
    Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::EndsAt.gt(now))
        .order_by_desc(Column::GrantedAt)
        .all(db)
        .await
        .map_err(while_("reading consents"))
}

/// Deletes what was released under consents that have ended by `now` and were not given anew. For
/// the scheduled work.
///
/// # Errors
/// When the store cannot be written.
pub async fn forget_ended(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, Failure> {
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
    attribute::Entity::delete_many()
        .filter(attribute::Column::Source.ne(STATED))
        .filter(Expr::exists(of_this_attribute(Column::EndsAt.lte(now))))
        .filter(Expr::exists(of_this_attribute(Column::EndsAt.gt(now))).not())
        .exec(db)
        .await
        .map(|deleted| deleted.rows_affected)
        .map_err(while_("deleting data whose consent has ended"))
}
