//! The key from which everything is derived that the portal seals and finds people by.
//!
//! It is random, and lies in the portal's store wrapped by the master key. So the master key can
//! be replaced (`veche rotate-key`) without sealing anything anew, and without an account losing
//! its owner: accounts are found by a code of issuer and subject under this key, which nobody could
//! compute again without the person signing in.
//!
//! In a store from before there was such a key, everything is derived from the master key itself;
//! there the portal's key *is* that master key, and stays it after the master key was replaced.

use crate::{
    entropy::Entropy,
    master_keys::MasterKeys,
    sealing::Sealer,
    store::{account, portal_key},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseConnection, DbErr,
    EntityTrait as _, PaginatorTrait as _, QueryFilter as _, sea_query::Expr,
};
use vault::write_anew_at_last;
use zeroize::Zeroizing;

/// The one row.
const ID: i32 = 1;
/// What the sealed key is.
const CONTEXT: &[u8] = b"portal-key";

/// The key of the portal.
pub type PortalKey = Zeroizing<[u8; 32]>;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum PortalKeyError {
    /// The store cannot be asked.
    #[error(transparent)]
    Store(#[from] DbErr),
    /// Another master key, or somebody changed the store.
    #[error("the portal's key does not open; is this the right master key?")]
    Unreadable,
}

fn sealer(master: &Zeroizing<[u8; 32]>) -> Sealer {
    Sealer::derive(master.as_slice(), "portal-key/v1")
}

fn open_by(master: &Zeroizing<[u8; 32]>, wrapped: &[u8]) -> Option<PortalKey> {
    let plain = sealer(master).open(wrapped, CONTEXT).ok()?;
    <[u8; 32]>::try_from(plain.as_slice()).ok().map(Zeroizing::new)
}

fn open(masters: &MasterKeys, wrapped: &[u8]) -> Result<PortalKey, PortalKeyError> {
    open_by(&masters.current, wrapped)
        .or_else(|| masters.previous.as_ref().and_then(|previous| open_by(previous, wrapped)))
        .ok_or(PortalKeyError::Unreadable)
}

fn wrap(masters: &MasterKeys, key: &PortalKey, entropy: &dyn Entropy) -> Vec<u8> {
    sealer(&masters.current).seal(key.as_slice(), CONTEXT, entropy)
}

async fn stored(db: &impl ConnectionTrait) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(portal_key::Entity::find_by_id(ID).one(db).await?.map(|row| row.wrapped))
}

/// The portal's key; in a new store it is made. Of several servers that make it at once one does.
///
/// # Errors
/// The store cannot be asked or written; the key opens under neither master key.
pub async fn load(
    db: &DatabaseConnection,
    masters: &MasterKeys,
    entropy: &dyn Entropy,
) -> Result<PortalKey, PortalKeyError> {
    if let Some(wrapped) = stored(db).await? {
        return open(masters, &wrapped);
    }
    let key = if account::Entity::find().count(db).await? == 0 {
        let mut key = Zeroizing::new([0; 32]);
        entropy.fill(key.as_mut_slice());
        key
    } else {
        masters.previous.as_ref().unwrap_or(&masters.current).clone()
    };
    let row = portal_key::ActiveModel { id: Set(ID), wrapped: Set(wrap(masters, &key, entropy)) };
    portal_key::Entity::insert(row)
        .on_conflict_do_nothing_on([portal_key::Column::Id])
        .exec_without_returning(db)
        .await?;
    open(masters, &stored(db).await?.ok_or(PortalKeyError::Unreadable)?)
}

/// Tries the master key on the portal's key, if there is one.
///
/// # Errors
/// As [`load`].
pub async fn check(db: &DatabaseConnection, masters: &MasterKeys) -> Result<(), PortalKeyError> {
    stored(db).await?.map_or(Ok(()), |wrapped| open(masters, &wrapped).map(|_| ()))
}

/// Wraps the portal's key under the current master key; whether it was under the previous one.
///
/// What the previous one wrapped does not remain in the database's files, as the polls' keys do not
/// ([`write_anew_at_last`]).
///
/// # Errors
/// As [`load`]. It can be repeated.
pub async fn rewrap(
    db: &DatabaseConnection,
    masters: &MasterKeys,
    entropy: &dyn Entropy,
) -> Result<bool, PortalKeyError> {
    let key = load(db, masters, entropy).await?;
    let Some(wrapped) = stored(db).await? else { return Ok(false) };
    let previous = open_by(&masters.current, &wrapped).is_none();
    if previous {
        portal_key::Entity::update_many()
            .col_expr(portal_key::Column::Wrapped, Expr::value(wrap(masters, &key, entropy)))
            .filter(portal_key::Column::Wrapped.eq(wrapped))
            .exec(db)
            .await?;
    }
    write_anew_at_last(db, "portal_key").await?;
    Ok(previous)
}
