//! What the portal knows of a person: released by the provider or stated, sealed at rest.
//!
//! Beside the sealed value stand, in clear, whose it is, its name, where it came from, whether it was
//! checked, and since when it is known. The value's length says little: blanks are sealed with it
//! (one that was stated before there were blanks keeps its length until it is stated again).

use crate::{
    error::while_,
    platform::Platform,
    sealing::{Sealer, with_blanks},
    store::attribute::{ActiveModel, Column, Entity, Model},
};
use chrono::{DateTime, Utc};
use ports::{
    failure::Failure,
    views::polls::{NAME, Need},
};
use questionnaire::{Facts, Gender};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, sea_query::OnConflict,
};
use std::collections::BTreeMap;
use uuid::Uuid;
use zeroize::Zeroizing;

/// `source` of what the citizen stated: not verified.
pub const STATED: &str = "stated";

/// A value is filled up to a multiple of this many bytes, so that one gender, for instance, is as long as
/// another.
const PADDING: usize = 64;

/// One fact about a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The portal's name: `name`, `birth_date`, `gender`, `region`, `documents`, …
    pub name: String,
    /// The value: a text, or what a document, a vehicle or a child consists of.
    pub value: serde_json::Value,
    /// The scope that released it, or [`STATED`].
    pub source: String,
    /// Whether the provider says that it was checked.
    pub verified: bool,
    /// When it was released or stated.
    pub obtained_at: DateTime<Utc>,
}

/// The attributes' keeper.
#[derive(Clone)]
pub struct Attributes {
    platform: Platform,
    sealer: Sealer,
}

/// What a sealed attribute belongs to: it opens nowhere else.
fn context(account: Uuid, name: &str) -> Vec<u8> {
    [account.as_bytes(), name.as_bytes()].concat()
}

/// A value as it is sealed.
fn written(value: &serde_json::Value) -> Zeroizing<Vec<u8>> {
    with_blanks(value.to_string().into_bytes(), PADDING)
}

/// What was [`written`], with blanks after it or, as it was once, without.
fn read(plain: &[u8]) -> serde_json::Result<serde_json::Value> {
    serde_json::from_slice(plain)
}

impl Attributes {
    /// The keeper, with a key derived from the portal's key.
    #[must_use]
    pub fn new(platform: Platform, portal_key: &[u8]) -> Self {
        Self { platform, sealer: Sealer::derive(portal_key, "attributes/v1") }
    }

    /// Everything that is known of a person, in a fixed order.
    ///
    /// # Errors
    /// When the store cannot be read, or a value does not open.
    pub async fn all(&self, account: Uuid) -> Result<Vec<Attribute>, Failure> {
        let rows = Entity::find()
            .filter(Column::AccountId.eq(account))
            .order_by_asc(Column::Name)
            .all(&self.platform.db)
            .await
            .map_err(while_("reading attributes"))?;
        rows.into_iter().map(|row| self.open(row)).collect()
    }

    fn open(&self, row: Model) -> Result<Attribute, Failure> {
        let value = self.unseal(row.account_id, &row.name, &row.sealed)?;
        Ok(Attribute {
            name: row.name,
            value,
            source: row.source,
            verified: row.verified,
            obtained_at: row.obtained_at,
        })
    }

    /// The value of an attribute as it is stored.
    ///
    /// # Errors
    /// When it does not open.
    pub fn unseal(
        &self,
        account: Uuid,
        name: &str,
        sealed: &[u8],
    ) -> Result<serde_json::Value, Failure> {
        let plain = self
            .sealer
            .open(sealed, &context(account, name))
            .map_err(while_("opening an attribute"))?;
        read(&plain).map_err(|error| while_("reading an attribute")(vault::unquoted(&error)))
    }

