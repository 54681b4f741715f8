//! Deleting an account with everything that the portal keeps of the person.
//!
//! What stays: answers to closed polls that are not published yet, or not for long, as counted and without any way
//! back to the person, and of published ones that there was one; until
//! an open poll closes, that somebody who was in one of its live batches left (`vault`'s
//! `live::note_released`), which only that person's next answer can match; what was typed too late in
//! another browser, sealed in a session there in which nobody is signed in, until that ends or
//! somebody signs in, or, where a store failed, in that of somebody else until that ends, and shown to
//! nobody; and, of staff, also of former ones, the lines of their
//! log, the polls they wrote or decided on and whom they gave a role, which hold an identifier that
//! nobody but the same person, signing in again, can lead to.

use crate::{
    accounts::held::hold_all,
    entropy::AsRng,
    error::while_,
    platform::Platform,
    polls::{participation::respondent, record::ids_with_key},
    sealing::Sealer,
    staff::roles,
    store::{account, portal_key, release},
};
use chrono::TimeDelta;
use ports::{
    caller::SignedIn,
    failure::{Failure, REQUEST_ID, request_id},
    forms::Fault,
    settled_days,
};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::LockType,
};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;
use tracing::Instrument as _;
use uuid::Uuid;
use vault::{Respondent, Vault};

/// How long a deletion may take. No request bounds it, and a database that does not answer would be waited for
/// without an end.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a deletion is begun: once, and again if the person signed in meanwhile.
const ATTEMPTS: usize = 3;

/// What a mark is sealed as.
const MARK: &[u8] = b"deletion";

/// The marks of the pages that delete an account or state something for it: whose, for nobody but the portal
/// to make or to read. A form that one person opened does nothing for another who has signed in since.
///
/// The button that deletes is pressed twice sooner or later, and by then the session is gone with the
/// account. The mark that the form brings says then what became of the account of the very page that it
/// comes from, and of no other.
pub struct Marks(Sealer);

impl Marks {
    /// Marks under a key derived from the portal's key.
    #[must_use]
    pub fn new(portal_key: &[u8]) -> Self {
        Self(Sealer::derive(portal_key, "deletion-mark/v1"))
    }

    /// The mark of this person's page.
    #[must_use]
    pub fn of(&self, platform: &Platform, person: &SignedIn) -> String {
        hex::encode(self.0.seal(person.account.as_bytes(), MARK, &*platform.entropy))
    }

    /// The account of a mark that the portal made.
    #[must_use]
    pub fn account(&self, mark: &str) -> Option<Uuid> {
        let account = self.0.open(&hex::decode(mark).ok()?, MARK).ok()?;
        Uuid::from_slice(&account).ok()
    }

    /// Whether the account of a mark is gone. The same person's next account has the same id: whoever
    /// came again has one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_gone(&self, db: &DatabaseConnection, mark: &str) -> Result<bool, Failure> {
        let Some(account) = self.account(mark) else { return Ok(false) };
        let row = account::Entity::find_by_id(account).one(db).await;
        let gone = row.map_err(while_("reading an account"))?.is_none();
        if gone {
            // Its deletion may not be on the replica yet, though it shows here. A lock is a commit, which
            // waits for all before it.
            let any = portal_key::Entity::find().select_only().column(portal_key::Column::Id);
            let locked = any.lock(LockType::KeyShare).into_tuple::<i32>().one(db).await;
            locked.map_err(while_("making sure of a deletion"))?;
        }
        Ok(gone)
    }
}

/// Deletes the account and ends its sessions, by a task of its own: roles and answers go first, and a request
/// that ends in between, because the browser is closed or it takes too long, would leave an account
/// without them that nobody goes on to delete. The inner error is [`Fault::LastAdministrator`]: nobody
/// would be left to give roles. Then the answers are still there, unless the person became the last one
/// in the moment between giving their roles up and the end of it. For how many `backup_days` copies of the
/// portal's store are kept says which releases may be lost yet ([`settled_days`]).
///
/// # Errors
/// When a store cannot be written or does not answer, or the person signs in again and again meanwhile. Until
/// the account itself is gone it can be repeated.
pub async fn delete(
    platform: &Platform,
    vault: &Vault,
    person: &SignedIn,
    backup_days: u16,
) -> Result<Result<(), Fault>, Failure> {
    let (platform, vault, person) = (platform.clone(), vault.clone(), person.clone());
    let settled = TimeDelta::days(settled_days(backup_days).into());
    let all = async move { delete_all(&platform, &vault, &person, settled).await };
    // What breaks stands in the log under the id that the person sees.
    let all = REQUEST_ID.scope(request_id(), all).in_current_span();
    tokio::spawn(all).await.map_err(while_("deleting an account"))?
}

