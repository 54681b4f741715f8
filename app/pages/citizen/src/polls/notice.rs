//! The privacy notice in words. It is drawn for the citizen before answering, and for the
//! initiator and the reviewer exactly as the citizen will see it.
//!
//! It has two layers: who asks, what is stored until when, who sees what and what becomes of it is read at once; what
//! has to be said, too, stands under each of these, one press away (and on paper beside it). What could be done
//! with the answers, and what can be seen from the published figures, is never in the second one.

use super::{view::PrivacyNotice, words};
use leptos::prelude::*;
use ports::Together;
use questionnaire::Special;
use ui::{
    lang_of, paragraphs, t,
    words::{backups, date, deadline, files, moments, particulars},
    words_of,
};

/// Sentences, each on a line of its own.
fn on_lines(sentences: Vec<String>) -> impl IntoView {
    sentences
        .into_iter()
        .map(|line| view! { <span class="veche-line">{line}</span> })
        .collect_view()
}

/// One question of a citizen and its answer.
fn fact(question: String, answer: Vec<String>) -> impl IntoView {
    layered(question, on_lines(answer), vec![])
}

/// One question of a citizen, its answer, and what is read only by whoever wants to know more.
fn layered(question: String, answer: impl IntoView, more: Vec<String>) -> impl IntoView {
    let more = (!more.is_empty()).then(|| {
        view! {
            <details class="govuk-details">
                <summary class="govuk-details__summary govuk-!-display-none-print">
                    <span class="govuk-details__summary-text">
                        {t!(polls.notice_more)}
                        <span class="govuk-visually-hidden">": " {question.clone()}</span>
                    </span>
                </summary>
                <div class="govuk-details__text">{on_lines(more)}</div>
            </details>
        }
    });
    view! {
        <div class="veche-notice__fact">
            <dt>{question}</dt>
            <dd>{answer} {more}</dd>
        </div>
    }
}

/// Which facts about the person go with the answers.
fn facts(notice: &PrivacyNotice) -> Vec<String> {
    let facts: Vec<String> = [
        (notice.region, t!(polls.notice_fact_region)),
        (notice.age_band, t!(polls.notice_fact_age_band)),
        (notice.gender, t!(polls.notice_fact_gender)),
    ]
    .into_iter()
    .filter_map(|(stored, name)| stored.then_some(name))
    .collect();
    if facts.is_empty() {
        return vec![t!(polls.notice_facts_none)];
    }
    vec![t!(polls.notice_facts, facts = facts.join(", ")), t!(polls.notice_facts_others)]
}

/// The sentences that hold.
fn lines<const N: usize>(sentences: [Option<String>; N]) -> Vec<String> {
    sentences.into_iter().flatten().collect()
}

/// Who asks, and who runs the portal.
fn who(notice: &PrivacyNotice) -> Vec<String> {
    let operator = words_of(&notice.operator);
    vec![
        t!(polls.notice_who_asks, department = words_of(&notice.department)),
        t!(polls.notice_who_runs, operator = operator, contact = notice.contact.clone()),
    ]
}

fn confidential(notice: &PrivacyNotice) -> Vec<String> {
    let accounts = || t!(polls.notice_accounts, provider = words_of(&notice.provider));
    lines([Some(t!(polls.notice_confidential)), (!notice.assured_only).then(accounts)])
}

fn stored(notice: &PrivacyNotice) -> Vec<String> {
    if notice.severed {
        return vec![t!(polls.notice_stored_gone)];
    }
    vec![t!(polls.notice_stored), t!(polls.notice_stored_counted)]
}

/// What is stored, to the last thing.
fn stored_besides(notice: &PrivacyNotice) -> Vec<String> {
    if notice.severed {
        return vec![];
    }
    lines([
        notice.numbers.then(|| t!(polls.notice_stored_number)),
        notice.dates.then(|| t!(polls.notice_stored_date)),
        notice.free_text.then(|| t!(polls.notice_stored_text)),
        Some(t!(polls.notice_stored_day)),
        notice.live.then(|| t!(polls.notice_stored_batch)),
        Some(t!(polls.notice_stored_draft)),
    ])
}

fn until(notice: &PrivacyNotice) -> Vec<String> {
    let days = u32::from(notice.retention_days);
    let day = notice.severed_on.map(date);
    let first = match (notice.published, day) {
        (_, Some(day)) if notice.severed => t!(polls.notice_until_past, date = day),
        (true, Some(day)) => t!(polls.notice_until_day, date = day),
        (false, Some(day)) if days == 0 => t!(polls.notice_until_at_once_about, date = day),
        (false, Some(day)) => t!(polls.notice_until_about, count = days, date = day),
        (_, None) if days == 0 => t!(polls.notice_until_at_once),
        (_, None) => t!(polls.notice_until, count = days),
    };
    let copies = u32::from(notice.backup_days);
    lines([
        Some(first),
        Some(t!(polls.notice_until_then)),
        (copies > 0).then(|| t!(polls.notice_backups, count = copies)),
    ])
}

/// What stays for longer, and where.
fn until_besides(notice: &PrivacyNotice) -> Vec<String> {
    lines([notice.live.then(|| t!(polls.notice_until_live)), Some(files(notice.traces.deleted))])
}

