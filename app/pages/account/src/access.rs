//! Who used the person's data and what for.

use super::{
    api,
    frame::Heading,
    view::{Access, Accesses, Use, Who},
};
use leptos::prelude::*;
use ports::{address::query, routes};
use ui::{ByTheClock, Listing, Pages, load, t, words};

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
            <th scope="row" class="govuk-table__header veche-moment">{words::date_time(access.at.naive_local())}</th>
            <td class="govuk-table__cell" data-label=t!(account.access_who)>{who(access.who)}</td>
            <td class="govuk-table__cell" data-label=t!(account.access_purpose)>{purpose(access.purpose)}</td>
        </tr>
    }
}

/// The page of uses.
#[component]
pub fn Page() -> impl IntoView {
    let ahead = ports::ports().accounts.ahead();
    load(api::read_accesses(query("page")), move |accesses: Accesses| {
        let Accesses { uses, page, pages } = accesses;
        let address = |page| format!("{}?page={page}", routes::ACCOUNT_ACCESS);
        let addresses = [address(page.saturating_sub(1)), address(page + 1)];
        let rows = uses.iter().map(row).collect_view();
        view! {
            <Heading text=t!(account.access) page=(page, pages)/>
            <p class="govuk-body veche-lede">{t!(account.access_lede)}</p>
            <ul class="govuk-list govuk-list--bullet">
                <li>{t!(account.access_polls)}</li>
                <li>{t!(account.access_answers)}</li>
                <li>{t!(account.access_staff)}</li>
            </ul>
            {if uses.is_empty() {
                view! { <p class="govuk-body">{t!(account.access_empty)}</p> }.into_any()
            } else {
                view! {
                    <ByTheClock ahead/>
                    <Listing stacks=true id="accesses" caption=t!(account.access_caption) columns=vec![
                        t!(account.access_at),
                        t!(account.access_who),
                        t!(account.access_purpose),
                    ]>
                        {rows}
                    </Listing>
                }.into_any()
            }}
            <Pages page pages label=t!(common.list_pages) before=t!(common.newer)
                after=t!(common.older) addresses/>
        }
    })
}
