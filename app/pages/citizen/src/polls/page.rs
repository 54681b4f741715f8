//! A poll's own page: what it is, whom it asks, what becomes of the answers, and what the reader
//! can do.

use super::{
    api, buttons,
    list::{length, standing},
    notice::Notice,
    view::{AudienceView, Need, PollCard, PollPage, PrivacyNotice, Standing},
    words,
};
use crate::take;
use chrono::NaiveDateTime;
use leptos::prelude::*;
use ports::{address::parameter, routes, states::State};
use questionnaire::{Ineligible, Text};
use ui::{
    Interim, Row, Shared, StateTag, SummaryList, Title, lang_of, load, paragraphs, shared, t,
    words::{date, deadline, span},
    words_of,
};

/// What the page says of the poll to everybody.
#[derive(Clone, PartialEq, Eq, Hash)]
struct About {
    /// Without how far the reader is.
    card: PollCard,
    purpose: Text,
    opened_at: Option<NaiveDateTime>,
    audience: AudienceView,
}

impl Shared for About {
    fn draw(&self) -> AnyView {
        let title = &self.card.title;
        let lang = lang_of(&self.purpose);
        let purpose = paragraphs(&words_of(&self.purpose)).into_iter();
        view! {
            <a class="govuk-back-link" href=routes::POLLS>{t!(polls.all_polls)}</a>
            <h1 class="govuk-heading-xl" lang=lang_of(title)>{words_of(title)}</h1>
            <p class="govuk-body"><StateTag state=self.card.state withheld=self.card.withheld/></p>
            {purpose.map(|words| view! { <p class="veche-lede" lang=lang>{words}</p> }).collect_view()}
            <SummaryList rows=facts(self)/>
            <h2 class="govuk-heading-l">{t!(polls.take_part)}</h2>
        }
        .into_any()
    }
}

/// What everybody can read before answering.
#[derive(Clone, PartialEq, Eq, Hash)]
struct QuestionsAndNotice {
    titles: Vec<Text>,
    notice: PrivacyNotice,
}

impl Shared for QuestionsAndNotice {
    fn draw(&self) -> AnyView {
        view! {
            <details class="govuk-details">
                <summary class="govuk-details__summary">
                    <span class="govuk-details__summary-text">{t!(polls.questions_title)}</span>
                </summary>
                <div class="govuk-details__text">
                    <ol class="govuk-list govuk-list--number">
                        {self.titles.iter().map(|title| view! {
                            <li lang=lang_of(title)>{words_of(title)}</li>
                        }).collect_view()}
                    </ol>
                </div>
            </details>
            <Notice notice=self.notice.clone()/>
        }
        .into_any()
    }
}

fn facts(page: &About) -> Vec<Row> {
    let card = &page.card;
    let department = Row::new(t!(polls.asked_by), words_of(&card.department));
    let mut rows = vec![Row { value_lang: lang_of(&card.department), ..department }];
    if let Some(at) = page.opened_at {
        let opened = if card.state == State::Open { t!(polls.opened) } else { t!(polls.opened_on) };
        rows.push(Row::new(opened, date(at.date())));
    }
    if let Some(at) = card.closes_at {
        let closes = if card.state == State::Open { t!(polls.closes) } else { t!(polls.closed) };
        rows.push(Row::new(closes, deadline(at)));
    }
    rows.push(Row::new(t!(polls.length), length(card)));
    rows.push(Row {
        key: t!(polls.audience),
        values: words::audience(&page.audience),
        ..Row::default()
    });
    rows
}

/// The facts that the identity provider can release, and the others.
fn by_release(page: &PollPage, facts: &[Need]) -> (Vec<Need>, Vec<Need>) {
    facts.iter().copied().partition(|need| page.releasable.contains(need))
}

/// The link that releases the facts that are needed and can be released, and no others.
fn release(page: &PollPage, words: String, class: &'static str) -> impl IntoView + use<> {
    let codes: Vec<&str> = page.releasable.iter().map(|need| need.code()).collect();
    let poll = routes::poll(page.card.id);
    let to = if codes.is_empty() {
        routes::sign_in_for(&poll)
    } else {
        routes::sign_in_releasing(&poll, &codes.join(","))
    };
    view! { <a class=class href=to>{words}</a> }
}

/// The way to release the facts that are not known; of those that cannot be released it is said where
/// nobody can state them either.
fn offer(page: &PollPage) -> Option<impl IntoView + use<>> {
    let (can, mut cannot) = by_release(page, &page.unknown);
    cannot.retain(|need| !need.can_be_stated());
    let link = (!can.is_empty())
        .then(|| release(page, t!(polls.release, facts = words::needs(&can)), "govuk-link"));
    let none =
        (!cannot.is_empty()).then(|| t!(polls.not_releasable, facts = words::needs(&cannot)));
    (link.is_some() || none.is_some()).then(|| view! { {none} " " {link} })
}

