//! Who does the scheduled work at the moment.
//!
//! Whoever leads renews the lease every few seconds, also while a round of the work takes long. So until
//! when it holds tells, too, how old a copy of this store is ([`last_beat`]).

use chrono::Duration;
use sea_orm::{
    ActiveValue::Set,
    Condition,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};
use std::time::Duration as Wait;

/// Who does the scheduled work at the moment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lease")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub holder: String,
    pub until: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Name of the lease.
const NAME: &str = "scheduler";
/// The holder of a lease that was given up.
const NOBODY: &str = "";
/// Seconds between two renewals by whoever leads.
pub const RENEWED: u64 = 5;
/// Times that long for which it holds without being renewed.
pub const ROUNDS: u32 = 6;
/// How long the work of one round may take. Counting the largest poll takes seconds; but over a connection
/// whose other end has lost its power nothing ever comes, and this server would do nothing any more. The
/// alert that nobody does the work, `VecheSchedulerStopped`, waits longer than that.
pub const LONGEST: Wait = Wait::from_mins(10);
/// For how long it holds without being renewed.
const HOLDS: Duration = Duration::seconds(RENEWED.cast_signed() * ROUNDS as i64);

/// Takes or renews the lease. Gives whether `holder` has it now.
///
/// # Errors
/// When the database cannot be written.
pub async fn take(
    db: &impl ConnectionTrait,
    holder: Uuid,
    now: DateTimeUtc,
) -> Result<bool, DbErr> {
    let holder = holder.to_string();
    let until = now + HOLDS;
    let old = |column| Expr::col((Entity, column));
    let free = Condition::any()
        .add(old(Column::Holder).is_in([&*holder, NOBODY]))
        .add(old(Column::Until).lte(now))
        // No lease holds that long: the clock was ahead when it was taken. There is room for
        // clocks that differ as far as they may, and for bids that arrive late.
        .add(old(Column::Until).gt(until + HOLDS));
    let take = OnConflict::column(Column::Name)
        .update_columns([Column::Holder, Column::Until])
        .action_cond_where(free)
        .to_owned();
    let row = ActiveModel { name: Set(NAME.to_owned()), holder: Set(holder), until: Set(until) };
    let rows = Entity::insert(row).on_conflict(take).exec_without_returning(db).await?;
    Ok(rows == 1)
}

/// Gives the lease up, if `holder` has it. Until when it held stays: a replica's age is told by it.
///
/// # Errors
/// When the database cannot be written.
pub async fn give_up(db: &impl ConnectionTrait, holder: Uuid) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Holder, Expr::val(NOBODY))
        .filter(Column::Name.eq(NAME))
        .filter(Column::Holder.eq(holder.to_string()))
        .exec(db)
        .await?;
    Ok(())
}

/// When the leading scheduler last said that it is there, as far as this database knows: once in
/// [`RENEWED`] seconds, by its own clock. A replica is as old as this at most.
///
/// # Errors
/// When the database cannot be read.
pub async fn last_beat(db: &impl ConnectionTrait) -> Result<Option<DateTimeUtc>, DbErr> {
    let lease = Entity::find_by_id(NAME.to_owned()).one(db).await?;
    Ok(lease.map(|lease| lease.until - HOLDS))
}
