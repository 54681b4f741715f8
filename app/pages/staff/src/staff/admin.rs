//! Departments and the roles of the whole portal.

use super::{
    api,
    forms::{AppointmentForm, DepartmentForm, Members, region_name},
    view::Admin,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{look::language, routes};
use ui::{ErrorSummary, Listing, Title, load, t};

/// The administrators' page.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_admin(), |admin: Admin| {
        let faults = admin.form.only_faults();
        let region =
            |code: Option<String>| region_name(&admin.regions, code.as_deref().unwrap_or_default());
        let none = admin.departments.is_empty();
        let departments = admin
            .departments
            .into_iter()
            .map(|department| {
                let name = department.name.get(language()).to_owned();
                view! {
                    <tr class="govuk-table__row">
                        <th scope="row" class="govuk-table__header">
                            <a class="govuk-link" href=routes::admin_department(department.id)>{name}</a>
                        </th>
                        <td class="govuk-table__cell" data-label=t!(staff.region)>{region(department.region)}</td>
                    </tr>
                }
            })
            .collect_view();
        let departments = if none {
            view! { <p class="govuk-body">{t!(staff.no_departments)}</p> }.into_any()
        } else {
            view! {
                <Listing stacks=true id="departments" caption=t!(staff.departments) columns=vec![
                    t!(staff.department),
                    t!(staff.region),
                ]>
                    {departments}
                </Listing>
            }
            .into_any()
        };
        view! {
            <Title text=format!("{} – {}", t!(staff.admin), t!(common.brand))/>
            <a class="govuk-back-link" href=routes::STAFF>{t!(staff.desk)}</a>
            <ErrorSummary faults=faults.faults.clone()/>
            <h1 class="govuk-heading-l">{t!(staff.admin)}</h1>
            <p class="govuk-body veche-lede">{t!(staff.admin_lede)}</p>
            {departments}
            <h2 class="govuk-heading-m">{t!(staff.new_department)}</h2>
            <DepartmentForm action=api::CreateDepartment::PATH
                fields=admin.form.typed.department.unwrap_or_default() faults=faults.clone()
                regions=admin.regions.clone() button=t!(staff.create_department)/>
            <Members members=admin.members caption=t!(staff.portal_members)/>
            <h2 class="govuk-heading-m">{t!(staff.appoint_in_portal)}</h2>
            <AppointmentForm department="" fields=admin.form.typed.appointment faults/>
        }
    })
}
