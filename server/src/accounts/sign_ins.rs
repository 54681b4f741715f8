//! The browsers in which a person is signed in: seeing and ending them.

use crate::{
    accounts::held,
    error::while_,
    identity::sessions::filed_under,
    platform::Platform,
    store::session::{Column, Entity, Model},
};
use ports::{
    caller::SignedIn,
    failure::Failure,
    views::{ZonedMoment, account::Device},
};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;

/// Data key of the handle of the sign-in that was ended last from here.
const ENDED: &str = "sign_in_ended";

/// What this request's session is filed under; empty for one that was never stored.
fn this(person: &SignedIn) -> Vec<u8> {
    person.session.id().map(filed_under).unwrap_or_default()
}

/// A sign-in with all that is kept of it beside what it holds.
#[derive(Serialize)]
pub struct Kept {
    #[serde(flatten)]
    sign_in: Device,
    /// What the identity provider calls it.
    provider_session: Option<String>,
    /// When it ends without another request, or ended.
    ends: ZonedMoment,
}

/// The person's sign-ins that have not ended, this one first, then the one used last.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(platform: &Platform, person: &SignedIn) -> Result<Vec<Device>, Failure> {
    let (running, this) = (Column::ExpiresAt.gt(platform.now()), this(person));
    let rows = rows(platform, person, Condition::all().add(running)).await?;
    let mut sign_ins: Vec<Device> =
        rows.into_iter().map(|row| device(platform, row, &this)).collect();
    sign_ins.sort_by_key(|sign_in| !sign_in.this);
    Ok(sign_ins)
}

/// As [`all`], with those that have ended and of which it is remembered whose they were: for the
/// person's own file.
///
/// # Errors
/// When the store cannot be read.
pub async fn kept(platform: &Platform, person: &SignedIn) -> Result<Vec<Kept>, Failure> {
    let this = this(person);
    let rows = rows(platform, person, Condition::all()).await?;
    let mut kept: Vec<Kept> = rows
        .into_iter()
        .map(|mut row| Kept {
            provider_session: row.provider_sid.take(),
            ends: platform.zone.zoned(row.expires_at),
            sign_in: device(platform, row, &this),
        })
        .collect();
    kept.sort_by_key(|kept| !kept.sign_in.this);
    Ok(kept)
}

async fn rows(
    platform: &Platform,
    person: &SignedIn,
    which: Condition,
) -> Result<Vec<Model>, Failure> {
    Entity::find()
        .filter(Column::AccountId.eq(person.account))
        .filter(which)
        .order_by_desc(Column::SeenAt)
        .all(&platform.db)
        .await
        .map_err(while_("reading sign-ins"))
}

fn device(platform: &Platform, row: Model, this: &[u8]) -> Device {
    Device {
        handle: hex::encode(&row.id_hash),
        device: row.device.filter(|device| !device.is_empty()),
        since: platform.zone.zoned(row.created_at),
        seen: platform.zone.zoned(row.seen_at),
        this: row.id_hash == this,
    }
}

/// Ends another sign-in of the person. The one that was ended last from here is done already: its
/// button was pressed twice. Of any other that is not there it is not said that it ended, since it may
/// have got another handle.
///
/// # Errors
/// [`Failure::NotFound`] for this one, somebody else's or none; [`Failure::SignedOut`] where the account is
/// gone; when the store cannot be read or written.
pub async fn end(platform: &Platform, person: &SignedIn, handle: &str) -> Result<(), Failure> {
    // By one statement, whose number of rows says what became of it. What is remembered of one that has
    // ended by itself, or that has another handle by now, stays.
    let of_handle = Column::IdHash.eq(hex::decode(handle).unwrap_or_default());
    if end_such(platform, person, Condition::all().add(of_handle)).await? > 0 {
        return person.session.insert(ENDED, handle).await.map_err(while_("writing the session"));
    }
    let before: Option<String> =
        person.session.get(ENDED).await.map_err(while_("reading the session"))?;
    if before.as_deref() == Some(handle) { Ok(()) } else { Err(Failure::NotFound) }
}

/// Ends every sign-in of the person but this one. As with [`end`], what is remembered of those that have
/// ended by themselves stays: what was typed there can still come to its owner.
///
/// # Errors
/// [`Failure::SignedOut`] where the account is gone; when the store cannot be written.
pub async fn end_others(platform: &Platform, person: &SignedIn) -> Result<(), Failure> {
    end_such(platform, person, Condition::all()).await.map(drop)
}

/// Ends such of the person's sign-ins, but for this one and those that have ended by themselves; how many.
///
/// Whoever asks for it a second time is told that it is done, though none is found any more. That is told by a
/// commit, too, which waits for a replica and for all before it: the account is held.
async fn end_such(platform: &Platform, person: &SignedIn, such: Condition) -> Result<u64, Failure> {
    let tx = platform.begin().await.map_err(while_("ending sign-ins"))?;
    held::hold(&tx, person.account).await?;
    let ended = Entity::delete_many()
        .filter(Column::AccountId.eq(person.account))
        .filter(Column::IdHash.ne(this(person)))
        .filter(Column::ExpiresAt.gt(platform.now()))
        .filter(such)
        .exec(&tx)
        .await
        .map_err(while_("ending sign-ins"))?;
    tx.commit().await.map_err(while_("ending sign-ins"))?;
    Ok(ended.rows_affected)
}
