//! Tokens with which programs of a department read its releases over the [API](super::api).
//!
//! A token is random, shown once and stored as its SHA-256 only: there is nothing to
//! guess, so a slow hash would protect nothing. It comes from the mark that was drawn for its form, under a key of the
//! portal ([`Forms`]), so that a form that is sent twice makes one token and the answer to the second can show it, too:
//! whatever the first one put into the session may be written over by then. It opens the published releases of one
//! department, which are public anyway; it can never be anything more.

use crate::{
    error::while_,
    sealing::mac,
    staff::log,
    statistics::StatisticsPort,
    store::{
        api_token::{ActiveModel, Column, Entity, Model},
        department,
    },
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use ports::{
    actions::Action, caller::SignedIn, failure::Failure, forms::Fault, roles::Role,
    views::results::Token,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, LockType},
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What every token begins with, so that one that leaked is recognised by programs that look for
/// such things.
const PREFIX: &str = "veche_";

/// What is stored of a token: its SHA-256 in hexadecimal. Another one would make every token invalid.
fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// How long after it was made a token is given once more to whoever sends its form again.
const GIVEN_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// The token that these bits are.
fn token(secret: &[u8; 32]) -> String {
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(secret))
}

/// What makes tokens of the marks of forms. Who knows a form, and not this key, knows nothing of its token.
#[derive(Clone)]
pub struct Forms(Zeroizing<[u8; 32]>);

impl Forms {
    /// Under a key derived from the portal's key.
    #[must_use]
    pub fn new(portal_key: &[u8]) -> Self {
        Self(mac(portal_key, &[b"token-by-form/v1"]))
    }

    /// The token that a form with this mark makes for this person: the same each time.
    fn token(&self, person: &SignedIn, department: Uuid, mark: Uuid) -> String {
        let [account, department, mark] = [person.account, department, mark].map(Uuid::into_bytes);
        token(&mac(&*self.0, &[&account, &department, &mark]))
    }
}

/// The department, if the person is a statistician of it.
pub(super) fn may_manage(person: &SignedIn, department: Option<Uuid>) -> Result<Uuid, Failure> {
    person.require(Role::Statistician)?;
    let department = department.ok_or(Failure::NotFound)?;
    person.require_in(Role::Statistician, department)?;
    Ok(department)
}

/// The line of the log about what was done to a token.
fn entry(action: Action, person: &SignedIn, department: Uuid, token: Uuid) -> log::Entry {
    log::Entry {
        action,
        actor: Some(person.account),
        department: Some(department),
        object: None,
        details: serde_json::json!({ "token": token }),
    }
}

impl StatisticsPort {
    /// The tokens of a department, newest first, to its statisticians.
    pub(super) async fn list_tokens(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
    ) -> Result<(Uuid, Vec<Token>), Failure> {
        let department = may_manage(person, department)?;
        let rows = Entity::find()
            .filter(Column::DepartmentId.eq(department))
            .order_by_desc(Column::CreatedAt)
            .all(&self.platform.db)
            .await
            .map_err(while_("listing tokens"))?;
        let tokens = rows.into_iter().map(|row| Token {
            id: row.id,
            name: row.name,
            created: self.platform.zone.day(row.created_at),
            used: row.last_used_on,
            revoked: row.revoked_at.is_some(),
        });
        Ok((department, tokens.collect()))
    }

