//! The forms of the administration: what is typed, and what it means.

use super::{
    api,
    view::{AppointmentFields, Department, DepartmentFields, Member, Named},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    forms::{Fault, FieldFault, Form},
    look::language,
    roles::Role,
    routes,
    views::editor::reader::in_order_of_fields,
};
use questionnaire::{Language, is_blank, printable};
use ui::{Choice, Hidden, Listing, Radios, Select, Submit, TextInput, t, words};

/// The name under which a refused form of the administration waits.
pub const ADMIN: &str = "staff-admin";

/// Most characters of a department's name.
pub const MAX_NAME: u32 = 200;

/// Name and region out of what was typed.
///
/// # Errors
/// What is wrong with it.
pub fn read_department(
    fields: &DepartmentFields,
    portal: &ports::Portal,
) -> Result<(questionnaire::Text, Option<String>), Vec<FieldFault>> {
    let mut faults = Vec::new();
    for language in in_order_of_fields() {
        let (field, name) = match language {
            Language::En => ("name_en", &fields.name_en),
            Language::Ru => ("name_ru", &fields.name_ru),
        };
        let name = printable(name);
        let name = name.trim();
        if is_blank(name) {
            faults.push(FieldFault::new(field, Fault::Required));
        } else if name.chars().count() > MAX_NAME as usize {
            faults.push(FieldFault::new(field, Fault::TooLong { max: MAX_NAME }));
        }
    }
    let known = portal.regions.iter().any(|region| region.code == fields.region);
    if !fields.region.is_empty() && !known {
        faults.push(FieldFault::new("region", Fault::UnknownChoice));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let name = questionnaire::Text::both(fields.name_en.trim(), fields.name_ru.trim());
    Ok((name, (!fields.region.is_empty()).then(|| fields.region.clone())))
}

/// The role out of what was typed, which has to fit the place.
///
/// # Errors
/// What is wrong with it.
pub fn read_appointment(
    fields: &AppointmentFields,
    in_department: bool,
) -> Result<Role, Vec<FieldFault>> {
    let mut faults = Vec::new();
    if fields.code.trim().is_empty() {
        faults.push(FieldFault::new("code", Fault::Required));
    }
    let role = Role::from_code(&fields.role).filter(|role| role.in_department() == in_department);
    if role.is_none() {
        faults.push(FieldFault::new("role", Fault::UnknownChoice));
    }
    role.filter(|_| faults.is_empty()).ok_or(faults)
}

/// A department's name and region.
#[component]
pub fn DepartmentForm(
    /// Where it is sent.
    action: &'static str,
    /// The department to change, as it is stored; absent for a new one.
    #[prop(optional_no_strip)]
    department: Option<Department>,
    /// What is in the fields.
    fields: DepartmentFields,
    /// What is wrong.
    faults: Form<()>,
    /// The regions to choose from.
    regions: Vec<Named>,
    /// Words of the button.
    #[prop(into)]
    button: String,
) -> impl IntoView {
    let mut choices = vec![Choice::new("", t!(staff.all_regions), fields.region.is_empty())];
    choices.extend(regions.into_iter().map(|region| {
        let chosen = region.code == fields.region;
        Choice::new(region.code, region.name, chosen)
    }));
    let english = view! {
        <TextInput name="name_en" label=t!(staff.name_en) value=fields.name_en lang=Some("en")
            fault=faults.fault("name_en").cloned()/>
    }
    .into_any();
    let russian = view! {
        <TextInput name="name_ru" label=t!(staff.name_ru) value=fields.name_ru lang=Some("ru")
            fault=faults.fault("name_ru").cloned()/>
    }
    .into_any();
    // The reader's language first.
    let names = match language() {
        Language::En => [english, russian],
        Language::Ru => [russian, english],
    };
    view! {
        <form method="post" action=action>
            {department.map(|department| view! {
                <Hidden name="department" value=department.id.to_string()/>
                <Hidden name="seen" value=department.seen()/>
            })}
            {names.into_iter().collect_view()}
            <Select name="region" label=t!(staff.region) hint=Some(t!(staff.region_hint)) choices
                fault=faults.fault("region").cloned()/>
            <Submit words=button/>
        </form>
    }
}

/// What the region with this code is called; blank is all of them.
#[must_use]
pub fn region_name(regions: &[Named], code: &str) -> String {
    let named = regions.iter().find(|region| region.code == code);
    named.map_or_else(|| t!(staff.all_regions), |region| region.name.clone())
}

/// Who is to be appointed as what.
#[component]
pub fn AppointmentForm(
    /// The department; blank for the whole portal.
    #[prop(into)]
    department: String,
    /// What is in the fields.
    fields: AppointmentFields,
    /// What is wrong.
    faults: Form<()>,
) -> impl IntoView {
    let choices = Role::ALL
        .into_iter()
        .filter(|role| role.in_department() != department.is_empty())
        .map(|role| {
            Choice::new(role.code(), words::role(role), fields.role == role.code())
                .hint(role_hint(role))
        })
        .collect();
    view! {
        <form method="post" action=api::Appoint::PATH>
            <Hidden name="department" value=department/>
            <TextInput name="code" label=t!(staff.code) hint=Some(t!(staff.code_hint)) value=fields.code
                autocomplete="off" width="govuk-input--width-10" fault=faults.fault("code").cloned()/>
            <Radios name="role" legend=t!(staff.role) choices fault=faults.fault("role").cloned()/>
            <Submit words=t!(staff.appoint)/>
        </form>
    }
}

/// What a role lets a person do.
#[must_use]
pub fn role_hint(role: Role) -> String {
    match role {
        Role::Initiator => t!(staff.role_initiator_hint),
        Role::Statistician => t!(staff.role_statistician_hint),
        Role::Reviewer => t!(staff.role_reviewer_hint),
        Role::Administrator => t!(staff.role_administrator_hint),
        Role::Auditor => t!(staff.role_auditor_hint),
    }
}

/// Who holds a role, each with the way to take it away.
#[component]
pub fn Members(
    /// The members.
    members: Vec<Member>,
    /// What the table is about.
    #[prop(into)]
    caption: String,
) -> impl IntoView {
    if members.is_empty() {
        return view! {
            <h2 class="govuk-heading-m" id="members">{caption}</h2>
            <p class="govuk-body">{t!(staff.nobody)}</p>
        }
        .into_any();
    }
    view! {
        <Listing stacks=true id="members" caption=caption columns=vec![
            t!(staff.member),
            t!(staff.code),
            t!(staff.role),
            t!(staff.what_to_do),
        ]>
            {members.into_iter().map(|member| {
                let name = member.person.name.unwrap_or_else(|| t!(staff.no_name));
                let role = words::role(member.role);
                let of_whom = t!(staff.remove_of, role = &role, name = &name);
                view! {
                    <tr class="govuk-table__row">
                        <th scope="row" class="govuk-table__header">
                            {name} {member.own.then(|| format!(" ({})", t!(staff.you)))}
                        </th>
                        <td class="govuk-table__cell veche-figures" data-label=t!(staff.code)>
                            {member.person.code.unwrap_or_else(|| t!(staff.no_code))}
                        </td>
                        <td class="govuk-table__cell" data-label=t!(staff.role)>{role}</td>
                        <td class="govuk-table__cell">
                            <a class="govuk-link" href=routes::held_role(member.grant)>
                                {t!(staff.remove)} <span class="govuk-visually-hidden">" " {of_whom}</span>
                            </a>
                        </td>
                    </tr>
                }
            }).collect_view()}
        </Listing>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::{Portal, Region};
    use questionnaire::Text;

    fn portal() -> Portal {
        Portal {
            origin: "https://portal.example".into(),
            operator: Text::both("Operator", "Оператор"),
            contact: "help@portal.example".into(),
            particulars: ports::Particulars::default(),
            provider: Text::both("Provider", "Провайдер"),
            regions: vec![Region {
                code: "01".into(),
                name: Text::both("North", "Север"),
                population: None,
            }],
            backup_days: 14,
            releasable: Vec::new(),
            assured_only: true,
            traces: ports::Traces::default(),
            lasting: ports::Lasting::default(),
            demo: false,
        }
    }

    #[test]
    fn a_department_needs_both_names_and_a_known_region() {
        let fields = DepartmentFields { region: "99".into(), ..DepartmentFields::default() };
        let faults = read_department(&fields, &portal()).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["name_en", "name_ru", "region"]);
    }

    #[test]
    fn a_name_of_which_nothing_is_seen_is_none() {
        for (en, ru, field) in [
            ("\u{200b}\u{2060}", "Транспорт", "name_en"),
            ("Transport", " \u{200d}\u{ad}\u{feff}", "name_ru"),
        ] {
            let fields =
                DepartmentFields { name_en: en.into(), name_ru: ru.into(), region: String::new() };
            let faults = read_department(&fields, &portal()).unwrap_err();
            assert_eq!(faults, [FieldFault::new(field, Fault::Required)]);
        }
    }

    #[test]
    fn a_blank_region_is_all_of_them() {
        let fields = DepartmentFields {
            name_en: " Transport ".into(),
            name_ru: "Транспорт".into(),
            region: String::new(),
        };
        let (name, region) = read_department(&fields, &portal()).unwrap();
        assert_eq!((name.get(Language::En), region), ("Transport", None));
    }

    #[test]
    fn a_role_is_given_only_where_it_belongs() {
        let fields = |role: Role| AppointmentFields { code: "x".into(), role: role.code().into() };
        for role in Role::ALL {
            assert_eq!(read_appointment(&fields(role), true).is_ok(), role.in_department());
            assert_eq!(read_appointment(&fields(role), false).is_ok(), !role.in_department());
        }
    }
}
