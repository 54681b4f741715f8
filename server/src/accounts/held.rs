//! One change of a person's record at a time.
//!
//! A sign-in writes the account first and holds it until its end. Whatever looks at the record and
//! then writes holds it in the same way, first of all: so it sees what a sign-in or another window
//! of the same moment does, as a whole, or is seen by it.

use crate::{error::while_, store::account};
use ports::failure::Failure;
use sea_orm::{DatabaseTransaction, EntityTrait as _, QuerySelect as _, sea_query::LockType};
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
