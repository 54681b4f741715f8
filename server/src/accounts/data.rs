//! What the portal knows of a person, and what the person states where the provider said nothing.

use crate::{
    accounts::{
        attributes::{Attribute, Attributes, STATED},
        consent_list::label,
        consents,
        held::hold,
    },
    config::provider::Provider,
    error::while_,
    platform::Platform,
    store::attribute::{Column, Entity},
};
use ports::{
    failure::Failure,
    views::{
        account::{Data, Fact, Source, Stated},
        polls::Need,
    },
};
use questionnaire::Text;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The facts that a person can state.
fn can_be_stated() -> impl Iterator<Item = Need> {
    Need::ALL.into_iter().filter(|need| need.can_be_stated())
}

/// Everything that is known of a person, and what the provider could release beside it.
///
/// # Errors
/// When the store cannot be read.
pub async fn of(
    platform: &Platform,
    attributes: &Attributes,
    labels: &BTreeMap<String, Text>,
    provider: &Provider,
    account: Uuid,
) -> Result<Data, Failure> {
    let known = attributes.all(account).await?;
    let released = |name: &str| known.iter().any(|fact| fact.name == name && fact.source != STATED);
    let held = consents::active(&platform.db, account, platform.now()).await?;
    let consented =
        |name: &String| provider.scopes_of(name).any(|scope| consents::covers(&held, scope, name));
    let lacking = provider.targets().into_iter().filter(|target| !released(target));
    let (without_value, missing) = lacking.partition(consented);
    let may_state = |need: Need| need.can_be_stated() && !released(need.code());
    let (may_state_gender, may_state_region) = (may_state(Need::Gender), may_state(Need::Region));
    let facts = known
        .into_iter()
        .map(|fact| Fact {
            source: match fact.source.as_str() {
                STATED => Source::Stated,
                scope => Source::Released(label(labels, scope)),
            },
            name: fact.name,
            value: fact.value,
            verified: fact.verified,
            at: platform.zone.zoned(fact.obtained_at),
        })
        .collect();
    Ok(Data { facts, missing, without_value, may_state_gender, may_state_region })
}

/// Keeps what a person states in place of what was stated before. Where the provider released a
/// fact, that one stays.
///
/// # Errors
/// When the store cannot be written.
pub async fn state(
    platform: &Platform,
    attributes: &Attributes,
    account: Uuid,
    stated: Stated,
) -> Result<(), Failure> {
    let tx = platform.begin().await.map_err(while_("keeping what was stated"))?;
    hold(&tx, account).await?;
    attributes.forget_source(&tx, account, STATED).await?;
    let released: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Name)
        .filter(Column::AccountId.eq(account))
        .filter(Column::Name.is_in(can_be_stated().map(Need::code)))
        .into_tuple()
        .all(&tx)
        .await
        .map_err(while_("keeping what was stated"))?;
    let Stated { gender, region } = stated;
    for need in can_be_stated() {
        let value = match need {
            Need::Region => region.clone(),
            Need::Gender => gender.map(|gender| gender.code().to_owned()),
            Need::BirthDate => None,
        };
        let Some(value) = value.filter(|_| !released.iter().any(|known| known == need.code()))
        else {
            continue;
        };
        let attribute = Attribute {
            name: need.code().to_owned(),
            value: value.into(),
            source: STATED.to_owned(),
            verified: false,
            obtained_at: platform.now(),
        };
        attributes.save(&tx, account, &attribute).await?;
    }
    tx.commit().await.map_err(while_("keeping what was stated"))
}