/// What signing in asks for, and what becomes of facts that it cannot bring.
fn asked(page: &PollPage) -> Vec<String> {
    let (can, cannot) = by_release(page, &page.needs);
    let (stated, none): (Vec<Need>, Vec<Need>) =
        cannot.into_iter().partition(|need| need.can_be_stated());
    let mut lines = Vec::new();
    if !can.is_empty() {
        lines.push(t!(polls.sign_in_releases, facts = words::needs(&can)));
    }
    if !stated.is_empty() {
        lines.push(t!(polls.state_later, facts = words::needs(&stated)));
    }
    if !none.is_empty() {
        lines.push(t!(polls.not_releasable, facts = words::needs(&none)));
    }
    lines
}

/// What is said of the facts that are not known. Only those that go with the answers are counted: the
/// others decide whom the poll asks, and nothing more.
fn unknown(page: &PollPage) -> String {
    let stored = |need: &Need| match need {
        Need::Region => page.notice.region,
        Need::BirthDate => page.notice.age_band,
        Need::Gender => page.notice.gender,
    };
    let said = t!(polls.unknown, facts = words::needs(&page.unknown));
    let counted: Vec<Need> = page.unknown.iter().copied().filter(stored).collect();
    if counted.is_empty() {
        return said;
    }
    let counted = t!(polls.unknown_counted, facts = words::needs(&counted));
    format!("{said} {counted}")
}

/// The link to where the facts that are needed can be stated by the person, as far as they can.
fn state(page: &PollPage) -> Option<impl IntoView + use<>> {
    let stated: Vec<Need> = page.unknown.iter().copied().filter(|it| it.can_be_stated()).collect();
    let to = routes::account_data_for(page.card.id);
    (!stated.is_empty()).then(|| {
        view! {
            <p class="govuk-body">
                <a class="govuk-link" href=to>
                    {t!(polls.state, facts = words::needs(&stated))}
                </a>
            </p>
        }
    })
}

/// Whether there is a draft that could be deleted: what came late is in none, and may be shown in the place
/// of all that is in one.
const fn has_draft(page: &PollPage) -> bool {
    matches!(page.card.standing, Standing::Draft | Standing::Changing)
}

/// The draft of somebody who cannot go on with it.
fn kept(page: &PollPage) -> Option<impl IntoView + use<>> {
    (!page.unsent.is_empty()).then(|| {
        // Nothing of it can be put right here, so nothing is said to be wrong.
        let mut rows = take::sent_rows(&page.unsent);
        for (row, line) in rows.iter_mut().zip(&page.unsent) {
            if page.late.contains(&line.number) {
                row.remarks.push(t!(polls.unsent_here));
            }
        }
        let draft = has_draft(page);
        let title = if draft { t!(polls.unsent_title) } else { t!(polls.unsent_title_late) };
        view! {
            <h2 class="govuk-heading-m">{title}</h2>
            <SummaryList rows=rows/>
            {draft.then(|| buttons::discard(page.card.id))}
        }
    })
}

/// How long there is before the reader is signed out.
fn lasts() -> String {
    let lasting = ports::ports().portal.lasting;
    t!(polls.start_lasts, idle = span(lasting.idle), longest = span(lasting.longest))
}

fn open(page: &PollPage) -> AnyView {
    let poll = page.card.id;
    if !page.signed_in {
        return view! {
            <p class="govuk-body">{t!(polls.sign_in_text)}</p>
            {asked(page).into_iter().map(|line| view! { <p class="govuk-body">{line}</p> }).collect_view()}
            <p class="govuk-body">{release(page, t!(polls.sign_in_to_take_part), "govuk-button")}</p>
        }
        .into_any();
    }
    let sent = matches!(page.card.standing, Standing::Answered | Standing::Changing);
    if sent {
        let own = routes::own_answers(poll);
        return view! {
            <p class="govuk-body">{standing(&page.card)}</p>
            {page.refused.map(|reason| refusal(page, reason))}
            {page.not_assured.then(|| not_assured(page))}
            {page.card.asked.then(|| if page.card.standing == Standing::Changing {
                buttons::start(page.card.id, t!(polls.go_on_changing)).into_any()
            } else {
                buttons::change(poll, page.owner.clone()).into_any()
            })}
            {kept(page)}
            <ul class="govuk-list">
                <li><a class="govuk-link" href=own>{t!(polls.see_answers)}</a></li>
                <li><a class="govuk-link" href=routes::withdraw(poll)>{t!(polls.withdraw)}</a></li>
            </ul>
        }
        .into_any();
    }
    if let Some(reason) = page.refused {
        return view! {
            {refusal(page, reason)}
            {kept(page)}
        }
        .into_any();
    }
    let begun = page.card.standing == Standing::Draft;
    if page.not_assured {
        return view! {
            {not_assured(page)}
            {kept(page)}
        }
        .into_any();
    }
    view! {
        <p class="govuk-body">{if begun { t!(polls.begun) } else { t!(polls.admitted) }}</p>
        {(!page.unknown.is_empty()).then(|| view! {
            <p class="govuk-body">{unknown(page)} " " {offer(page)}</p>
        })}
        {state(page)}
        {page.notice.special.map(|_| view! { <p class="govuk-body">{t!(polls.start_special)}</p> })}
        <p class="govuk-body">{lasts()}</p>
        {buttons::start(page.card.id, if begun { t!(polls.go_on) } else { t!(polls.start) })}
        {begun.then(|| buttons::discard(page.card.id))}
    }
    .into_any()
}

