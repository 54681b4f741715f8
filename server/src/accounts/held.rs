//! One change of a person's record at a time.
//!
//! A sign-in writes the account first and holds it until its end. Whatever looks at the record and
//! then writes holds it in the same way, first of all: so it sees what a sign-in or another window
//! of the same moment does, as a whole, or is seen by it.

use crate::{error::while_, store::account};
use ports::failure::Failure;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::LockType,
};
use uuid::Uuid;

/// Holds the account until the transaction ends. What only refers to it, a session for instance,
/// need not wait.
///
/// # Errors
/// [`Failure::SignedOut`] where there is none any more; when the store cannot be read.
pub async fn hold(tx: &DatabaseTransaction, account: Uuid) -> Result<(), Failure> {
    let row = account::Entity::find_by_id(account)
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await
        .map_err(while_("holding an account"))?;
    row.map(drop).ok_or(Failure::SignedOut)
}

/// Holds these accounts, as far as they are there, until the transaction ends: in the order of their ids,
/// so that no two who hold several wait for each other.
///
/// # Errors
/// When the store cannot be read.
pub async fn hold_all(tx: &DatabaseTransaction, accounts: &[Uuid]) -> Result<(), Failure> {
    account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Id.is_in(accounts.iter().copied()))
        .order_by_asc(account::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(tx)
        .await
        .map(drop)
        .map_err(while_("holding accounts"))
}
