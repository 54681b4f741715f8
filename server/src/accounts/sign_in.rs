//! What a sign-in leaves behind: the account, what was released, the consents.

use crate::{
    accounts::{
        access,
        attributes::{Attribute, Attributes},
        consents,
    },
    error::while_,
    identity::mapping::Released,
    platform::Platform,
    sealing::mac,
    staff::roles,
    store::{account, staff_log},
};
use ports::{
    actions::Action,
    failure::Failure,
    purposes::Purpose,
    roles::Role,
    views::account::{Use, Who},
};
use questionnaire::Language;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    sea_query::OnConflict,
};
use std::collections::BTreeSet;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Makes of the provider's subjects what accounts are found by, and their ids. The subject itself
/// is not stored: without the portal's key a row does not say whose it is.
///
/// A person who deletes the account and signs in again gets the same id. The vault's pseudonyms
/// are made of it, so nobody can enter two live batches of a poll by being two people one after
/// the other, nor approve a poll that they wrote before. Accounts made before ids were derived
/// keep their random ones until they are deleted.
#[derive(Clone)]
pub struct Subjects {
    key: Zeroizing<[u8; 32]>,
    ids: Zeroizing<[u8; 32]>,
    ends: Zeroizing<[u8; 32]>,
}

impl Subjects {
    /// With keys derived from the portal's key.
    #[must_use]
    pub fn new(portal_key: &[u8]) -> Self {
        Self {
            key: mac(portal_key, &[b"account-subject/v1"]),
            ids: mac(portal_key, &[b"account-id/v1"]),
            ends: mac(portal_key, &[b"ended-at-provider/v1"]),
        }
    }

    /// HMAC-SHA-256 of issuer and subject under one key, and the id under another, so that
    /// neither says anything about the other; `issuer` as `config::provider::Provider::issuer_id`
    /// gives it.
    #[must_use]
    pub fn of(&self, issuer: &str, subject: &str) -> Subject {
        let parts = [issuer.as_bytes(), b"\0", subject.as_bytes()];
        let mut id = [0; 16];
        id.copy_from_slice(&mac(self.ids.as_slice(), &parts)[..16]);
        let id = uuid::Builder::from_custom_bytes(id).into_uuid();
        Subject { hash: *mac(self.key.as_slice(), &parts), id }
    }

    /// What stands for an end at the provider: of all sessions of a person, of one session, or of one
    /// that is a certain person's. HMAC-SHA-256 under a key of its own, so that without the portal's
    /// key it says neither whose it was nor of which account.
    #[must_use]
    pub fn end(&self, issuer: &str, subject: Option<&str>, session: Option<&str>) -> String {
        let given = [u8::from(subject.is_some()), u8::from(session.is_some())];
        let subject = subject.map(|subject| self.of(issuer, subject).hash.to_vec());
        let end = mac(
            self.ends.as_slice(),
            &[
                &given[..],
                &subject.unwrap_or_default(),
                issuer.as_bytes(),
                b"\0",
                session.unwrap_or_default().as_bytes(),
            ],
        );
        hex::encode(end.as_slice())
    }
}

/// A provider's subject as the portal knows it.
#[derive(Clone, Copy)]
pub struct Subject {
    /// What its account is found by.
    pub hash: [u8; 32],
    /// The id that its account has, or gets.
    pub id: Uuid,
}

/// A sign-in that was proved.
pub struct SignIn<'a> {
    /// As [`Subjects::of`] makes it.
    pub subject: Subject,
    /// The provider's issuer.
    pub issuer: &'a str,
    /// Whether the configuration names the person as administrator.
    pub administrator: bool,
    /// The scopes that were granted, and for what.
    pub granted: &'a [(String, BTreeSet<Purpose>)],
    /// What they released.
    pub released: &'a [Released],
    /// Days until the consents end.
    pub consent_days: u32,
}

