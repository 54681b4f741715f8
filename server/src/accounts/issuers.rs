//! Accounts of another issuer than the configured one.
//!
//! An account is found by issuer and subject together ([`super::sign_in::Subjects`]), because a subject means
//! something at its issuer only. So a changed issuer makes everybody a stranger, without a word: who set it by
//! mistake is to hear of it before people do.

use crate::store::account::{Column, Entity};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
};

/// What follows from another issuer, and what to do.
pub const FOLLOWS: &str = "whoever owns one of them gets a new, empty account at the next sign-in, can \
     answer each poll once more, and reaches nothing of the old one; roles are lost, too. If that is \
     not meant, set provider.issuer as it was";

/// Accounts that are looked at when the portal starts: to look at millions would keep it from starting.
const FIRST: u64 = 1_000;

/// How many accounts are of another issuer, which is given as
/// [`issuer_id`](crate::config::provider::Provider::issuer_id) has it.
///
/// # Errors
/// When the store cannot be read.
pub async fn others(db: &impl ConnectionTrait, issuer: &str) -> Result<u64, DbErr> {
    Entity::find().filter(Column::Provider.ne(issuer)).count(db).await
}

/// Whether one of the first accounts is of another issuer.
///
/// # Errors
/// When the store cannot be read.
pub async fn another_at_first(db: &impl ConnectionTrait, issuer: &str) -> Result<bool, DbErr> {
    let first: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Provider)
        .limit(FIRST)
        .into_tuple()
        .all(db)
        .await?;
    Ok(first.iter().any(|provider| provider != issuer))
}
