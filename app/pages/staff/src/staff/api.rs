//! What the staff's pages ask of the server.

use super::{
    forms::{ADMIN, read_appointment, read_department},
    view::{
        Admin, AdminDepartment, AdminForms, AppointmentFields, DepartmentFields, Desk, HeldRole,
        Log, LogFilter, Member, Named,
    },
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    Portal,
    actions::Action,
    caller::signed_in,
    failure::Failure,
    forms::{Done, Fault, FieldFault, Form, Stop, posted, posted_form, refused},
    look::language,
    ports,
    roles::Role,
    routes,
};
use questionnaire::{Language, Text};
use uuid::Uuid;

/// Sorts by name, as the reader reads it.
fn by_name<T>(all: &mut [T], language: Language, name: impl Fn(&T) -> &Text) {
    all.sort_by_cached_key(|one| name(one).get(language).to_lowercase());
}

/// What the caller may do.
///
/// # Errors
/// [`Failure::SignedOut`], [`Failure::Forbidden`].
#[server(prefix = "/api", endpoint = "staff/desk", input = GetUrl)]
pub async fn read_desk() -> Result<Desk, Failure> {
    let ports = ports();
    let (person, language) = (signed_in()?, language());
    let mut desk = ports.administration.desk(&person).await?;
    by_name(&mut desk.departments, language, |department| &department.name);
    Ok(desk)
}

/// The regions to choose from, in the reader's language.
fn regions(portal: &Portal) -> Vec<Named> {
    let language = language();
    portal
        .regions
        .iter()
        .map(|region| Named {
            code: region.code.clone(),
            name: region.name.get(language).to_owned(),
        })
        .collect()
}

/// Departments and the roles of the whole portal.
///
/// # Errors
/// [`Failure::SignedOut`], [`Failure::Forbidden`].
#[server(prefix = "/api", endpoint = "staff/admin", input = GetUrl)]
pub async fn read_admin() -> Result<Admin, Failure> {
    let ports = ports();
    let person = signed_in()?;
    person.require(Role::Administrator)?;
    let (regions, language) = (regions(&ports.portal), language());
    let form = refused(ADMIN).await.unwrap_or_default();
    let mut departments = ports.administration.departments(&person).await?;
    by_name(&mut departments, language, |department| &department.name);
    Ok(Admin {
        departments,
        members: ports.administration.members(&person, None).await?,
        regions,
        form,
    })
}

/// One department and who works in it.
///
/// # Errors
/// [`Failure::SignedOut`], [`Failure::Forbidden`], [`Failure::NotFound`].
#[server(prefix = "/api", endpoint = "staff/admin-department", input = GetUrl)]
pub async fn read_admin_department(
    #[server(default)] department: String,
) -> Result<AdminDepartment, Failure> {
    let ports = ports();
    let person = signed_in()?;
    person.require(Role::Administrator)?;
    let regions = regions(&ports.portal);
    let id: Uuid = department.parse().map_err(|_| Failure::NotFound)?;
    let department = ports.administration.department(&person, id).await?;
    let mut form: Form<AdminForms> = refused(&key(Some(id))).await.unwrap_or_default();
    form.typed.department.get_or_insert_with(|| DepartmentFields::of(&department));
    Ok(AdminDepartment {
        members: ports.administration.members(&person, Some(id)).await?,
        department,
        regions,
        form,
    })
}

/// The name under which a refused form of a page waits.
fn key(department: Option<Uuid>) -> String {
    department.map_or_else(|| ADMIN.to_owned(), |department| format!("{ADMIN}:{department}"))
}

/// The page of a department, or of the whole portal.
fn page(department: Option<Uuid>) -> String {
    department.map_or_else(|| routes::STAFF_ADMIN.to_owned(), routes::admin_department)
}

/// The department that a form names; blank is the whole portal.
fn department_of(typed: &str) -> Result<Option<Uuid>, Failure> {
    if typed.is_empty() {
        return Ok(None);
    }
    typed.parse().map(Some).map_err(|_| Failure::NotFound)
}