async fn delete_all(
    platform: &Platform,
    vault: &Vault,
    person: &SignedIn,
    settled: TimeDelta,
) -> Result<Result<(), Fault>, Failure> {
    let deleted = timeout(PATIENCE, delete_account(platform, vault, person, settled)).await;
    let (respondent, polls) = match deleted.map_err(while_("deleting an account"))?? {
        Ok(gone) => gone,
        Err(fault) => return Ok(Err(fault)),
    };
    // Once more, for what another of the person's browsers sent in the meantime. What is still on
    // its way in that moment stays until the poll's retention ends, and nobody can find it any more,
    // nor who sent it. Nobody can call this again, so a failure is only logged: what broke is by now.
    let again = forget(platform, vault, &respondent, &polls, settled);
    if let Err(late) = timeout(PATIENCE, again).await {
        drop(Failure::internal(late));
    }
    person.session.flush().await.map_err(while_("ending a session"))?;
    Ok(Ok(()))
}

/// Everything that polls have of somebody. Of those whose release has been stored for as long as it takes to be
/// `settled` ([`settled_days`]), nothing is counted any more; of one that is being counted at this moment it is
/// not, and what is counted stays.
async fn forget(
    platform: &Platform,
    vault: &Vault,
    respondent: &Respondent,
    polls: &[Uuid],
    settled: TimeDelta,
) -> Result<(), Failure> {
    let published = release::Entity::find()
        .select_only()
        .column(release::Column::PollId)
        .filter(release::Column::PollId.is_in(polls.iter().copied()))
        .filter(release::Column::PublishedAt.lte(platform.now() - settled))
        .into_tuple::<Uuid>()
        .all(&platform.db)
        .await
        .map_err(while_("looking for releases"))?;
    let published = BTreeSet::from_iter(published);
    let mut random = AsRng(&*platform.entropy);
    let forgotten = vault.forget(respondent, polls, &published, &mut random).await;
    forgotten.map_err(while_("forgetting a respondent"))
}

/// Gives somebody's roles up, before anything else goes: whoever is the last administrator keeps everything.
/// Where the rest of the deletion fails, they are gone; whom the configuration names gets theirs back at the
/// next sign-in, since nobody took it. The inner error is as that of [`delete`].
async fn give_roles_up(platform: &Platform, account: Uuid) -> Result<Result<(), Fault>, Failure> {
    let grants = roles::grants(&platform.db, account).await?;
    // A citizen's deletion waits for nothing here.
    if grants.is_empty() {
        return Ok(Ok(()));
    }
    let tx = platform.begin().await.map_err(while_("giving roles up"))?;
    // One change of a person's roles at a time, as where they are given and taken.
    hold_all(&tx, &[account]).await?;
    if let Err(fault) = roles::leave(&tx, platform, account).await? {
        return Ok(Err(fault));
    }
    tx.commit().await.map_err(while_("giving roles up"))?;
    Ok(Ok(()))
}

/// Forgets somebody in the vault and deletes the account. Gives who it was, and in which polls.
async fn delete_account(
    platform: &Platform,
    vault: &Vault,
    person: &SignedIn,
    settled: TimeDelta,
) -> Result<Result<(Respondent, Vec<Uuid>), Fault>, Failure> {
    let respondent = respondent(person).await?;
    let polls = ids_with_key(&platform.db).await?;
    let mut deleted = false;
    for _ in 0..ATTEMPTS {
        let row = account::Entity::find_by_id(person.account).one(&platform.db).await;
        let row = row.map_err(while_("reading an account"))?;
        // Each time: a sign-in in between may have given some back.
        if let Err(fault) = give_roles_up(platform, person.account).await? {
            return Ok(Err(fault));
        }
        forget(platform, vault, &respondent, &polls, settled).await?;
        deleted = match row {
            Some(row) => match delete_as(platform, &row).await? {
                Ok(deleted) => deleted,
                Err(fault) => return Ok(Err(fault)),
            },
            None => true,
        };
        if deleted {
            break;
        }
    }
    if !deleted {
        return Err(Failure::internal(
            "somebody signs in again and again while the account is deleted",
        ));
    }
    Ok(Ok((respondent, polls)))
}

/// Deletes an account as it was read. One that signed in since stays, `false`: what comes so late
/// was asked for by nobody who is there now. The same person's next account has the same id. The inner
/// error is as that of [`delete`].
///
/// # Errors
/// When the store cannot be written.
pub async fn delete_as(
    platform: &Platform,
    row: &account::Model,
) -> Result<Result<bool, Fault>, Failure> {
    let tx = platform.begin().await.map_err(while_("deleting an account"))?;
    let same = account::Entity::find_by_id(row.id)
        .filter(account::Column::CreatedAt.eq(row.created_at))
        .filter(account::Column::LastSignInAt.eq(row.last_sign_in_at))
        // One change of a person's roles at a time, as where they are given and taken. The deletion takes this
        // lock in any case: not a weaker one first.
        .lock_exclusive()
        .one(&tx)
        .await
        .map_err(while_("deleting an account"))?;
    if same.is_none() {
        return Ok(Ok(false));
    }
    // Those that were given since the person gave theirs up.
    if let Err(fault) = roles::leave(&tx, platform, row.id).await? {
        return Ok(Err(fault));
    }
    // Attributes, consents, notices and sessions go with it, by their foreign keys.
    account::Entity::delete_by_id(row.id).exec(&tx).await.map_err(while_("deleting an account"))?;
    tx.commit().await.map_err(while_("deleting an account"))?;
    Ok(Ok(true))
}
