//! The consents that a person gave: seeing and revoking them.

use crate::{
    accounts::{attributes::Attributes, held::hold},
    error::while_,
    platform::Platform,
    store::{
        self, Page,
        consent::{Column, Entity, Model},
    },
};
use chrono::{DateTime, Utc};
use ports::{
    failure::Failure,
    purposes::Purpose,
    views::account::{Consent, Consents, Standing},
};
use questionnaire::Text;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
    sea_query::{Expr, ExprTrait as _},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Consents on a page.
const CONSENTS: u64 = 50;

/// To which scopes consents were given, and when.
type Given = BTreeSet<(String, DateTime<Utc>)>;

fn of(account: Uuid) -> Select<Entity> {
    Entity::find().filter(Column::AccountId.eq(account))
}

/// A consent as its person sees it. An older one ends at the very moment at which a newer one to the same
/// scope is given: `given` are those of the moment at which this one ends, or more.
fn consent(
    platform: &Platform,
    labels: &BTreeMap<String, Text>,
    given: &Given,
    row: &Model,
) -> Consent {
    let renewed = || given.contains(&(row.scope.clone(), row.ends_at));
    Consent {
        id: row.id,
        label: label(labels, &row.scope),
        purposes: Purpose::from_codes(&row.purpose),
        given: platform.zone.zoned(row.granted_at),
        ends: platform.zone.day(row.ends_at),
        standing: match row.revoked_at {
            Some(at) => Standing::Revoked(platform.zone.day(at)),
            None if row.ends_at > platform.now() => Standing::Holds,
            None if renewed() => Standing::Renewed(platform.zone.day(row.ends_at)),
            None => Standing::Ended,
        },
    }
}

/// What was given at the moments at which these consents end.
async fn given_at_the_end_of(
    platform: &Platform,
    account: Uuid,
    rows: &[Model],
) -> Result<Given, Failure> {
    let ends: BTreeSet<DateTime<Utc>> = rows.iter().map(|row| row.ends_at).collect();
    let given: Vec<(String, DateTime<Utc>)> = of(account)
        .select_only()
        .columns([Column::Scope, Column::GrantedAt])
        .filter(Column::GrantedAt.is_in(ends))
        .into_tuple()
        .all(&platform.db)
        .await
        .map_err(while_("reading consents"))?;
    Ok(given.into_iter().collect())
}

/// Every consent of a person, newest first. `labels` are the words of the provider's scopes.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(
    platform: &Platform,
    labels: &BTreeMap<String, Text>,
    account: Uuid,
) -> Result<Vec<Consent>, Failure> {
    let rows = of(account)
        .order_by_desc(Column::GrantedAt)
        .order_by_asc(Column::Scope)
        .all(&platform.db)
        .await
        .map_err(while_("reading consents"))?;
    let given: Given = rows.iter().map(|row| (row.scope.clone(), row.granted_at)).collect();
    Ok(rows.iter().map(|row| consent(platform, labels, &given, row)).collect())
}

/// The page (from 1) of them: those that hold, which can be revoked, then the newest.
///
/// # Errors
/// When the store cannot be read.
pub async fn page(
    platform: &Platform,
    labels: &BTreeMap<String, Text>,
    account: Uuid,
    page: u64,
) -> Result<Consents, Failure> {
    let holds = Column::RevokedAt.is_null().and(Column::EndsAt.gt(platform.now()));
    let query = of(account)
        .order_by_desc(holds)
        .order_by_desc(Column::GrantedAt)
        .order_by_asc(Column::Scope)
        .order_by_asc(Column::Id);
    let found = store::page(&platform.db, query, CONSENTS, page).await;
    let Page { rows, page, pages } = found.map_err(while_("reading consents"))?;
    let given = given_at_the_end_of(platform, account, &rows).await?;
    let consents = rows.iter().map(|row| consent(platform, labels, &given, row)).collect();
    Ok(Consents { consents, page, pages })
}

/// One of them.
///
/// # Errors
/// [`Failure::NotFound`] where it is nobody's or somebody else's; when the store cannot be read.
pub async fn one(
    platform: &Platform,
    labels: &BTreeMap<String, Text>,
    account: Uuid,
    id: Uuid,
) -> Result<Consent, Failure> {
    let row = of(account)
        .filter(Column::Id.eq(id))
        .one(&platform.db)
        .await
        .map_err(while_("reading a consent"))?
        .ok_or(Failure::NotFound)?;
    let rows = [row];
    let given = given_at_the_end_of(platform, account, &rows).await?;
    let [row] = &rows;
    Ok(consent(platform, labels, &given, row))
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
    id: Uuid,
) -> Result<(), Failure> {
    let tx = platform.begin().await.map_err(while_("revoking a consent"))?;
    hold(&tx, account).await?;
    let row = Entity::find_by_id(id)
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