/// Where it is said that another department has this name in this language, and this region.
fn taken(language: Language) -> Vec<FieldFault> {
    let field = match language {
        Language::En => "name_en",
        Language::Ru => "name_ru",
    };
    vec![FieldFault::new(field, Fault::AlreadyThere)]
}

/// Adds a department.
///
/// # Errors
/// As for every form of an administrator: [`Failure::SignedOut`], [`Failure::Forbidden`],
/// [`Failure::Invalid`].
#[server(prefix = "/api", endpoint = "staff/create-department")]
pub async fn create_department(
    #[server(default)] name_en: String,
    #[server(default)] name_ru: String,
    #[server(default)] region: String,
) -> Result<(), Failure> {
    let fields = DepartmentFields { name_en, name_ru, region };
    let typed = &AdminForms { department: Some(fields.clone()), ..AdminForms::default() };
    posted_form(routes::STAFF_ADMIN, ADMIN, typed, |ports, person| async move {
        person.require(Role::Administrator)?;
        let read = read_department(&fields, &ports.portal);
        let refuse = |faults| Stop::invalid(ADMIN, typed, faults);
        let (name, region) = read.map_err(refuse)?;
        let created = ports.administration.create_department(&person, name, region).await?;
        let id = created.map_err(|language| refuse(taken(language)))?;
        Ok((routes::admin_department(id), Some(Done::Saved)))
    })
    .await
}

/// Changes a department's name and region.
///
/// # Errors
/// As [`create_department`]; [`Failure::NotFound`]; [`Failure::Conflict`] where the department is not
/// any more as it was `seen`.
#[server(prefix = "/api", endpoint = "staff/change-department")]
pub async fn change_department(
    #[server(default)] department: String,
    #[server(default)] seen: String,
    #[server(default)] name_en: String,
    #[server(default)] name_ru: String,
    #[server(default)] region: String,
) -> Result<(), Failure> {
    let id = department.parse().unwrap_or_default();
    let back = routes::admin_department(id);
    let key = &*key(Some(id));
    let fields = DepartmentFields { name_en, name_ru, region };
    let typed = &AdminForms { department: Some(fields.clone()), ..AdminForms::default() };
    posted_form(&back, key, typed, |ports, person| async move {
        person.require(Role::Administrator)?;
        let read = read_department(&fields, &ports.portal);
        let refuse = |faults| Stop::invalid(key, typed, faults);
        let (name, region) = read.map_err(refuse)?;
        let changed =
            ports.administration.change_department(&person, id, &seen, name, region).await?;
        changed.map_err(|language| refuse(taken(language)))?;
        Ok((routes::admin_department(id), Some(Done::Saved)))
    })
    .await
}

/// Deletes a department that nothing belongs to.
///
/// # Errors
/// As [`create_department`]; not for a department that is gone already.
#[server(prefix = "/api", endpoint = "staff/delete-department")]
pub async fn delete_department(#[server(default)] department: String) -> Result<(), Failure> {
    let id = department.parse().unwrap_or_default();
    posted(&routes::admin_department(id), move |ports, person| async move {
        person.require(Role::Administrator)?;
        match ports.administration.delete_department(&person, id).await {
            // The button was pressed twice, or somebody else was quicker.
            Ok(Ok(())) | Err(Failure::NotFound) => {}
            Ok(Err(fault)) => {
                let faults = vec![FieldFault::new("delete", fault)];
                return Err(Stop::invalid(key(Some(id)), &AdminForms::default(), faults));
            }
            Err(failure) => return Err(failure.into()),
        }
        Ok((routes::STAFF_ADMIN.to_owned(), Some(Done::DepartmentDeleted)))
    })
    .await
}

