//! Departments, roles and the append-only log of what staff did.
//!
//! Administrators keep departments and roles and see nothing of polls or answers; auditors read
//! the log. No function here lists citizens: people appear only where they hold a role.

pub mod deeds;
pub mod departments;
pub mod log;
pub mod reading;
pub mod roles;
pub mod waiting;

use crate::{accounts::attributes::Attributes, platform::Platform, store::staff_role};
use async_trait::async_trait;
use ports::{
    caller::SignedIn,
    failure::Failure,
    forms::Fault,
    roles::Role,
    views::staff::{Department, Desk, DeskDepartment, HeldRole, Log, LogFilter, Member},
};
use questionnaire::{Language, Text};
use uuid::Uuid;

/// The port behind the pages.
pub struct AdministrationPort {
    platform: Platform,
    attributes: Attributes,
}

impl AdministrationPort {
    /// The port on a platform.
    #[must_use]
    pub const fn new(platform: Platform, attributes: Attributes) -> Self {
        Self { platform, attributes }
    }

    /// These grants as an administrator sees them, without roles that this version does not know.
    async fn seen(
        &self,
        reader: &SignedIn,
        rows: Vec<staff_role::Model>,
    ) -> Result<Vec<Member>, Failure> {
        let accounts = rows.iter().map(|row| row.account_id);
        let people = reading::people(&self.platform, &self.attributes, accounts).await?;
        let member = |row: staff_role::Model| {
            Some(Member {
                grant: row.id,
                person: people.get(&row.account_id).cloned().unwrap_or_default(),
                role: Role::from_code(&row.role)?,
                own: row.account_id == reader.account,
            })
        };
        Ok(rows.into_iter().filter_map(member).collect())
    }
}

#[async_trait]
impl ports::Administration for AdministrationPort {
    async fn desk(&self, person: &SignedIn) -> Result<Desk, Failure> {
        if person.grants.is_empty() {
            return Err(person.without_role());
        }
        let held = |department| {
            person
                .grants
                .iter()
                .filter(move |grant| grant.department == department)
                .map(|grant| grant.role)
                .collect::<Vec<_>>()
        };
        let initiator = person.departments(Role::Initiator);
        let returned = waiting::polls_returned(&self.platform.db, initiator).await?;
        let departments = departments::all(&self.platform.db)
            .await?
            .into_iter()
            .map(|department| DeskDepartment {
                id: department.id,
                name: department.name,
                roles: held(Some(department.id)),
                returned: returned.get(&department.id).copied().unwrap_or_default(),
            })
            .filter(|department| !department.roles.is_empty())
            .collect();
        let roles = held(None);
        let in_review = if roles.contains(&Role::Reviewer) {
            waiting::polls_in_review(&self.platform.db).await?
        } else {
            0
        };
        Ok(Desk { departments, roles, in_review })
    }

    async fn departments(&self, person: &SignedIn) -> Result<Vec<Department>, Failure> {
        person.require(Role::Administrator)?;
        departments::all(&self.platform.db).await
    }

    async fn department(&self, person: &SignedIn, id: Uuid) -> Result<Department, Failure> {
        person.require(Role::Administrator)?;
        departments::find(&self.platform.db, id).await
    }

    async fn create_department(
        &self,
        person: &SignedIn,
        name: Text,
        region: Option<String>,
    ) -> Result<Result<Uuid, Language>, Failure> {
        person.require(Role::Administrator)?;
        departments::create(&self.platform, Some(person.account), &name, region).await
    }

    async fn change_department(
        &self,
        person: &SignedIn,
        id: Uuid,
        seen: &str,
        name: Text,
        region: Option<String>,
    ) -> Result<Result<(), Language>, Failure> {
        person.require(Role::Administrator)?;
        departments::change(&self.platform, person.account, id, seen, &name, region).await
    }

    async fn delete_department(
        &self,
        person: &SignedIn,
        id: Uuid,
    ) -> Result<Result<(), Fault>, Failure> {
        person.require(Role::Administrator)?;
        departments::delete(&self.platform, person.account, id).await
    }

    async fn members(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
    ) -> Result<Vec<Member>, Failure> {
        person.require(Role::Administrator)?;
        let rows = roles::held(&self.platform.db, department).await?;
        self.seen(person, rows).await
    }

    async fn appoint(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        code: &str,
        role: Role,
    ) -> Result<Result<(), Fault>, Failure> {
        person.require(Role::Administrator)?;
        roles::appoint(&self.platform, person.account, department, code, role).await
    }

    async fn held(&self, person: &SignedIn, grant: Uuid) -> Result<HeldRole, Failure> {
        person.require(Role::Administrator)?;
        let row = roles::find(&self.platform.db, grant).await?;
        let department = match row.department_id {
            Some(department) => Some(departments::find(&self.platform.db, department).await?),
            None => None,
        };
        let member = self.seen(person, vec![row]).await?.pop().ok_or(Failure::NotFound)?;
        // Whoever looks at the role of the last administrator is that one.
        let own = member.own && member.role == Role::Administrator;
        let last = own
            && roles::seems_last_administrator(&self.platform.db, person.account, &person.grants)
                .await?;
        Ok(HeldRole { member, department, last })
    }

    async fn remove(
        &self,
        person: &SignedIn,
        grant: Uuid,
    ) -> Result<Result<Option<Uuid>, Fault>, Failure> {
        person.require(Role::Administrator)?;
        roles::take(&self.platform, person.account, grant).await
    }

    async fn log(&self, person: &SignedIn, filter: LogFilter, page: u64) -> Result<Log, Failure> {
        person.require(Role::Auditor)?;
        reading::page(&self.platform, &self.attributes, filter, page).await
    }
}
