//! The browsers in which a person is signed in: seeing and ending them.

use crate::{
    error::while_,
    identity::sessions::filed_under,
    platform::Platform,
    store::session::{Column, Entity},
};
use ports::{caller::SignedIn, failure::Failure, views::account::Device};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use std::fmt::Write as _;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What this request's session is filed under; empty for one that was never stored.
fn this(person: &SignedIn) -> Vec<u8> {
    person.session.id().map(filed_under).unwrap_or_default()
}

/// The person's sign-ins that have not ended, this one first, then the one used last.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(platform: &Platform, person: &SignedIn) -> Result<Vec<Device>, Failure> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(person.account))
        .filter(Column::ExpiresAt.gt(platform.now()))
        .order_by_desc(Column::SeenAt)
        .all(&platform.db)
        .await
        .map_err(while_("reading sign-ins"))?;
    let this = this(person);
    let mut sign_ins: Vec<Device> = rows
        .into_iter()
        .map(|row| Device {
            handle: hex(&row.id_hash),
            device: row.device.filter(|device| !device.is_empty()),
            since: platform.zone.local(row.created_at),
            seen: platform.zone.local(row.seen_at),
            this: row.id_hash == this,
        })
        .collect();
    sign_ins.sort_by_key(|sign_in| !sign_in.this);
    Ok(sign_ins)
}

/// Ends another sign-in of the person.
///
/// # Errors
/// [`Failure::NotFound`] for this one, somebody else's or none; when the store cannot be written.
pub async fn end(platform: &Platform, person: &SignedIn, handle: &str) -> Result<(), Failure> {
    let others = all(platform, person).await?.into_iter().filter(|sign_in| !sign_in.this);
    if !others.into_iter().any(|sign_in| sign_in.handle == handle) {
        return Err(Failure::NotFound);
    }
    let bytes: Option<Vec<u8>> = (0..handle.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(handle.get(at..at + 2)?, 16).ok())
        .collect();
    Entity::delete_many()
        .filter(Column::AccountId.eq(person.account))
        .filter(Column::IdHash.eq(bytes.ok_or(Failure::NotFound)?))
        .exec(&platform.db)
        .await
        .map_err(while_("ending a sign-in"))?;
    Ok(())
}

/// Ends every sign-in of the person but this one.
///
/// # Errors
/// When the store cannot be written.
pub async fn end_others(platform: &Platform, person: &SignedIn) -> Result<(), Failure> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(person.account))
        .filter(Column::IdHash.ne(this(person)))
        .exec(&platform.db)
        .await
        .map_err(while_("ending sign-ins"))?;
    Ok(())
}
