//! The citizen's record: attributes, consents, who looked, export, deletion.
//!
//! Everything here speaks of the person who asks. No function lists people, and none takes an
//! account's identifier that came with a request, but for the one that the portal itself has sealed
//! ([`deletion::Marks`]).

pub mod access;
pub mod asking;
pub mod attributes;
pub mod consent_list;
pub mod consents;
pub mod data;
pub mod deletion;
pub mod export;
pub(crate) mod held;
pub mod issuers;
pub mod portal_key;
pub mod sign_in;
pub mod sign_ins;

use crate::{
    error::while_,
    identity::Identity,
    notices,
    platform::Platform,
    polls::catalogue::Catalogue,
    staff::{deeds, roles},
    store::account,
};
use async_trait::async_trait;
use attributes::Attributes;
use ports::{
    Portal,
    caller::SignedIn,
    failure::Failure,
    forms::Fault,
    views::{
        account::{Accesses, Consent, Consents, Data, Deletion, Device, Notice, Overview, Stated},
        sign_in::{Errand, SignIn},
    },
};
use questionnaire::{Language, Text};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;
use vault::Vault;

/// The port behind the pages.
pub struct AccountsPort {
    platform: Platform,
    attributes: Attributes,
    vault: Arc<Vault>,
    catalogue: Catalogue,
    identity: Arc<Identity>,
    portal: Arc<Portal>,
    marks: deletion::Marks,
    /// What the provider's scopes release, in words.
    labels: BTreeMap<String, Text>,
}

impl AccountsPort {
    /// The port on a platform, with the way by which people come in and leave.
    #[must_use]
    pub fn new(
        platform: Platform,
        attributes: Attributes,
        vault: Arc<Vault>,
        catalogue: Catalogue,
        identity: Arc<Identity>,
        portal: Arc<Portal>,
        marks: deletion::Marks,
    ) -> Self {
        let scopes = identity.settings().scopes.iter();
        let labels = scopes.map(|scope| (scope.name.clone(), scope.label.clone())).collect();
        Self { platform, attributes, vault, catalogue, identity, portal, marks, labels }
    }

    async fn row(&self, person: &SignedIn) -> Result<account::Model, Failure> {
        account::Entity::find_by_id(person.account)
            .one(&self.platform.db)
            .await
            .map_err(while_("reading an account"))?
            .ok_or(Failure::SignedOut)
    }
}

fn count(items: impl IntoIterator) -> u32 {
    u32::try_from(items.into_iter().count()).unwrap_or(u32::MAX)
}

#[async_trait]
impl ports::Accounts for AccountsPort {
    async fn sign_in(
        &self,
        person: Option<&SignedIn>,
        errand: &Errand,
        language: Language,
    ) -> Result<SignIn, Failure> {
        asking::sign_in(&self.platform, self.identity.settings(), person, errand, language).await
    }

    async fn overview(&self, person: &SignedIn) -> Result<Overview, Failure> {
        let (db, now) = (&self.platform.db, self.platform.now());
        let consents = consents::count_active(db, person.account, now).await?;
        Ok(Overview {
            name: person.name.clone(),
            facts: count(self.attributes.all(person.account).await?),
            consents: u32::try_from(consents).unwrap_or(u32::MAX),
            sign_ins: count(self.sign_ins(person).await?),
            unread: person.unread,
            since: self.platform.zone.day(self.row(person).await?.created_at),
        })
    }

    async fn data(&self, person: &SignedIn) -> Result<Data, Failure> {
        let (labels, provider) = (&self.labels, self.identity.settings());
        data::of(&self.platform, &self.attributes, labels, provider, person.account).await
    }

    async fn state(&self, person: &SignedIn, stated: Stated) -> Result<(), Failure> {
        data::state(&self.platform, &self.attributes, person.account, stated).await
    }

    async fn consents(&self, person: &SignedIn, page: u64) -> Result<Consents, Failure> {
        consent_list::page(&self.platform, &self.labels, person.account, page).await
    }

    async fn consent(&self, person: &SignedIn, consent: Uuid) -> Result<Consent, Failure> {
        consent_list::one(&self.platform, &self.labels, person.account, consent).await
    }

    async fn revoke(&self, person: &SignedIn, consent: Uuid) -> Result<(), Failure> {
        consent_list::revoke(&self.platform, &self.attributes, person.account, consent).await
    }

    async fn accesses(&self, person: &SignedIn, page: u64) -> Result<Accesses, Failure> {
        access::page(&self.platform, person.account, page).await
    }

    async fn sign_ins(&self, person: &SignedIn) -> Result<Vec<Device>, Failure> {
        sign_ins::all(&self.platform, person).await
    }

    async fn end_sign_in(&self, person: &SignedIn, handle: &str) -> Result<(), Failure> {
        sign_ins::end(&self.platform, person, handle).await
    }

    async fn end_other_sign_ins(&self, person: &SignedIn) -> Result<(), Failure> {
        sign_ins::end_others(&self.platform, person).await
    }

    async fn staff_code(&self, person: &SignedIn) -> Result<Option<String>, Failure> {
        Ok(self.row(person).await?.staff_code)
    }

    async fn make_staff_code(&self, person: &SignedIn) -> Result<(), Failure> {
        roles::staff_code(&self.platform, person.account).await.map(drop)
    }

    async fn set_language(&self, person: &SignedIn, language: Language) -> Result<(), Failure> {
        account::Entity::update_many()
            .col_expr(account::Column::Language, Expr::val(language.tag()))
            .filter(account::Column::Id.eq(person.account))
            .exec(&self.platform.writer)
            .await
            .map_err(while_("keeping a language"))?;
        Ok(())
    }

    async fn deletion(&self, person: &SignedIn) -> Result<Deletion, Failure> {
        // All that go with the account, also those that do not count at the level of this sign-in.
        let grants = roles::grants(&self.platform.db, person.account).await?;
        let staff = !grants.is_empty();
        let db = &self.platform.db;
        let recorded = staff || deeds::any(db, person.account).await?;
        let last_administrator =
            roles::seems_last_administrator(db, person.account, &grants).await?;
        Ok(Deletion { staff, recorded, last_administrator, mark: self.mark(person) })
    }

    async fn delete(
        &self,
        person: &SignedIn,
        language: Language,
    ) -> Result<Result<Option<String>, Fault>, Failure> {
        let hint = Identity::hint(&person.session).await;
        let days = self.portal.backup_days;
        if let Err(fault) = deletion::delete(&self.platform, &self.vault, person, days).await? {
            return Ok(Err(fault));
        }
        Ok(Ok(self.identity.end_session(hint.as_deref(), language.tag()).await))
    }

    async fn is_deleted(&self, mark: &str) -> Result<bool, Failure> {
        self.marks.is_gone(&self.platform.db, mark).await
    }

    fn mark(&self, person: &SignedIn) -> String {
        self.marks.of(&self.platform, person)
    }

    fn is_of_another(&self, person: &SignedIn, mark: &str) -> bool {
        self.marks.account(mark).is_some_and(|account| account != person.account)
    }

    async fn inbox(&self, person: &SignedIn) -> Result<Vec<Notice>, Failure> {
        notices::look(&self.platform, &self.catalogue, person).await
    }

    fn ahead(&self) -> i32 {
        self.platform.zone.ahead(self.platform.now())
    }
}
