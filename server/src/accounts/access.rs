//! Who used a person's data and what for, for that person to see.
//!
//! Finding the polls for a person uses region, birth date and gender at every visit. That is not
//! written down: such a list would tell which polls the person opened.

use crate::{error::while_, platform::Platform, store::data_access};
use ports::{
    failure::Failure,
    views::account::{Access, Use, Who},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use uuid::Uuid;

/// Writes down that a person's data was used.
///
/// # Errors
/// When the store cannot be written.
pub async fn record(
    db: &impl ConnectionTrait,
    platform: &Platform,
    account: Uuid,
    who: Who,
    purpose: Use,
) -> Result<(), Failure> {
    data_access::Entity::insert(data_access::ActiveModel {
        id: Set(platform.uuid()),
        account_id: Set(account),
        at: Set(platform.now()),
        who: Set(who.code().to_owned()),
        purpose: Set(purpose.code().to_owned()),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("writing down a use of data"))?;
    Ok(())
}

/// Every use of a person's data, newest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(platform: &Platform, account: Uuid) -> Result<Vec<Access>, Failure> {
    let rows = data_access::Entity::find()
        .filter(data_access::Column::AccountId.eq(account))
        .order_by_desc(data_access::Column::At)
        .order_by_desc(data_access::Column::Id)
        .all(&platform.db)
        .await
        .map_err(while_("reading uses of data"))?;
    Ok(rows
        .into_iter()
        .map(|row| Access {
            at: platform.zone.local(row.at),
            who: Who::from_code(&row.who),
            purpose: Use::from_code(&row.purpose),
        })
        .collect())
}
