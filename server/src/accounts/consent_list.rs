//! The consents that a person gave: seeing and revoking them.

use crate::{
    accounts::{attributes::Attributes, held::hold},
    error::while_,
    platform::Platform,
    store::consent::{Column, Entity, Model},
};
use ports::{
    failure::Failure,
    purposes::Purpose,
    views::account::{Consent, Standing},
};
use questionnaire::Text;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, sea_query::Expr,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Every consent of a person, newest first. `labels` are the words of the provider's scopes.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(
    platform: &Platform,
    labels: &BTreeMap<String, Text>,
    account: Uuid,
) -> Result<Vec<Consent>, Failure> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account))
        .order_by_desc(Column::GrantedAt)
        .order_by_asc(Column::Scope)
        .all(&platform.db)
        .await
        .map_err(while_("reading consents"))?;
    let now = platform.now();
    // An older one ends at the very moment at which a newer one to the same scope is given.
    let given: BTreeSet<_> = rows.iter().map(|row| (&row.scope, row.granted_at)).collect();
    let renewed = |row: &Model| given.contains(&(&row.scope, row.ends_at));
    Ok(rows
        .iter()
        .map(|row| Consent {
            id: row.id,
            label: label(labels, &row.scope),
            purposes: Purpose::from_codes(&row.purpose),
            given: platform.zone.local(row.granted_at),
            ends: platform.zone.day(row.ends_at),
            standing: match row.revoked_at {
                Some(at) => Standing::Revoked(platform.zone.day(at)),
                None if row.ends_at > now => Standing::Holds,
                None if renewed(row) => Standing::Renewed(platform.zone.day(row.ends_at)),
                None => Standing::Ended,
            },
        })
        .collect())
}

/// What a scope releases, in words; its name where the provider does not have it any more.
#[must_use]
pub fn label(labels: &BTreeMap<String, Text>, scope: &str) -> Text {
    labels.get(scope).cloned().unwrap_or_else(|| Text::both(scope, scope))
}

/// Revokes what holds of this person's consent to a scope, named by one of the consents to it, and
/// deletes the attributes that came from it. Of those that ended before it stays written when they
/// did. Where none holds any more, as when the button was pressed twice, it is done already.
///
/// # Errors
/// [`Failure::NotFound`] where it is nobody's or somebody else's; when the store cannot be written.
pub async fn revoke(
    platform: &Platform,
    attributes: &Attributes,
    account: Uuid,
    consent: Uuid,
) -> Result<(), Failure> {
    let tx = platform.begin().await.map_err(while_("revoking a consent"))?;
    hold(&tx, account).await?;
    let row = Entity::find_by_id(consent)
        .filter(Column::AccountId.eq(account))
        .one(&tx)
        .await
        .map_err(while_("revoking a consent"))?
        .ok_or(Failure::NotFound)?;
    let now = platform.now();
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::val(now))
        .filter(Column::AccountId.eq(account))
        .filter(Column::Scope.eq(&row.scope))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::EndsAt.gt(now))
        .exec(&tx)
        .await
        .map_err(while_("revoking a consent"))?;
    attributes.forget_source(&tx, account, &row.scope).await?;
    tx.commit().await.map_err(while_("revoking a consent"))
}
