//! My answers to one poll: see, and until closing change or withdraw.

use super::{
    api,
    view::{OwnAnswers, OwnResponse},
};
use crate::{
    polls::{buttons, words},
    take::sent_rows,
};
use leptos::prelude::*;
use ports::{
    address::parameter,
    look::locale,
    routes,
    states::State,
    views::results::{Facet, words::category},
};
use questionnaire::{Gender, audience::NOT_STATED};
use ui::{
    Row, SummaryList, Title, lang_of, load, t,
    words::{date, deadline},
    words_of,
};

/// A stored code in words.
fn fact(code: &str, words: impl FnOnce() -> String) -> String {
    if code == NOT_STATED { t!(common.not_stated) } else { words() }
}

fn facts(response: &OwnResponse) -> Vec<Row> {
    let mut rows = Vec::new();
    let stored = &response.facts.stored;
    if let Some(code) = &stored.region {
        let name = || response.facts.region.as_ref().map_or_else(|| code.clone(), words_of);
        rows.push(Row::new(t!(polls.notice_fact_region), fact(code, name)));
    }
    if let Some(code) = &stored.age_band {
        // As the results name it.
        let band = category(locale(), Facet::AgeBand, code, str::to_owned);
        rows.push(Row::new(t!(polls.notice_fact_age_band), band));
    }
    if let Some(code) = &stored.gender {
        let name = || Gender::from_code(code).map_or_else(|| code.clone(), words::gender);
        rows.push(Row::new(t!(polls.notice_fact_gender), fact(code, name)));
    }
    rows
}

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
        return view! {
            <p class="govuk-body">{t!(take.closed_see_only)}</p>
            <p class="govuk-body">{severed}</p>
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
    let facts = facts(response);
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
            <Title text=format!("{heading} – {title} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=routes::ANSWERS>{t!(take.answers_title)}</a>
            <p class="govuk-caption-l" lang=lang_of(&own.title)>
                <a class="govuk-link" href=routes::poll(own.id)>{title}</a>
            </p>
            <h1 class="govuk-heading-l">{heading}</h1>
            {body}
        }
    })
}
