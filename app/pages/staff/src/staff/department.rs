//! A department: its name, and who works in it.

use super::{
    api,
    forms::{AppointmentForm, DepartmentForm, Members, region_name},
    view::{AdminDepartment, DepartmentFields},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{address::parameter, look::language, routes};
use ui::{ErrorSummary, Hidden, Submit, Title, load, t};

/// The administrators' page of one department.
#[component]
pub fn Page() -> impl IntoView {
    let id = parameter("department");
    load(api::read_admin_department(id), |page: AdminDepartment| {
        let faults = page.form.only_faults();
        let id = page.department.id.to_string();
        let name = page.department.name.get(language()).to_owned();
        let stored = DepartmentFields::of(&page.department);
        let typed = page.form.typed.department.unwrap_or_default();
        // Who typed while somebody else changed it has to see what they would write over.
        let changed = page.form.faults.is_empty() && typed != stored;
        let region = region_name(&page.regions, &stored.region);
        let may_be_empty = page.members.is_empty() || faults.fault("delete").is_some();
        let deletion = may_be_empty.then(|| view! { <Deletion department=id.clone()/> });
        view! {
            <Title text=format!("{name} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=routes::STAFF_ADMIN>{t!(staff.admin)}</a>
            <ErrorSummary faults=faults.faults.clone()/>
            <h1 class="govuk-heading-l">{name.clone()}</h1>
            <Members members=page.members caption=t!(staff.department_members)/>
            <h2 class="govuk-heading-m">{t!(staff.appoint_in_department)}</h2>
            <AppointmentForm department=id.clone() fields=page.form.typed.appointment faults=faults.clone()/>
            <h2 class="govuk-heading-m">{t!(staff.change_department)}</h2>
            {changed.then(|| view! {
                <div class="govuk-inset-text">
                    <p class="govuk-body">{t!(staff.stored_now)}</p>
                    <ul class="govuk-list">
                        <li lang="en">{stored.name_en}</li>
                        <li lang="ru">{stored.name_ru}</li>
                        <li>{region}</li>
                    </ul>
                </div>
            })}
            <DepartmentForm action=api::ChangeDepartment::PATH department=Some(page.department)
                fields=typed faults
                regions=page.regions button=t!(common.save)/>
            {deletion}
        }
    })
}

/// The way to delete the department. It is not asked once more: all that it has can be typed again.
#[component]
fn Deletion(
    /// The department.
    department: String,
) -> impl IntoView {
    view! {
        <h2 class="govuk-heading-m" id="delete">{t!(staff.delete_department)}</h2>
        <p class="govuk-body">{t!(staff.delete_department_text)}</p>
        <form method="post" action=api::DeleteDepartment::PATH>
            <Hidden name="department" value=department/>
            <Submit words=t!(staff.delete_department) class="govuk-button--warning"/>
        </form>
    }
}
