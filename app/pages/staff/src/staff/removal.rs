//! Whether to take a role away, asked once more.

use super::{
    api,
    view::{HeldRole, Member},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{address::parameter, look::language, roles::Role, routes};
use ui::{AskOnce, Hidden, Title, load, t, words};

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_held_role(parameter("grant")), |held: HeldRole| {
        let HeldRole { member: Member { grant, person, role, own }, department, last } = held;
        let id = department.as_ref().map(|department| department.id.to_string());
        let (back, place) = match department {
            Some(department) => (
                routes::admin_department(department.id),
                department.name.get(language()).to_owned(),
            ),
            None => (routes::STAFF_ADMIN.to_owned(), t!(staff.whole_portal)),
        };
        let heading = t!(staff.remove_title);
        let name = person.name.unwrap_or_else(|| t!(staff.no_name));
        // Names can be alike or not released; the code is one person's.
        let whose = person.code.map_or_else(|| name.clone(), |code| format!("{name}, {code}"));
        let own = own.then(|| {
            if last {
                t!(staff.remove_last)
            } else if role == Role::Administrator {
                t!(staff.remove_own_administrator)
            } else {
                t!(staff.remove_own)
            }
        });
        let role = words::role(role);
        view! {
            <Title text=format!("{heading} – {whose} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=back.clone()>{place.clone()}</a>
            <h1 class="govuk-heading-l">{heading.clone()}</h1>
            <p class="govuk-body">{t!(staff.remove_text, role = &role, place = &place, name = &whose)}</p>
            {own.map(|own| view! { <p class="govuk-inset-text">{own}</p> })}
            {(!last).then(|| view! {
                <AskOnce action=api::RemoveMember::PATH words=t!(staff.remove) back>
                    <Hidden name="grant" value=grant.to_string()/>
                    <Hidden name="department" value=id.unwrap_or_default()/>
                </AskOnce>
            })}
        }
    })
}
