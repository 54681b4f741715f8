//! Whether to revoke a consent, asked once more: the data that came with it go, too.

use super::{
    api,
    consents::standing,
    view::{ConsentPage, Standing},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    address::{parameter, query},
    look::language,
    routes,
};
use ui::{AskOnce, Hidden, Keeps, Remains, Title, load, t};

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let portal = ports::ports().portal;
    load(api::read_consent(parameter("consent"), query("poll")), move |page: ConsentPage| {
        let ConsentPage { consent, poll } = page;
        let label = consent.label.get(language()).to_owned();
        let heading = t!(account.revoke_title);
        let back = routes::led_by(routes::ACCOUNT_CONSENTS, poll);
        let body = if consent.standing == Standing::Holds {
            view! {
                <p class="govuk-body">{t!(account.revoke_text)}</p>
                <Remains backup_days=portal.backup_days deleted=portal.traces.deleted/>
                <p class="govuk-body">{t!(account.consents_answers)}</p>
                <AskOnce action=api::RevokeConsent::PATH words=t!(account.revoke_confirm) back=back.clone()>
                    <Hidden name="consent" value=consent.id.to_string()/>
                    {poll.map(|poll| view! { <Hidden name="poll" value=poll.to_string()/> })}
                </AskOnce>
            }
            .into_any()
        } else {
            view! { <p class="govuk-body">{standing(&consent)}</p> }.into_any()
        };
        view! {
            <Title text=format!("{heading} – {label} – {}", t!(common.brand))/>
            {poll.map(|poll| view! { <Keeps name="poll" value=poll.to_string()/> })}
            <a class="govuk-back-link" href=back>{t!(account.consents)}</a>
            <p class="govuk-caption-l">{label}</p>
            <h1 class="govuk-heading-l">{heading}</h1>
            {body}
        }
    })
}
