//! The consents that the person gave, each with the way to revoke it.

use super::{
    api,
    frame::Heading,
    view::{Consent, Consents, ConsentsPage, Standing},
};
use leptos::prelude::*;
use ports::{
    address::{query, with_field},
    look::language,
    routes,
};
use ui::{ByTheClock, Keeps, Listing, Pages, Remains, load, t, words};

pub(super) fn standing(consent: &Consent) -> String {
    match consent.standing {
        Standing::Holds => t!(account.consent_holds, date = words::date(consent.ends)),
        Standing::Renewed(date) => t!(account.consent_renewed, date = words::date(date)),
        Standing::Ended => t!(account.consent_ended, date = words::date(consent.ends)),
        Standing::Revoked(date) => t!(account.consent_revoked, date = words::date(date)),
    }
}

/// A consent; `revoke` is where it is asked whether to revoke it.
fn row(consent: Consent, revoke: routes::Path) -> impl IntoView {
    let label = consent.label.get(language()).to_owned();
    let purposes: Vec<String> = consent.purposes.iter().copied().map(words::purpose).collect();
    let revoke = (consent.standing == Standing::Holds).then(|| {
        let of = label.clone();
        view! {
            <a class="govuk-link" href=revoke>
                {t!(account.revoke)} <span class="govuk-visually-hidden">": " {of}</span>
            </a>
        }
    });
    view! {
        <tr class="govuk-table__row">
            <th scope="row" class="govuk-table__header">{label}</th>
            <td class="govuk-table__cell" data-label=t!(account.consent_purpose)>{purposes.join(" ")}</td>
            <td class="govuk-table__cell" data-label=t!(account.consent_given)>{words::date_time(consent.given.naive_local())}</td>
            <td class="govuk-table__cell">{standing(&consent)}</td>
            <td class="govuk-table__cell">{revoke}</td>
        </tr>
    }
}

/// The page of consents.
#[component]
pub fn Page() -> impl IntoView {
    let ports = ports::ports();
    let (portal, ahead) = (ports.portal, ports.accounts.ahead());
    load(api::read_consents(query("poll"), query("page")), move |page: ConsentsPage| {
        let ConsentsPage { list, poll } = page;
        let Consents { consents, page, pages } = list;
        let here = routes::led_by(routes::ACCOUNT_CONSENTS, poll);
        let addresses = [page.saturating_sub(1), page + 1];
        let addresses = addresses.map(|page| with_field(&here, &format!("page={page}")));
        let empty = consents.is_empty();
        let rows = consents
            .into_iter()
            .map(|consent| {
                let revoke = routes::led_by(&routes::account_consent(consent.id), poll);
                row(consent, revoke)
            })
            .collect_view();
        view! {
            <Heading text=t!(account.consents) page=(page, pages)/>
            {poll.map(|poll| view! { <Keeps name="poll" value=poll.to_string()/> })}
            <p class="govuk-body veche-lede">{t!(account.consents_lede)}</p>
            <Remains backup_days=portal.backup_days deleted=portal.traces.deleted/>
            {if empty {
                view! {
                    <p class="govuk-body">{t!(account.consents_empty)}</p>
                    <p class="govuk-body"><a class="govuk-link" href=routes::ANSWERS>{t!(account.answers)}</a></p>
                }.into_any()
            } else {
                view! {
                    <ByTheClock ahead/>
                    <Listing stacks=true id="consents" caption=t!(account.consents_caption) columns=vec![
                        t!(account.consent_what),
                        t!(account.consent_purpose),
                        t!(account.consent_given),
                        t!(account.consent_until),
                        t!(account.consent_action),
                    ]>
                        {rows}
                    </Listing>
                }.into_any()
            }}
            <Pages page pages label=t!(common.list_pages) before=t!(common.newer)
                after=t!(common.older) addresses/>
            <p class="govuk-body">{t!(account.consents_answers)}</p>
            {poll.map(|poll| view! {
                <p class="govuk-body"><a class="govuk-link" href=routes::account_data_for(poll)>{t!(account.data)}</a></p>
            })}
        }
    })
}
