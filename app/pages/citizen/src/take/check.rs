//! Everything that will be sent, to be looked at once more.

use super::{api, lines, view::CheckPage};
use crate::{
    answers::facts,
    polls::{buttons, words},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    address::parameter,
    forms::{Fault, FieldFault},
    routes,
    views::take::facts_shown,
};
use ui::{
    Checkboxes, Choice, ErrorSummary, Hidden, Row, Submit, SummaryList, Title, lang_of, load, t,
    words::deadline, words_of,
};

fn rows(page: &CheckPage) -> Vec<Row> {
    let change = |(row, line): (Row, &ports::views::answers::Line)| {
        let to = routes::question_from_check(page.poll, line.number);
        row.action(to, t!(common.change))
    };
    lines::rows(&page.lines).into_iter().zip(&page.lines).map(change).collect()
}

/// Until when it can be sent.
fn until(page: &CheckPage) -> Option<impl IntoView + use<>> {
    page.closes_at.map(|at| {
        view! { <p class="govuk-body">{t!(take.send_until, at = deadline(at))}</p> }
    })
}

/// The way to the first question that still needs a valid answer.
fn next(page: &CheckPage, first: usize) -> impl IntoView + use<> {
    let to = routes::question_from_check(page.poll, first);
    view! {
        {until(page)}
        <p class="govuk-body"><a class="govuk-button" href=to>{t!(take.answer_open, number = first)}</a></p>
    }
}

/// The form that sends everything.
fn sending(page: &CheckPage, fault: Option<Fault>) -> impl IntoView + use<> {
    let consent = page.special.map(|special| {
        let legend = t!(take.consent_title);
        let label = t!(
            take.consent,
            operator = words_of(&ports::ports().portal.operator),
            category = words::special(special),
            department = words_of(&page.department)
        );
        view! {
            <Checkboxes name="consent" legend=legend hint=Some(t!(take.consent_hint))
                choices=vec![Choice::new("yes", label, false)] fault=fault/>
        }
    });
    view! {
        <form method="post" action=api::SendAnswers::PATH novalidate>
            <Hidden name="poll" value=page.poll.to_string()/>
            <Hidden name="version" value=page.version.clone()/>
            <Hidden name="draft" value=page.draft.clone()/>
            <Hidden name="facts" value=facts_shown(&page.facts.stored)/>
            {consent}
            <p class="govuk-body">{if page.replaces { t!(take.send_replaces) } else { t!(take.send_text) }}</p>
            {until(page)}
            <Submit words=if page.replaces { t!(take.send_changed) } else { t!(take.send) }/>
        </form>
    }
}

/// What is said where all of it is sent already, as to somebody who comes back from the receipt. Nothing will be
/// sent from here that would end a draft.
fn nothing_changed(page: &CheckPage) -> impl IntoView + use<> {
    let own = routes::own_answers(page.poll);
    view! {
        <p class="govuk-body">{t!(take.unchanged)}</p>
        <p class="govuk-body"><a class="govuk-link" href=own>{t!(polls.see_answers)}</a></p>
        {page.draft_kept.then(|| buttons::discard(page.poll))}
    }
}

fn draw(page: &CheckPage) -> impl IntoView + use<> {
    let title = words_of(&page.title);
    let open: Vec<usize> =
        page.lines.iter().filter(|line| line.error.is_some()).map(|line| line.number).collect();
    // As long as something is open there is nothing to consent to yet.
    let fault = (page.consent_missing && open.is_empty()).then_some(Fault::ConsentRequired);
    let mut faults: Vec<FieldFault> =
        fault.iter().map(|fault| FieldFault::new("consent", fault.clone())).collect();
    if page.outdated {
        faults.insert(0, FieldFault::new("answers", Fault::Outdated));
    }
    let last = page.lines.len();
    let sent = page.unchanged && faults.is_empty() && open.is_empty();
    let heading = if sent { t!(polls.change_answers) } else { t!(take.check_title) };
    let end = match open.first() {
        Some(first) => next(page, *first).into_any(),
        None if sent => nothing_changed(page).into_any(),
        None => sending(page, fault).into_any(),
    };
    // What nobody can send yet names no facts; nor does what is sent, whose page has them.
    let facts = if sent || !open.is_empty() { Vec::new() } else { facts::rows(&page.facts) };
    let open = u32::try_from(open.len()).unwrap_or(u32::MAX);
    view! {
        // Without the poll: browsers keep what a page was called.
        <Title text=format!("{heading} – {}", t!(common.brand))/>
        <a class="govuk-back-link" href=routes::question(page.poll, last)>{t!(common.back)}</a>
        <ErrorSummary faults/>
        <p class="govuk-caption-l" lang=lang_of(&page.title)>{title}</p>
        <h1 class="govuk-heading-l">{heading}</h1>
        {(open > 0).then(|| view! {
            <div class="govuk-inset-text">{t!(take.open_questions, count = open)}</div>
        })}
        <div id="answers" tabindex="-1">
            <SummaryList rows=rows(page)/>
            {(!facts.is_empty()).then(|| view! {
                <h2 class="govuk-heading-m">{t!(polls.notice_facts_title)}</h2>
                <SummaryList rows=facts/>
            })}
        </div>
        {end}
    }
}

/// Check of all answers.
#[component]
pub fn Page() -> impl IntoView {
    let poll = parameter("poll");
    load(api::check(poll), |page| page.map(|page| draw(&page)))
}