/// From how many people on something is published; one sentence where it is the same number for all of it.
fn conditions(notice: &PrivacyNotice) -> Vec<String> {
    let (totals, tables) = (notice.least_totals, notice.least_breakdowns);
    if notice.breakdowns.is_empty() {
        vec![t!(polls.notice_published_totals, least = totals)]
    } else if totals == tables {
        vec![t!(polls.notice_published_all, least = totals)]
    } else {
        vec![
            t!(polls.notice_published_totals, least = totals),
            t!(polls.notice_published_breakdowns, least = tables),
        ]
    }
}

/// What is published: under which conditions, which tables, and what can be seen from it.
fn published(notice: &PrivacyNotice) -> impl IntoView + use<> {
    let tables: Vec<String> = notice.breakdowns.iter().copied().map(words::breakdown).collect();
    let tables = (!tables.is_empty()).then(|| {
        let tables = tables.into_iter().map(|table| view! { <li>{table}</li> });
        view! { <ul>{tables.collect_view()}</ul> }
    });
    let answer = view! { {on_lines(conditions(notice))} {tables} {on_lines(seen_from_it(notice))} };
    layered(t!(polls.notice_published_title), answer, vec![])
}

/// What can be seen from what is published, and what not.
fn seen_from_it(notice: &PrivacyNotice) -> Vec<String> {
    let mut lines = Vec::new();
    if !notice.breakdowns.is_empty() {
        lines.push(t!(polls.notice_published_small, least = notice.least_row));
        lines.push(t!(polls.notice_published_missing));
    }
    lines.push(t!(polls.notice_published_everybody));
    lines.push(t!(polls.notice_published_same));
    lines
}

/// What administrators could do. Under a key that is gone there is nothing left to decrypt or to look up;
/// a log that somebody kept is as it was.
fn administrators(notice: &PrivacyNotice) -> Vec<String> {
    let there = !notice.severed;
    let [log, order] = moments(notice.traces);
    lines([
        there.then(|| t!(polls.notice_administrators)),
        match notice.traces.together {
            Together::OneServer if there => Some(t!(polls.notice_administrators_one_server)),
            Together::OneMachine if there => Some(t!(polls.notice_administrators_one_machine)),
            _ => None,
        },
        log,
        order.filter(|_| there),
    ])
}

fn change(notice: &PrivacyNotice) -> Vec<String> {
    let first = match notice.closes_at {
        _ if notice.closed && notice.special.is_some() && !notice.severed => {
            t!(polls.notice_change_closed_special)
        }
        _ if notice.closed => t!(polls.notice_change_closed),
        Some(closes_at) => t!(polls.notice_change, at = deadline(closes_at)),
        None => t!(polls.notice_change_open),
    };
    lines([Some(first), (notice.live && !notice.closed).then(|| t!(polls.notice_change_live))])
}

/// What holds of a poll on this special category.
fn special(asked: Special, notice: &PrivacyNotice) -> Vec<String> {
    let category = words::special(asked);
    let first = if notice.closed {
        t!(polls.notice_special_closed, category = category)
    } else {
        t!(polls.notice_special, category = category)
    };
    lines([
        Some(first),
        (!notice.severed).then(|| t!(polls.notice_special_back)),
        (!notice.closed).then(|| t!(polls.notice_special_live)),
    ])
}

/// The notice, with a heading of the second level.
#[component]
pub fn Notice(
    /// The poll's settings.
    notice: PrivacyNotice,
) -> impl IntoView {
    let administrators = administrators(&notice);
    let purpose_lang = lang_of(&notice.purpose);
    let purpose = paragraphs(&words_of(&notice.purpose));
    view! {
        <section class="veche-notice" aria-labelledby="notice">
            <h2 class="veche-notice__title" id="notice">{t!(polls.notice_title)}</h2>
            <dl class="veche-notice__facts">
                {layered(
                    t!(polls.notice_who),
                    on_lines(who(&notice)),
                    particulars(&notice.particulars),
                )}
                {(!purpose.is_empty()).then(|| view! {
                    <div class="veche-notice__fact">
                        <dt>{t!(polls.notice_purpose)}</dt>
                        <dd lang=purpose_lang>
                            {purpose.into_iter().map(|words| view! { <span class="veche-line">{words}</span> }).collect_view()}
                        </dd>
                    </div>
                })}
                {fact(t!(polls.notice_confidential_title), confidential(&notice))}
                {layered(
                    t!(polls.notice_stored_title),
                    on_lines(stored(&notice)),
                    stored_besides(&notice),
                )}
                {(!notice.severed).then(|| fact(t!(polls.notice_facts_title), facts(&notice)))}
                {layered(
                    t!(polls.notice_until_title),
                    on_lines(until(&notice)),
                    until_besides(&notice),
                )}
                {fact(t!(polls.notice_seen_title), lines([
                    (!notice.severed).then(|| t!(polls.notice_seen_you)),
                    Some(t!(polls.notice_seen_staff)),
                    notice.live.then(|| t!(polls.notice_seen_live)),
                    Some(t!(polls.notice_seen_nobody)),
                ]))}
                {published(&notice)}
                {(!administrators.is_empty())
                    .then(|| fact(t!(polls.notice_administrators_title), administrators))}
                {layered(
                    t!(polls.notice_change_title),
                    on_lines(change(&notice)),
                    backups(notice.backup_days).into_iter().collect(),
                )}
                {notice.special.map(|asked| fact(t!(polls.notice_special_title), special(asked, &notice)))}
            </dl>
        </section>
    }
}
