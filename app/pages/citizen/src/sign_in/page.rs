//! The sign-in page.

use super::{
    api::read_sign_in,
    view::{Scope, SignIn},
};
use crate::polls::words::needs;
use leptos::prelude::*;
use ports::{
    address::{in_query, query},
    routes,
};
use ui::{Checkboxes, Choice, Hidden, Submit, Title, around, lang_of, load, t, words, words_of};

/// Says what will be asked at the provider, lets the reader choose, and goes there.
#[component]
pub fn Page() -> impl IntoView {
    let refused = in_query("refused");
    let asked = read_sign_in(query("return"), query("need"), query("offer"));
    load(asked, move |view| show(view, refused))
}

/// A scope as a box, with what it is asked for.
fn choice(scope: Scope) -> Choice {
    let mut hint: Vec<String> = scope.purposes.into_iter().map(words::purpose).collect();
    hint.extend(scope.held_until.map(|day| t!(sign_in.held, date = words::date(day))));
    if !scope.without_value.is_empty() {
        hint.push(t!(sign_in.no_value, facts = needs(&scope.without_value)));
    }
    Choice::new(scope.name, scope.label, scope.ticked).hint(hint.join(" "))
}

fn choices(scopes: Vec<Scope>) -> Vec<Choice> {
    scopes.into_iter().map(choice).collect()
}

fn paragraphs_of(lines: Vec<String>) -> impl IntoView {
    lines.into_iter().map(|line| view! { <p class="govuk-body">{line}</p> }).collect_view()
}

fn show(view: SignIn, refused: bool) -> impl IntoView {
    let provider = view.provider;
    let (heading, lead) = if view.signed_in {
        (t!(sign_in.title_more), t!(sign_in.lead_more, provider = &provider))
    } else {
        (t!(sign_in.title), t!(sign_in.lead, provider = &provider))
    };
    let refused = refused.then(|| {
        if view.signed_in {
            t!(sign_in.refused_more, provider = &provider)
        } else {
            t!(sign_in.refused, provider = &provider)
        }
    });
    let portal = ports::ports().portal;
    let operator = words_of(&portal.operator);
    let backup_days = portal.backup_days;
    let nothing = view.scopes.is_empty() && view.further.is_empty();
    let further = (!view.further.is_empty()).then(|| {
        view! {
            <details class="govuk-details">
                <summary class="govuk-details__summary">
                    <span class="govuk-details__summary-text">{t!(sign_in.further)}</span>
                </summary>
                <div class="govuk-details__text">
                    <Checkboxes name="more[]" legend=t!(sign_in.further) hint=t!(sign_in.further_hint)
                        choices=choices(view.further)/>
                </div>
            </details>
        }
    });
    let scopes = (!view.scopes.is_empty()).then(|| {
        view! {
            <Checkboxes name="scopes[]" legend=t!(sign_in.choose, provider = &provider)
                hint=t!(sign_in.choose_hint, provider = &provider) choices=choices(view.scopes)/>
        }
    });
    view! {
        <Title text=format!("{heading} – {}", t!(common.brand))/>
        <h1 class="govuk-heading-l">{heading.clone()}</h1>
        {refused.map(|refused| view! {
            <div class="govuk-inset-text" role="alert" tabindex="-1" autofocus=true>{refused}</div>
        })}
        <p class="govuk-body">{lead}</p>
        {view.poll.map(|poll| {
            let title = [(words_of(&poll), lang_of(&poll))];
            view! { <p class="govuk-body">{around(title, |[title]| t!(sign_in.for_poll, title = title))}</p> }
        })}
        {(!view.signed_in).then(|| view! { <p class="govuk-body">{t!(sign_in.always)}</p> })}
        {(nothing && view.signed_in).then(|| view! { <p class="govuk-body">{t!(sign_in.nothing)}</p> })}
        <form method="post" action=routes::POST_SIGN_IN id="sign-in">
            <Hidden name="return" value=view.return_to.clone()/>
            {scopes}
            {further}
            <p class="govuk-body">{t!(sign_in.kept, date = words::date(view.kept_until))}</p>
            {words::backups(backup_days).map(|copies| view! { <p class="govuk-body">{copies}</p> })}
            <p class="govuk-body">{t!(sign_in.staff)}</p>
            <p class="govuk-body">{t!(sign_in.operator, operator = operator, contact = portal.contact.clone())}</p>
            <details class="govuk-details">
                <summary class="govuk-details__summary">
                    <span class="govuk-details__summary-text">{t!(sign_in.responsible)}</span>
                </summary>
                <div class="govuk-details__text">
                    <p class="govuk-body">{t!(sign_in.identifier)}</p>
                    <p class="govuk-body">{t!(account.kept)}</p>
                    {paragraphs_of(words::particulars(&portal.particulars))}
                </div>
            </details>
            <p class="govuk-body">
                <a class="govuk-link" href=routes::PROTECTION>{t!(sign_in.protection)}</a>
            </p>
            <Submit words=t!(sign_in.continue_to, provider = &provider)/>
        </form>
        {view.signed_in.then(|| view! {
            <p class="govuk-body"><a class="govuk-link" href=view.return_to>{t!(sign_in.back)}</a></p>
        })}
    }
}
