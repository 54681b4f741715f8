//! Who used a person's data and what for, for that person to see.
//!
//! Finding the polls for a person uses region, birth date and gender at every visit. That is not
//! written down: such a list would tell which polls the person opened.

use crate::{
    error::while_,
    platform::Platform,
    store::{self, Page, data_access},
};
use ports::{
    failure::Failure,
    views::account::{Access, Accesses, Use, Who},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, Select,
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

/// Uses on a page.
const USES: u64 = 50;

/// The uses of a person's data, newest first.
fn of(account: Uuid) -> Select<data_access::Entity> {
    data_access::Entity::find()
        .filter(data_access::Column::AccountId.eq(account))
        .order_by_desc(data_access::Column::At)
        .order_by_desc(data_access::Column::Id)
}

fn access(platform: &Platform, row: &data_access::Model) -> Access {
    Access {
        at: platform.zone.zoned(row.at),
        who: Who::from_code(&row.who),
        purpose: Use::from_code(&row.purpose),
    }
}

/// Every use of a person's data, newest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(platform: &Platform, account: Uuid) -> Result<Vec<Access>, Failure> {
    let rows = of(account).all(&platform.db).await.map_err(while_("reading uses of data"))?;
    Ok(rows.iter().map(|row| access(platform, row)).collect())
}

/// The page (from 1) of them.
///
/// # Errors
/// When the store cannot be read.
pub async fn page(platform: &Platform, account: Uuid, page: u64) -> Result<Accesses, Failure> {
    let found = store::page(&platform.db, of(account), USES, page).await;
    let Page { rows, page, pages } = found.map_err(while_("reading uses of data"))?;
    let uses = rows.iter().map(|row| access(platform, row)).collect();
    Ok(Accesses { uses, page, pages })
}
