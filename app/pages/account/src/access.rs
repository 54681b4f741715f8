//! Who used the person's data and what for.

use super::{
    api,
    frame::Heading,
    view::{Access, Use, Who},
};
use leptos::prelude::*;
use ui::{load, t, words};

fn who(who: Option<Who>) -> String {
    match who {
        Some(Who::Yourself) => t!(account.who_yourself),
        Some(Who::Provider) => t!(account.who_provider),
        Some(Who::Administrator) => t!(account.who_administrator),
        None => t!(account.who_unknown),
    }
}

fn purpose(purpose: Option<Use>) -> String {
    match purpose {
        Some(Use::SignIn) => t!(account.use_sign_in),
        Some(Use::Download) => t!(account.use_download),
        Some(Use::Appointment) => t!(account.use_appointment),
        None => t!(account.use_unknown),
    }
}

fn row(access: &Access) -> impl IntoView + use<> {
    view! {
        <tr class="govuk-table__row">
            <th scope="row" class="govuk-table__header">{words::date_time(access.at)}</th>
            <td class="govuk-table__cell">{who(access.who)}</td>
            <td class="govuk-table__cell">{purpose(access.purpose)}</td>
        </tr>
    }
}

/// The page of uses.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_accesses(), |accesses: Vec<Access>| {
        let rows = accesses.iter().map(row).collect_view();
        view! {
            <Heading text=t!(account.access)/>
            <p class="govuk-body veche-lede">{t!(account.access_lede)}</p>
            <ul class="govuk-list govuk-list--bullet">
                <li>{t!(account.access_polls)}</li>
                <li>{t!(account.access_answers)}</li>
                <li>{t!(account.access_staff)}</li>
            </ul>
            {if accesses.is_empty() {
                view! { <p class="govuk-body">{t!(account.access_empty)}</p> }.into_any()
            } else {
                view! {
                    <table class="govuk-table">
                        <caption class="govuk-table__caption govuk-table__caption--m">{t!(account.access_caption)}</caption>
                        <thead class="govuk-table__head">
                            <tr class="govuk-table__row">
                                <th scope="col" class="govuk-table__header">{t!(account.access_at)}</th>
                                <th scope="col" class="govuk-table__header">{t!(account.access_who)}</th>
                                <th scope="col" class="govuk-table__header">{t!(account.access_purpose)}</th>
                            </tr>
                        </thead>
                        <tbody class="govuk-table__body">{rows}</tbody>
                    </table>
                }.into_any()
            }}
        }
    })
}