/// Gives the person with the staff code a role, in the department or, where that is blank, in the
/// whole portal.
///
/// # Errors
/// As [`change_department`].
#[server(prefix = "/api", endpoint = "staff/appoint")]
pub async fn appoint(
    #[server(default)] department: String,
    #[server(default)] code: String,
    #[server(default)] role: String,
) -> Result<(), Failure> {
    let department = department_of(&department);
    let of = department.clone().ok().flatten();
    let (back, key) = (page(of), &*key(of));
    let fields = AppointmentFields { code, role };
    let typed = &AdminForms { appointment: fields.clone(), ..AdminForms::default() };
    posted_form(&back, key, typed, |ports, person| async move {
        person.require(Role::Administrator)?;
        let department = department?;
        let refuse = |faults| Stop::invalid(key, typed, faults);
        let role = read_appointment(&fields, department.is_some()).map_err(&refuse)?;
        let appointed =
            ports.administration.appoint(&person, department, &fields.code, role).await?;
        match appointed {
            Ok(()) => Ok((page(department), Some(Done::Appointed))),
            Err(fault) => Err(refuse(vec![FieldFault::new("code", fault)])),
        }
    })
    .await
}

/// A role that somebody holds, before it is taken away.
///
/// # Errors
/// [`Failure::SignedOut`], [`Failure::Forbidden`], [`Failure::NotFound`].
#[server(prefix = "/api", endpoint = "staff/held-role", input = GetUrl)]
pub async fn read_held_role(#[server(default)] grant: String) -> Result<HeldRole, Failure> {
    let ports = ports();
    let person = signed_in()?;
    person.require(Role::Administrator)?;
    let grant: Uuid = grant.parse().map_err(|_| Failure::NotFound)?;
    ports.administration.held(&person, grant).await
}

/// Takes a role away. `department` is where the page showed it; blank is the whole portal.
///
/// # Errors
/// As [`change_department`]; not for a role that is gone already, unless it was the reader's own of an
/// administrator.
#[server(prefix = "/api", endpoint = "staff/remove")]
pub async fn remove_member(
    #[server(default)] grant: String,
    #[server(default)] department: String,
) -> Result<(), Failure> {
    posted(routes::STAFF_ADMIN, move |ports, person| async move {
        person.require(Role::Administrator)?;
        let grant: Uuid = grant.parse().map_err(|_| Failure::NotFound)?;
        let own_administration = match ports.administration.held(&person, grant).await {
            Ok(HeldRole { member: Member { role, own, .. }, .. }) => {
                own && role == Role::Administrator
            }
            Err(Failure::NotFound) => false,
            Err(failure) => return Err(failure.into()),
        };
        let department = match ports.administration.remove(&person, grant).await {
            Ok(Ok(department)) => department,
            // Only an administrator can be the last one, and they belong to no department.
            Ok(Err(fault)) => {
                let faults = vec![FieldFault::new("members", fault)];
                return Err(Stop::invalid(ADMIN, &AdminForms::default(), faults));
            }
            // The button was pressed twice, or somebody else was quicker: nobody has it any more.
            Err(Failure::NotFound) => department_of(&department)?,
            Err(failure) => return Err(failure.into()),
        };
        // Whoever was an administrator until now may not see where they did it any more.
        let next = if own_administration {
            let others = person.grants.iter().any(|grant| grant.role != Role::Administrator);
            if others { routes::STAFF.to_owned() } else { routes::ACCOUNT.to_owned() }
        } else {
            page(department)
        };
        Ok((next, Some(Done::Removed)))
    })
    .await
}

/// A page of the log. An action and a department that nobody could have chosen narrow nothing down;
/// a day that is none is said, with status 422.
///
/// # Errors
/// [`Failure::SignedOut`], [`Failure::Forbidden`].
#[server(prefix = "/api", endpoint = "staff/log", input = GetUrl)]
pub async fn read_log(
    #[server(default)] action: String,
    #[server(default)] department: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] code: String,
    #[server(default)] page: String,
) -> Result<Log, Failure> {
    let ports = ports();
    let person = signed_in()?;
    person.require(Role::Auditor)?;
    let language = language();
    let filter = LogFilter {
        action: Action::from_code(&action),
        department: department.parse().ok(),
        from,
        to,
        code,
    };
    let mut log = ports.administration.log(&person, filter, page.parse().unwrap_or(1)).await?;
    by_name(&mut log.departments, language, |department| &department.name);
    if !log.form.faults.is_empty() {
        Failure::Invalid.tell();
    }
    Ok(log)
}
