//! Departments, roles and the log of what staff did.
//!
//! Each method checks the caller's role itself; grants are read anew at every request, so a role
//! that was taken away ends at once.

use crate::{
    caller::SignedIn,
    failure::Failure,
    forms::Fault,
    roles::Role,
    views::staff::{Department, Desk, HeldRole, Log, LogFilter, Member},
};
use async_trait::async_trait;
use questionnaire::{Language, Text};
use uuid::Uuid;

/// Departments, roles and the log of what staff did.
///
/// At too low a level of assurance there are no roles: [`Failure::NotAssured`] takes the place of
/// [`Failure::Forbidden`] then. Everything fails with [`Failure::Internal`] when a store cannot be read
/// or written.
#[async_trait]
pub trait Administration: Send + Sync {
    /// What the person may do, department by department.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for somebody without any role.
    async fn desk(&self, person: &SignedIn) -> Result<Desk, Failure>;

    /// Every department.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators.
    async fn departments(&self, person: &SignedIn) -> Result<Vec<Department>, Failure>;

    /// One department.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators; [`Failure::NotFound`].
    async fn department(&self, person: &SignedIn, id: Uuid) -> Result<Department, Failure>;

    /// Adds a department and gives its id. The inner error is a language in which one of the same
    /// region has the same name.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators.
    async fn create_department(
        &self,
        person: &SignedIn,
        name: Text,
        region: Option<String>,
    ) -> Result<Result<Uuid, Language>, Failure>;

    /// Changes the name and region of a department that is still as the person saw it
    /// ([`Department::seen`]). The inner error is as where one is [added](Self::create_department).
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators; [`Failure::NotFound`];
    /// [`Failure::Conflict`] if somebody else was quicker.
    async fn change_department(
        &self,
        person: &SignedIn,
        id: Uuid,
        seen: &str,
        name: Text,
        region: Option<String>,
    ) -> Result<Result<(), Language>, Failure>;

    /// Deletes a department that nothing belongs to. The inner error is [`Fault::DepartmentInUse`].
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators; [`Failure::NotFound`].
    async fn delete_department(
        &self,
        person: &SignedIn,
        id: Uuid,
    ) -> Result<Result<(), Fault>, Failure>;

    /// Who holds a role in the department, or, without one, in the whole portal.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators.
    async fn members(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
    ) -> Result<Vec<Member>, Failure>;

    /// Gives the person with the staff code a role in the department, or in the whole portal.
    /// The inner error says what is wrong with the form: [`Fault::UnknownCode`],
    /// [`Fault::HasRole`].
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators; [`Failure::NotFound`];
    /// [`Failure::Invalid`] for a role that does not fit the place.
    async fn appoint(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        code: &str,
        role: Role,
    ) -> Result<Result<(), Fault>, Failure>;

    /// The role that somebody holds by this grant.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators; [`Failure::NotFound`].
    async fn held(&self, person: &SignedIn, grant: Uuid) -> Result<HeldRole, Failure>;

    /// Takes a role away and gives the department that it was held in. The inner error is
    /// [`Fault::LastAdministrator`].
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than administrators; [`Failure::NotFound`].
    async fn remove(
        &self,
        person: &SignedIn,
        grant: Uuid,
    ) -> Result<Result<Option<Uuid>, Fault>, Failure>;

    /// A page (from 1) of what the filter asks for of the log, newest first.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for others than auditors.
    async fn log(&self, person: &SignedIn, filter: LogFilter, page: u64) -> Result<Log, Failure>;
}
