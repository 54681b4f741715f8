//! Whose an ended session was. For a day after a session has ended this is kept, and nothing else of
//! it, so that a form which arrives late goes to that person and never to the next one at the same
//! browser. The same holds for an id that was replaced by a new one, even if the person has since signed
//! out of the new one.

use super::{Sessions, filed_under};
use crate::{
    error::while_,
    store::{
        account,
        session::{Column, Entity},
    },
};
use chrono::{DateTime, Utc};
use ports::failure::Failure;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use tower_sessions::session::Id;
use uuid::Uuid;

/// Whose a session was. Whoever deletes the account and comes again has the same id, and nothing of
/// what was typed before: the accounts differ by when they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    account: Uuid,
    created_at: DateTime<Utc>,
}

impl Owner {
    /// The account's id.
    #[must_use]
    pub const fn account(&self) -> Uuid {
        self.account
    }

    /// Whose the account is now, if it is there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(db: &impl ConnectionTrait, account: Uuid) -> Result<Option<Self>, Failure> {
        let row = account::Entity::find_by_id(account)
            .one(db)
            .await
            .map_err(while_("reading an account"))?;
        Ok(row.map(|row| Self { account, created_at: row.created_at }))
    }
}

impl Sessions {
    /// The owner of a session that ended by itself, as long as it is remembered.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn ended(&self, id: Id) -> Result<Option<Owner>, Failure> {
        // As for whoever opens it (`StoredSession::is_over`).
        let over = Condition::any()
            .add(Column::ExpiresAt.lte(self.platform.now()))
            .add(Column::Sealed.eq(Vec::<u8>::new()));
        let row = Entity::find_by_id(filed_under(id))
            .filter(over)
            .one(&self.platform.db)
            .await
            .map_err(while_("reading an ended session"))?;
        match row.and_then(|row| row.account_id) {
            Some(account) => Owner::of(&self.platform.db, account).await,
            None => Ok(None),
        }
    }
}