/// Finds or makes the account and keeps what was released. What an earlier sign-in released by a
/// scope that was not granted now stays until the consent ends or is revoked.
///
/// # Errors
/// When the store cannot be written; then nothing of it is kept.
pub async fn record(
    platform: &Platform,
    attributes: &Attributes,
    sign_in: &SignIn<'_>,
) -> Result<Uuid, Failure> {
    let tx = platform.begin().await.map_err(while_("beginning a sign-in"))?;
    let account = account_of(&tx, platform, sign_in).await?;
    for (scope, purposes) in sign_in.granted {
        // What the provider does not hold any more must not stay as if it did.
        attributes.forget_source(&tx, account, scope).await?;
        consents::grant(&tx, platform, account, scope, purposes, sign_in.consent_days).await?;
    }
    for released in sign_in.released {
        let attribute = Attribute {
            name: released.target.clone(),
            value: released.value.clone(),
            source: released.scope.clone(),
            verified: released.verified,
            obtained_at: platform.now(),
        };
        attributes.save(&tx, account, &attribute).await?;
    }
    if !sign_in.granted.is_empty() {
        access::record(&tx, platform, account, Who::Provider, Use::SignIn).await?;
    }
    if sign_in.administrator && configuration_gives(&tx, account).await? {
        roles::give(&tx, platform, None, account, Role::Administrator, None).await?;
    }
    tx.commit().await.map_err(while_("completing a sign-in"))?;
    Ok(account)
}

/// The language that the person wants, where one was chosen in the settings.
///
/// # Errors
/// When the store cannot be read.
pub async fn language(platform: &Platform, account: Uuid) -> Result<Option<Language>, Failure> {
    let account = account::Entity::find_by_id(account)
        .one(&platform.db)
        .await
        .map_err(while_("reading an account"))?;
    Ok(account.and_then(|account| account.language?.parse().ok()))
}

/// Whether the configuration makes somebody administrator whom it names. What an administrator took
/// it does not give back, nor to whoever deleted the account and comes again: an administrator
/// does. Where none is left, nobody else could. What only went with a deleted account was not taken.
///
/// This transaction has written the account's row, which is locked where a role is taken: nobody
/// takes the role between this and giving it.
async fn configuration_gives(db: &impl ConnectionTrait, account: Uuid) -> Result<bool, Failure> {
    let administrator = Role::Administrator.code();
    let taken = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(Action::RoleTaken.code()))
        .filter(staff_log::Column::Object.eq(account.to_string()))
        .all(db)
        .await
        .map_err(while_("reading the staff's log"))?;
    if !taken.iter().any(|line| roles::says_taken(line, Role::Administrator)) {
        return Ok(true);
    }
    let held = roles::held(db, None).await?;
    Ok(held.iter().all(|grant| grant.role != administrator))
}

/// The subject's account, which signed in just now.
async fn account_of(
    db: &impl ConnectionTrait,
    platform: &Platform,
    sign_in: &SignIn<'_>,
) -> Result<Uuid, Failure> {
    let now = platform.now();
    // Two first sign-ins of one person at the same moment make one account.
    account::Entity::insert(account::ActiveModel {
        id: Set(sign_in.subject.id),
        subject: Set(sign_in.subject.hash.to_vec()),
        provider: Set(sign_in.issuer.to_owned()),
        created_at: Set(now),
        last_sign_in_at: Set(now),
        language: Set(None),
        inbox_seen_at: Set(None),
        staff_code: Set(None),
    })
    .on_conflict(
        OnConflict::column(account::Column::Subject)
            .update_column(account::Column::LastSignInAt)
            .to_owned(),
    )
    .exec_without_returning(db)
    .await
    .map_err(while_("keeping an account"))?;
    let account = account::Entity::find()
        .filter(account::Column::Subject.eq(sign_in.subject.hash.to_vec()))
        .one(db)
        .await
        .map_err(while_("finding an account"))?;
    account
        .map(|account| account.id)
        .ok_or_else(|| Failure::internal("an account that was kept is not there"))
}
