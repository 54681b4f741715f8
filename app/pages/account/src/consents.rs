//! The consents that the person gave, each with the button that revokes it.

use super::{
    api,
    frame::Heading,
    view::{Consent, Standing},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{look::language, routes};
use ui::{Hidden, Listing, load, t, words};

fn standing(consent: &Consent) -> String {
    match consent.standing {
        Standing::Holds => t!(account.consent_holds, date = words::date(consent.ends)),
        Standing::Renewed(date) => t!(account.consent_renewed, date = words::date(date)),
        Standing::Ended => t!(account.consent_ended, date = words::date(consent.ends)),
        Standing::Revoked(date) => t!(account.consent_revoked, date = words::date(date)),
    }
}

fn row(consent: Consent) -> impl IntoView {
    let label = consent.label.get(language()).to_owned();
    let purposes: Vec<String> = consent.purposes.iter().copied().map(words::purpose).collect();
    let revoke = (consent.standing == Standing::Holds).then(|| {
        let of = label.clone();
        view! {
            <form method="post" action=api::RevokeConsent::PATH class="veche-inline-form">
                <Hidden name="consent" value=consent.id.to_string()/>
                <button class="veche-link-button">
                    {t!(account.revoke)} <span class="govuk-visually-hidden">": " {of}</span>
                </button>
            </form>
        }
    });
    view! {
        <tr class="govuk-table__row">
            <th scope="row" class="govuk-table__header">{label}</th>
            <td class="govuk-table__cell">{purposes.join(" ")}</td>
            <td class="govuk-table__cell">{words::date_time(consent.given)}</td>
            <td class="govuk-table__cell">{standing(&consent)}</td>
            <td class="govuk-table__cell">{revoke}</td>
        </tr>
    }
}

/// The page of consents.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_consents(), |consents: Vec<Consent>| {
        let empty = consents.is_empty();
        let rows = consents.into_iter().map(row).collect_view();
        view! {
            <Heading text=t!(account.consents)/>
            <p class="govuk-body veche-lede">{t!(account.consents_lede)}</p>
            {if empty {
                view! {
                    <p class="govuk-body">{t!(account.consents_empty)}</p>
                    <p class="govuk-body"><a class="govuk-link" href=routes::ANSWERS>{t!(account.answers)}</a></p>
                }.into_any()
            } else {
                view! {
                    <Listing id="consents" caption=t!(account.consents_caption) columns=vec![
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
            <p class="govuk-body">{t!(account.consents_answers)}</p>
        }
    })
}
