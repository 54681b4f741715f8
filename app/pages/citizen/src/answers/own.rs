//! My answers to one poll: see, and until closing change or withdraw; after it take a consent back.

use super::{
    api, facts,
    view::{OwnAnswers, OwnResponse},
};
use crate::{
    polls::{buttons, words},
    take::sent_rows,
};
use leptos::prelude::*;
use ports::{address::parameter, routes, states::State};
use ui::{
    Row, SummaryList, Title, lang_of, load, t,
    words::{backups, date, deadline},
    words_of,
};

fn about(response: &OwnResponse) -> Vec<Row> {
    let mut rows = vec![
        Row::new(t!(take.receipt_reference), response.reference.clone()),
        Row::new(t!(take.received_on), date(response.received_on)),
    ];
    rows.extend(response.changed_on.map(|day| Row::new(t!(take.changed_on), date(day))));
    rows.extend(
        response.consent.map(|special| Row::new(t!(take.consented), words::special(special))),
    );
    rows
}

fn actions(own: &OwnAnswers, response: &OwnResponse) -> AnyView {
    let poll = own.id;
    if own.state != State::Open {
        let severed = match own.severed_on {
            Some(day) if own.state == State::Published => t!(take.severed_on, date = date(day)),
            Some(day) => t!(take.severed_about, date = date(day)),
            None => String::new(),
        };
        let copies = own.severed_on.and_then(|_| backups(own.backup_days));
        let revocable = response.consent.is_some();
        let now = if revocable { t!(take.closed_consent) } else { t!(take.closed_see_only) };
        return view! {
            <p class="govuk-body">{now}</p>
            <p class="govuk-body">{severed}</p>
            {copies.map(|copies| view! { <p class="govuk-body">{copies}</p> })}
            {revocable.then(|| buttons::revoke(poll))}
            {(own.state == State::Published).then(|| view! {
                <p class="govuk-body"><a class="govuk-link" href=routes::results(poll)>{words::see_results(own.withheld)}</a></p>
            })}
        }
        .into_any();
    }
    let until = own.closes_at.map(deadline).map(|at| {
        if own.asked { t!(take.change_until, at = at) } else { t!(take.withdraw_until, at = at) }
    });
    let change = if response.draft {
        view! {
            <p class="govuk-body">{t!(polls.standing_changing)}</p>
            {own.asked.then(|| buttons::start(poll, t!(polls.go_on_changing)))}
            {buttons::discard(poll)}
        }
        .into_any()
    } else {
        own.asked.then(|| buttons::change(poll, own.owner.clone())).into_any()
    };
    view! {
        {until.map(|until| view! { <p class="govuk-body">{until}</p> })}
        {change}
        <p class="govuk-body"><a class="govuk-link" href=routes::withdraw(poll)>{t!(polls.withdraw)}</a></p>
    }
    .into_any()
}

fn found(own: &OwnAnswers, response: &OwnResponse) -> AnyView {
    let facts = facts::rows(&response.facts);
    view! {
        <SummaryList rows=sent_rows(&response.lines)/>
        <h2 class="govuk-heading-m">{t!(take.stored_facts)}</h2>
        {if facts.is_empty() {
            view! { <p class="govuk-body">{t!(polls.notice_facts_none)}</p> }.into_any()
        } else {
            view! { <SummaryList rows=facts/> }.into_any()
        }}
        <h2 class="govuk-heading-m">{t!(take.about_response)}</h2>
        <SummaryList rows=about(response)/>
        <h2 class="govuk-heading-m">{t!(take.what_you_can_do)}</h2>
        {actions(own, response)}
    }
    .into_any()
}

/// My answers to one poll.
#[component]
pub fn Page() -> impl IntoView {
    let poll = parameter("poll");
    load(api::own(poll), |own| {
        let title = words_of(&own.title);
        let heading = t!(take.own_title);
        let body = match &own.response {
            Some(response) => found(&own, response),
            None => view! {
                <p class="govuk-body">{t!(take.severed)}</p>
                <p class="govuk-body"><a class="govuk-link" href=routes::results(own.id)>{words::see_results(own.withheld)}</a></p>
            }
            .into_any(),
        };
        view! {
            // Without the poll: browsers keep what a page was called.
            <Title text=format!("{heading} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=routes::ANSWERS>{t!(take.answers_title)}</a>
            <p class="govuk-caption-l" lang=lang_of(&own.title)>
                <a class="govuk-link" href=routes::poll(own.id)>{title}</a>
            </p>
            <h1 class="govuk-heading-l">{heading}</h1>
            {body}
        }
    })
}
