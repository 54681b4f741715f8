//! Stores that have the newest schema from the start: each is a copy of one that was migrated once.
//!
//! To migrate a store on PostgreSQL takes longer than most tests do with it. What a test wants to see
//! migrated, or has something to say about while it is empty, begins with [`super::postgres`].

use super::{created, server};
use crate::{connection::open, portal, up, vault};
use sea_orm_migration::{MigratorTrait, sea_orm::DbErr};
use tokio::sync::OnceCell;

/// The address of a new store of the portal on PostgreSQL.
///
/// # Errors
/// The server does not answer, or refuses to create or to migrate a database.
///
/// # Panics
/// If there is no server and none can be started.
pub async fn portal_store() -> Result<String, DbErr> {
    static MIGRATED: OnceCell<String> = OnceCell::const_new();
    copy_of::<portal::Migrator>(&MIGRATED).await
}

/// The address of a new vault on PostgreSQL.
///
/// # Errors
/// As [`portal_store`].
///
/// # Panics
/// As [`portal_store`].
pub async fn vault_store() -> Result<String, DbErr> {
    static MIGRATED: OnceCell<String> = OnceCell::const_new();
    copy_of::<vault::Migrator>(&MIGRATED).await
}

async fn copy_of<M: MigratorTrait>(migrated: &OnceCell<String>) -> Result<String, DbErr> {
    let original = migrated.get_or_try_init(async || {
        let (name, url) = created(server(), "").await?;
        let db = open(&url).await?;
        up::<M>(&db).await?;
        // Nobody may be connected to what is copied.
        db.close().await?;
        Ok::<_, DbErr>(name)
    });
    let like = format!("TEMPLATE {}", original.await?);
    Ok(created(server(), &like).await?.1)
}