/// What somebody reads whom the poll does not ask, as far as is known of them. Nobody is led to
/// give facts that would not let them in.
fn refusal(page: &PollPage, reason: Ineligible) -> impl IntoView + use<> {
    let lacking = reason.for_want_of_a_fact();
    let offer = if lacking { offer(page) } else { None };
    view! {
        <div class="govuk-inset-text">
            <p class="govuk-body">{words::ineligible(reason)}</p>
            {offer.map(|offer| view! { <p class="govuk-body">{offer}</p> })}
            {lacking.then(|| state(page))}
        </div>
    }
}

/// What somebody reads who signed in at too low a level.
fn not_assured(page: &PollPage) -> impl IntoView + use<> {
    view! {
        <div class="govuk-inset-text">
            <p class="govuk-body">{t!(polls.not_assured)}</p>
            <p class="govuk-body">{t!(polls.not_assured_how)}</p>
        </div>
        <p class="govuk-body">{release(page, t!(common.sign_in_higher), "govuk-button")}</p>
    }
}

fn closed(page: &PollPage) -> AnyView {
    let poll = page.card.id;
    let at = page.card.closes_at.map(deadline).unwrap_or_default();
    let sent = matches!(page.card.standing, Standing::Answered | Standing::Changing);
    let unsent = (!page.unsent.is_empty()).then(|| match (sent, has_draft(page)) {
        (true, _) => t!(polls.unsent_change),
        (false, true) => t!(polls.unsent, at = &at),
        (false, false) => t!(polls.unsent_late, at = &at),
    });
    // What was not sent is gone soon after the closing, and nobody knows any more who had begun.
    let standing = (page.signed_in && page.unsent.is_empty() && !page.notice.severed)
        .then(|| if sent { t!(polls.closed_sent) } else { t!(polls.closed_not_sent) });
    view! {
        <p class="govuk-body">{t!(polls.closed_at, at = at)}</p>
        {if page.card.state == State::Published {
            view! {
                <p class="govuk-body"><a class="govuk-link" href=routes::results(poll)>{words::see_results(page.card.withheld)}</a></p>
            }.into_any()
        } else {
            view! { <p class="govuk-body">{t!(polls.results_soon)}</p> }.into_any()
        }}
        {standing.map(|standing| view! { <p class="govuk-body">{standing}</p> })}
        {sent.then(|| view! {
            <p class="govuk-body"><a class="govuk-link" href=routes::own_answers(poll)>{t!(polls.see_answers)}</a></p>
            {page.notice.special.map(|_| buttons::revoke(poll))}
        })}
        {unsent.map(|unsent| view! {
            <div class="govuk-inset-text">
                <p class="govuk-body">{unsent}</p>
            </div>
        })}
        {kept(page)}
    }
    .into_any()
}

/// A poll's page.
#[component]
pub fn Page() -> impl IntoView {
    let poll = parameter("poll");
    load(api::page(poll), |page| {
        let title = words_of(&page.card.title);
        let action = if page.card.state == State::Open { open(&page) } else { closed(&page) };
        let about = About {
            card: PollCard { standing: Standing::default(), asked: true, ..page.card },
            purpose: page.purpose,
            opened_at: page.opened_at,
            audience: page.audience,
        };
        let questions_and_notice = QuestionsAndNotice { titles: page.titles, notice: page.notice };
        view! {
            <Title text=format!("{title} – {}", t!(common.brand))/>
            {shared(&about)}
            {action}
            {page.refused_filter.then(|| view! {
                <h2 class="govuk-heading-m">{t!(results.not_planned)}</h2>
                <p class="govuk-body">{t!(results.no_filter)}</p>
            })}
            {shared(&questions_and_notice)}
            // Below what is to be read before answering: it can be many tables long.
            {page.live.map(|live| shared(&Interim { live, meaning: t!(results.live_meaning) }))}
        }
    })
}