    /// Keeps an attribute, in place of an older one of that name.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn save(
        &self,
        db: &impl ConnectionTrait,
        account: Uuid,
        attribute: &Attribute,
    ) -> Result<(), Failure> {
        let sealed = self.sealer.seal(
            &written(&attribute.value),
            &context(account, &attribute.name),
            &*self.platform.entropy,
        );
        Entity::insert(ActiveModel {
            account_id: Set(account),
            name: Set(attribute.name.clone()),
            sealed: Set(sealed),
            source: Set(attribute.source.clone()),
            verified: Set(attribute.verified),
            obtained_at: Set(attribute.obtained_at),
        })
        .on_conflict(
            OnConflict::columns([Column::AccountId, Column::Name])
                .update_columns([
                    Column::Sealed,
                    Column::Source,
                    Column::Verified,
                    Column::ObtainedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await
        .map_err(while_("writing an attribute"))?;
        Ok(())
    }

    /// Deletes what came from a source: a scope whose consent was revoked, or what was stated.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_source(
        &self,
        db: &impl ConnectionTrait,
        account: Uuid,
        source: &str,
    ) -> Result<(), Failure> {
        Entity::delete_many()
            .filter(Column::AccountId.eq(account))
            .filter(Column::Source.eq(source))
            .exec(db)
            .await
            .map_err(while_("deleting attributes"))?;
        Ok(())
    }

    /// How pages address these people; those of whom no name was released are missing.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub async fn names(
        &self,
        accounts: impl IntoIterator<Item = Uuid>,
    ) -> Result<BTreeMap<Uuid, String>, Failure> {
        let rows = Entity::find()
            .filter(Column::AccountId.is_in(accounts))
            .filter(Column::Name.eq(NAME))
            .all(&self.platform.db)
            .await
            .map_err(while_("reading names"))?;
        let mut names = BTreeMap::new();
        for row in rows {
            let account = row.account_id;
            if let Some(name) = self.open(row)?.value.as_str() {
                names.insert(account, name.to_owned());
            }
        }
        Ok(names)
    }

    /// The facts that an audience can ask for.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub async fn facts(&self, account: Uuid) -> Result<Facts, Failure> {
        let all = self.all(account).await?;
        Ok(opened_facts(all.iter().map(|known| (known.name.as_str(), &known.value))))
    }
}

/// The facts that an audience can ask for, among attributes by their names.
pub fn opened_facts<'a>(
    attributes: impl Iterator<Item = (&'a str, &'a serde_json::Value)>,
) -> Facts {
    let mut facts = Facts::default();
    for (name, value) in attributes {
        let Some(text) = value.as_str() else { continue };
        match Need::from_code(name) {
            Some(Need::Region) => facts.region = Some(text.to_owned()),
            Some(Need::BirthDate) => facts.birth_date = text.parse().ok(),
            Some(Need::Gender) => facts.gender = Gender::from_code(text),
            None => {}
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_found_again_and_does_not_show_by_its_length() {
        let values = ["male", "female", "1988-04-12", "north"].map(|value| json!(value));
        for value in &values {
            let plain = written(value);
            assert_eq!(read(&plain).unwrap(), *value);
            assert_eq!(plain.len(), written(&values[0]).len(), "{value}");
        }
        let document = json!({ "series": "1234", "number": "567890", "issued": "x".repeat(100) });
        assert_eq!(read(&written(&document)).unwrap(), document);
    }

    #[test]
    fn whatever_a_poll_can_need_is_read() {
        let value = |need| match need {
            Need::Region => json!("01"),
            Need::BirthDate => json!("1988-04-12"),
            Need::Gender => json!("female"),
        };
        let known = Need::ALL.map(|need| (need.code(), value(need)));
        let facts = opened_facts(known.iter().map(|(name, value)| (*name, value)));
        assert_eq!(facts.region.as_deref(), Some("01"));
        assert!(facts.birth_date.is_some());
        assert_eq!(facts.gender, Some(Gender::Female));
        let name = (NAME, json!("Anna"));
        assert_eq!(opened_facts([(name.0, &name.1)].into_iter()), Facts::default());
    }

    #[test]
    fn one_from_before_there_were_blanks_is_read() {
        assert_eq!(read(b"\"female\"").unwrap(), json!("female"));
    }
}
