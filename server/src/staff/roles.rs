//! Who may do what: given and taken by administrators, read at every request.

use crate::{
    accounts::{access, held::hold_all},
    error::while_,
    notices::stored::{RoleChange, role_changed},
    platform::Platform,
    staff::log,
    store::{account, department, staff_log, staff_role},
};
use ports::{
    actions::Action,
    failure::Failure,
    forms::Fault,
    roles::{Grant, Role},
    views::account::{Use, Who},
};
use questionnaire::printable;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::LockType,
};
use serde_json::json;
use uuid::Uuid;

/// The roles that a person has now, in a fixed order.
///
/// # Errors
/// When the store cannot be read.
pub async fn grants(db: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Grant>, Failure> {
    let rows = staff_role::Entity::find()
        .filter(staff_role::Column::AccountId.eq(account))
        .all(db)
        .await
        .map_err(while_("reading roles"))?;
    Ok(known(rows.into_iter().map(|row| (row.role, row.department_id))))
}

/// Grants out of stored codes, in a fixed order. A role that this version does not know gives no
/// rights.
pub fn known(stored: impl IntoIterator<Item = (String, Option<Uuid>)>) -> Vec<Grant> {
    let mut grants: Vec<Grant> = stored
        .into_iter()
        .filter_map(|(role, department)| Some(Grant { role: Role::from_code(&role)?, department }))
        .filter(|grant| grant.role.in_department() == grant.department.is_some())
        .collect();
    grants.sort_by_key(|grant| (grant.role, grant.department));
    grants
}

/// The grants of a department, or, without one, of the whole portal; by role, then by time.
///
/// # Errors
/// When the store cannot be read.
pub async fn held(
    db: &impl ConnectionTrait,
    department: Option<Uuid>,
) -> Result<Vec<staff_role::Model>, Failure> {
    let place = match department {
        Some(department) => staff_role::Column::DepartmentId.eq(department),
        None => staff_role::Column::DepartmentId.is_null(),
    };
    staff_role::Entity::find()
        .filter(place)
        .order_by_asc(staff_role::Column::Role)
        .order_by_asc(staff_role::Column::GrantedAt)
        .all(db)
        .await
        .map_err(while_("reading roles"))
}

/// One grant.
///
/// # Errors
/// [`Failure::NotFound`], or that the store cannot be read.
pub async fn find(db: &impl ConnectionTrait, grant: Uuid) -> Result<staff_role::Model, Failure> {
    let row =
        staff_role::Entity::find_by_id(grant).one(db).await.map_err(while_("reading a role"))?;
    row.ok_or(Failure::NotFound)
}

/// Gives an account a role, if it does not have it yet; whether it was new. `actor` is absent
/// where the configuration or the demonstration gives it.
///
/// # Errors
/// [`Failure::Invalid`] for a role that does not fit the place; that the store cannot be written.
pub async fn give(
    db: &impl ConnectionTrait,
    platform: &Platform,
    actor: Option<Uuid>,
    account: Uuid,
    role: Role,
    department: Option<Uuid>,
) -> Result<bool, Failure> {
    if role.in_department() != department.is_some() {
        return Err(Failure::Invalid);
    }
    let grant = Grant { role, department };
    // Not left to the unique index: it takes two absent departments for different.
    if grants(db, account).await?.contains(&grant) {
        return Ok(false);
    }
    staff_role::Entity::insert(staff_role::ActiveModel {
        id: Set(platform.uuid()),
        account_id: Set(account),
        department_id: Set(department),
        role: Set(role.code().to_owned()),
        granted_at: Set(platform.now()),
        granted_by: Set(actor),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("giving a role"))?;
    let entry = log::Entry {
        action: Action::RoleGiven,
        actor,
        department,
        object: Some(account),
        details: json!({ "role": role.code() }),
    };
    log::record(db, platform, entry).await?;
    role_changed(db, platform, account, RoleChange::Given, role, department).await?;
    Ok(true)
}

/// Gives the person with the staff code a role.
///
/// # Errors
/// [`Failure::NotFound`] without the department, [`Failure::Invalid`] for a role that does not
/// fit the place; that the store cannot be written. The inner error is what is wrong with the
/// form.
pub async fn appoint(
    platform: &Platform,
    actor: Uuid,
    department: Option<Uuid>,
    code: &str,
    role: Role,
) -> Result<Result<(), Fault>, Failure> {
    let tx = platform.begin().await.map_err(while_("giving a role"))?;
    if let Some(department) = department {
        // It is not deleted meanwhile.
        department::lock(&tx, department).await?;
    }
    let account = account::Entity::find()
        .filter(account::Column::StaffCode.eq(read_code(code)))
        // One appointment of a person at a time: the second then sees the first. As in `accounts::held`, a
        // session of theirs need not wait.
        .lock(LockType::NoKeyUpdate)
        .one(&tx)
        .await
        .map_err(while_("looking a staff code up"))?;
    let Some(account) = account else { return Ok(Err(Fault::UnknownCode)) };
    if !give(&tx, platform, Some(actor), account.id, role, department).await? {
        return Ok(Err(Fault::HasRole));
    }
    access::record(&tx, platform, account.id, Who::Administrator, Use::Appointment).await?;
    tx.commit().await.map_err(while_("giving a role"))?;
    Ok(Ok(()))
}

/// Takes a role away and gives the department that it was held in.
///
/// # Errors
/// [`Failure::NotFound`], or that the store cannot be written. The inner error is
/// [`Fault::LastAdministrator`].
pub async fn take(
    platform: &Platform,
    actor: Uuid,
    grant: Uuid,
) -> Result<Result<Option<Uuid>, Fault>, Failure> {
    let tx = platform.begin().await.map_err(while_("taking a role"))?;
    let row = find(&tx, grant).await?;
    // One change of a person's roles at a time, as where they are given. Whose account is gone has none.
    hold_all(&tx, &[row.account_id]).await?;
    let administrates = row.role == Role::Administrator.code();
    if administrates && is_last_administrator(&tx, row.account_id).await? {
        return Ok(Err(Fault::LastAdministrator));
    }
    let deleted =
        staff_role::Entity::delete_by_id(grant).exec(&tx).await.map_err(while_("taking a role"))?;
    if deleted.rows_affected == 0 {
        return Err(Failure::NotFound);
    }
    let (department, account) = (row.department_id, row.account_id);
    let entry = log::Entry {
        action: Action::RoleTaken,
        actor: Some(actor),
        department,
        object: Some(account),
        details: json!({ "role": row.role }),
    };
    log::record(&tx, platform, entry).await?;
    if let Some(role) = Role::from_code(&row.role) {
        role_changed(&tx, platform, account, RoleChange::Taken, role, department).await?;
    }
    tx.commit().await.map_err(while_("taking a role"))?;
    Ok(Ok(department))
}

/// Whether the account is the only one that administers the portal. In a transaction all who do are locked
/// until its end, so that of two who take the role from each other, or leave, one stays.
///
/// # Errors
/// When the store cannot be read.
async fn is_last_administrator(db: &impl ConnectionTrait, account: Uuid) -> Result<bool, Failure> {
    // Whoever is none waits for nobody.
    if !grants(db, account).await?.contains(&ADMINISTRATOR) {
        return Ok(false);
    }
    let administrators = staff_role::Entity::find()
        .filter(staff_role::Column::Role.eq(Role::Administrator.code()))
        .order_by_asc(staff_role::Column::Id)
        .lock_exclusive()
        .all(db)
        .await
        .map_err(while_("looking for administrators"))?;
    Ok(administrators.iter().all(|other| other.account_id == account))
}

/// Whether this account is the only administrator's, without locking, for a page that warns beforehand;
/// the answer may have changed when the form is sent.
///
/// # Errors
/// When the store cannot be read.
pub async fn seems_last_administrator(
    db: &impl ConnectionTrait,
    account: Uuid,
    grants: &[Grant],
) -> Result<bool, Failure> {
    if !grants.contains(&ADMINISTRATOR) {
        return Ok(false);
    }
    let held = held(db, None).await?;
    let mut administrators = held.iter().filter(|grant| grant.role == Role::Administrator.code());
    Ok(administrators.all(|other| other.account_id == account))
}

/// What an administrator has.
const ADMINISTRATOR: Grant = Grant { role: Role::Administrator, department: None };

/// What the line of a role says that was not taken: it went with the account of whoever had it.
const WITH_ACCOUNT: &str = "with_account";

/// Takes the roles of an account that goes, and writes down that they go with it. Its row is locked. The inner
/// error is [`Fault::LastAdministrator`].
///
/// # Errors
/// When the store cannot be written.
pub async fn leave(
    tx: &DatabaseTransaction,
    platform: &Platform,
    account: Uuid,
) -> Result<Result<(), Fault>, Failure> {
    if is_last_administrator(tx, account).await? {
        return Ok(Err(Fault::LastAdministrator));
    }
    let rows = staff_role::Entity::find()
        .filter(staff_role::Column::AccountId.eq(account))
        .order_by_asc(staff_role::Column::Id)
        .all(tx)
        .await
        .map_err(while_("reading roles"))?;
    for row in rows {
        let entry = log::Entry {
            action: Action::RoleTaken,
            actor: Some(account),
            department: row.department_id,
            object: Some(account),
            details: json!({ "role": row.role, WITH_ACCOUNT: true }),
        };
        log::record(tx, platform, entry).await?;
    }
    staff_role::Entity::delete_many()
        .filter(staff_role::Column::AccountId.eq(account))
        .exec(tx)
        .await
        .map_err(while_("taking roles"))?;
    Ok(Ok(()))
}

/// Whether a line of the log says that somebody took this role away, or gave it up: not that it went with
/// the account.
#[must_use]
pub fn says_taken(line: &staff_log::Model, role: Role) -> bool {
    line.action == Action::RoleTaken.code()
        && line.details["role"] == role.code()
        && line.details[WITH_ACCOUNT] != true
}

/// The staff code of an account, made at the first call.
///
/// # Errors
/// [`Failure::SignedOut`] without the account, or that the store cannot be written.
pub async fn staff_code(platform: &Platform, account: Uuid) -> Result<String, Failure> {
    let tx = platform.begin().await.map_err(while_("making a staff code"))?;
    let row = account::Entity::find_by_id(account)
        // A new code takes this lock in any case, being in a unique index: not a weaker one first.
        .lock_exclusive()
        .one(&tx)
        .await
        .map_err(while_("making a staff code"))?
        .ok_or(Failure::SignedOut)?;
    if let Some(code) = row.staff_code {
        return Ok(code);
    }
    let code = crate::entropy::code(&*platform.entropy, CODE);
    let (left, right) =
        code.split_at_checked(CODE / 2).ok_or_else(|| Failure::internal("a short code"))?;
    let code = format!("{left}-{right}");
    account::Entity::update(account::ActiveModel {
        id: Set(account),
        staff_code: Set(Some(code.clone())),
        ..Default::default()
    })
    .exec(&tx)
    .await
    .map_err(while_("making a staff code"))?;
    tx.commit().await.map_err(while_("making a staff code"))?;
    Ok(code)
}

/// Characters of a staff code, without its hyphen: 50 bits.
const CODE: usize = 10;

/// A staff code as stored, of one that a person typed: in small letters, without the hyphen, with
/// what is pasted along and nobody sees, or with letters that the alphabet has figures for
/// (Crockford's base 32).
#[must_use]
pub fn read_code(typed: &str) -> String {
    let letters: Vec<char> = printable(typed)
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '–' | '—'))
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            letter => letter,
        })
        .collect();
    let (left, right) = letters.split_at(letters.len() / 2);
    format!("{}-{}", String::from_iter(left), String::from_iter(right))
}

#[cfg(test)]
mod tests {
    use super::read_code;

    #[test]
    fn a_staff_code_is_understood_however_it_is_typed() {
        assert_eq!(read_code("AB0D1-12345"), "AB0D1-12345");
        assert_eq!(read_code(" abod l 12345 "), "AB0D1-12345");
        assert_eq!(read_code("abodi–12345"), "AB0D1-12345");
        assert_eq!(read_code("\0AB0D1-12345\u{7f}"), "AB0D1-12345");
        assert_eq!(read_code("\0"), "-");
        assert_eq!(read_code(""), "-");
    }
}