    /// Makes a token and gives it, this once, and once more where its form is sent twice. The inner error is
    /// [`Fault::SameToken`]: nobody could tell which of two of one name to revoke.
    pub(super) async fn make_token(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        name: &str,
        mark: Option<Uuid>,
    ) -> Result<Result<String, Fault>, Failure> {
        let department = may_manage(person, department)?;
        let platform = &self.platform;
        let mut secret = [0; 32];
        platform.entropy.fill(&mut secret);
        let mut token = token(&secret);
        let id = platform.uuid();
        let tx = platform.begin().await.map_err(while_("making a token"))?;
        // One token of a department at a time: the second then sees the first.
        department::lock(&tx, department).await?;
        if let Some(mark) = mark {
            let marked = self.forms.token(person, department, mark);
            let made = Entity::find()
                .filter(Column::Hash.eq(hash(&marked)))
                .one(&tx)
                .await
                .map_err(while_("making a token"))?;
            match made {
                None => token = marked,
                Some(made)
                    if made.revoked_at.is_none()
                        && made.name == name
                        && platform.now() - made.created_at <= GIVEN_AGAIN =>
                {
                    return Ok(Ok(marked));
                }
                // The form is an old one: what it made is not shown again, and not made again.
                Some(_) => {}
            }
        }
        let same = Entity::find()
            .filter(Column::DepartmentId.eq(department))
            .filter(Column::Name.eq(name))
            .filter(Column::RevokedAt.is_null())
            .one(&tx)
            .await
            .map_err(while_("making a token"))?;
        if same.is_some() {
            return Ok(Err(Fault::SameToken));
        }
        Entity::insert(ActiveModel {
            id: Set(id),
            department_id: Set(department),
            name: Set(name.to_owned()),
            hash: Set(hash(&token)),
            created_by: Set(Some(person.account)),
            created_at: Set(platform.now()),
            last_used_on: Set(None),
            revoked_at: Set(None),
        })
        .exec_without_returning(&tx)
        .await
        .map_err(while_("making a token"))?;
        let entry = entry(Action::TokenCreated, person, department, id);
        log::record(&tx, platform, entry).await?;
        tx.commit().await.map_err(while_("making a token"))?;
        Ok(Ok(token))
    }

    /// Revokes a token; one that is revoked already stays as it is.
    pub(super) async fn end_token(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        token: Option<Uuid>,
    ) -> Result<(), Failure> {
        let department = may_manage(person, department)?;
        let token = token.ok_or(Failure::NotFound)?;
        let platform = &self.platform;
        let tx = platform.begin().await.map_err(while_("revoking a token"))?;
        let row = Entity::find_by_id(token)
            .filter(Column::DepartmentId.eq(department))
            // Also where it is revoked already, it is acknowledged by a commit that waits for the replica.
            .lock(LockType::NoKeyUpdate)
            .one(&tx)
            .await
            .map_err(while_("revoking a token"))?
            .ok_or(Failure::NotFound)?;
        if row.revoked_at.is_some() {
            return tx.commit().await.map_err(while_("revoking a token"));
        }
        Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::val(platform.now()))
            .filter(Column::Id.eq(token))
            .exec(&tx)
            .await
            .map_err(while_("revoking a token"))?;
        let entry = entry(Action::TokenRevoked, person, department, token);
        log::record(&tx, platform, entry).await?;
        tx.commit().await.map_err(while_("revoking a token"))
    }

    /// The department whose valid token this is; the day of its use is noted.
    ///
    /// # Errors
    /// [`Failure::SignedOut`] for anything else; that the store cannot be read.
    pub(super) async fn department_of_token(&self, token: &str) -> Result<Uuid, Failure> {
        let row: Model = Entity::find()
            .filter(Column::Hash.eq(hash(token)))
            .filter(Column::RevokedAt.is_null())
            .one(&self.platform.db)
            .await
            .map_err(while_("looking for a token"))?
            .ok_or(Failure::SignedOut)?;
        let today = self.platform.today();
        if row.last_used_on != Some(today) {
            Entity::update_many()
                .col_expr(Column::LastUsedOn, Expr::val(today))
                .filter(Column::Id.eq(row.id))
                .exec(&self.platform.writer)
                .await
                .map_err(while_("noting a token's use"))?;
        }
        Ok(row.department_id)
    }
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_token_that_was_made_once_stays_valid() {
        assert_eq!(
            hash("veche_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            "5ef2302456fe40133251b65255b51c4f920e40ec8253be4a4681ca007385546f"
        );
    }
}
