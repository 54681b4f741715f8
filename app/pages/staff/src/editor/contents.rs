//! Everything that a poll asks and promises, to be read in one go.

use super::{
    parts::{label, readers_first},
    view::{Event, Settings, Task},
    words,
};
use citizen_pages::polls;
use leptos::prelude::*;
use ports::{
    look::{language, locale},
    states::State,
    views::results::words::{option as option_words, whole},
};
use questionnaire::{Kind, Label, Language, Order, Question, Text};
use ui::{
    ByTheClock, Listing, Row, SummaryList, lang_of, paragraphs, t,
    words::{date_time, state_or_withheld},
};

/// A text in every language that it is written in, the reader's first.
fn in_all(text: &Text, settings: &Settings) -> Vec<(Language, String)> {
    let words = |language: Language| Some((language, text.exact(language)?.to_owned()));
    readers_first(settings.languages.iter().copied()).into_iter().filter_map(words).collect()
}

/// A text in every language, a row each.
fn rows_of(key: &str, text: &Text, settings: &Settings) -> Vec<Row> {
    let several = settings.languages.len() > 1;
    in_all(text, settings)
        .into_iter()
        .map(|(language, words)| Row {
            key: label(key, language, several),
            values: paragraphs(&words),
            value_lang: Some(language.tag()),
            ..Row::default()
        })
        .collect()
}

/// What is set in a task, as it is said. Of the questions nothing: they have a list of their own.
pub(super) fn rows(task: Task, settings: &Settings) -> Vec<Row> {
    let values = match task {
        Task::Basics => {
            let title = rows_of(&t!(editor.title_label), &settings.title, settings);
            let purpose = rows_of(&t!(editor.purpose_label), &settings.purpose, settings);
            return [title, purpose].concat();
        }
        Task::Questions => return Vec::new(),
        Task::Special => vec![words::special(settings)],
        Task::Audience => words::audience(&settings.audience, &settings.regions),
        Task::Schedule => words::schedule(settings),
        Task::Plan => words::plan(settings),
    };
    vec![Row { key: words::task(task), values, ..Row::default() }]
}

/// What was written about the decision.
pub(super) fn outcome_rows(settings: &Settings) -> Vec<Row> {
    let outcome = settings.outcome.as_ref();
    outcome.map(|text| rows_of(&t!(editor.outcome), text, settings)).unwrap_or_default()
}

/// A question in rows.
pub(super) fn question_rows(question: &Question, settings: &Settings) -> Vec<Row> {
    let mut rows = rows_of(&t!(editor.question_title), &question.title, settings);
    rows.extend(rows_of(&t!(editor.hint), &question.hint, settings));
    let (options, several) = (question.kind.options(), settings.languages.len() > 1);
    if !options.is_empty() {
        let languages = readers_first(settings.languages.iter().copied());
        rows.extend(languages.into_iter().map(|language| {
            let words = |option: &Label| option.text.exact(language).unwrap_or_default().to_owned();
            Row {
                key: label(&t!(editor.options), language, several),
                values: options.iter().map(words).collect(),
                value_lang: Some(language.tag()),
                ..Row::default()
            }
        }));
    }
    let values = [vec![words::question(question)], details(&question.kind)].concat();
    rows.push(Row { key: t!(editor.settings), values, ..Row::default() });
    rows
}

/// An option in every language.
fn option(option: &Label, settings: &Settings) -> impl IntoView + use<> {
    let exclusive = option.exclusive.then(|| t!(editor.not_with_others));
    let words = in_all(&option.text, settings).into_iter().map(|(language, words)| {
        view! { <span class="veche-line" lang=language.tag()>{words}</span> }
    });
    view! {
        <li>
            {words.collect_view()}
            {exclusive.map(|words| view! { <span class="govuk-hint">{words}</span> })}
        </li>
    }
}

/// The ends of a scale in the languages that the reader's pages are not in.
fn ends_elsewhere(kind: &Kind, settings: &Settings) -> Option<impl IntoView + use<>> {
    let Kind::Scale { from, to, low, high } = kind else { return None };
    let others = in_all(low, settings).into_iter().zip(in_all(high, settings));
    let others = others.filter(|((of, _), _)| *of != language()).map(|((of, low), (_, high))| {
        let ends = format!("{from} – {low}, {to} – {high}");
        view! { <p class="veche-questions__meta" lang=of.tag()>{ends}</p> }
    });
    Some(others.collect_view())
}

/// The ranges in which numbers are published.
pub(super) fn ranges(kind: &Kind) -> Option<String> {
    let words = |code: &String| option_words(locale(), kind, code);
    matches!(kind, Kind::Number { .. }).then(|| {
        let bins = kind.categories().iter().map(words).collect::<Vec<_>>().join(", ");
        t!(editor.published_bins, bins = bins)
    })
}

fn details(kind: &Kind) -> Vec<String> {
    let order = |order: &Order| match order {
        Order::Fixed => t!(editor.in_order_fixed),
        Order::Shuffled => t!(editor.in_order_shuffled),
    };
    match kind {
        Kind::SingleChoice { order: of, .. } => vec![order(of)],
        Kind::MultipleChoice { order: of, least, most, .. } => {
            vec![t!(editor.choose_from_to, least = least, most = most), order(of)]
        }
        Kind::YesNo => vec![],
        // Of ends in another language it is said in that one, below.
        Kind::Scale { low, .. } if lang_of(low).is_some() => vec![],
        Kind::Scale { from, to, low, high } => {
            let end = |text: &Text| text.get(language()).to_owned();
            vec![t!(editor.scale_from_to, from = from, to = to, low = end(low), high = end(high))]
        }
        Kind::Number { min, max, .. } => {
            let number = |number: &i64| whole(locale(), *number);
            let from_to = t!(editor.number_from_to, min = number(min), max = number(max));
            [from_to].into_iter().chain(ranges(kind)).collect()
        }
        Kind::Date { min, max } => {
            let date = ui::words::date;
            vec![t!(editor.date_from_to, min = date(*min), max = date(*max))]
        }
        Kind::ShortText { max_chars } => {
            vec![t!(editor.text_up_to, count = *max_chars), t!(editor.text_unpublished)]
        }
    }
}

fn question(number: usize, question: &Question, settings: &Settings) -> impl IntoView + use<> {
    let mut titles = in_all(&question.title, settings).into_iter();
    let (language, heading) = titles.next().unwrap_or_default();
    let options = question.kind.options();
    let options =
        (!options.is_empty()).then(|| options.iter().map(|of| option(of, settings)).collect_view());
    view! {
        <li class="veche-questions__item">
            <h3 class="veche-questions__title">
                <span class="govuk-visually-hidden">{t!(editor.question_number, number = number)} ": "</span>
                <span lang=language.tag()>{heading}</span>
            </h3>
            {titles.map(|(language, title)| view! {
                <p class="govuk-body govuk-!-margin-bottom-1" lang=language.tag()>{title}</p>
            }).collect_view()}
            {in_all(&question.hint, settings).into_iter().map(|(language, hint)| view! {
                <p class="govuk-hint" lang=language.tag()>{hint}</p>
            }).collect_view()}
            <p class="veche-questions__meta">{words::question(question)}</p>
            {options.map(|options| view! { <ul class="govuk-list govuk-list--bullet">{options}</ul> })}
            {details(&question.kind).into_iter().map(|line| view! { <p class="veche-questions__meta">{line}</p> }).collect_view()}
            {ends_elsewhere(&question.kind, settings)}
        </li>
    }
}

/// What is set, and every question.
#[component]
pub(super) fn Contents(
    /// The poll.
    settings: Settings,
) -> impl IntoView {
    let mut lines: Vec<Row> =
        Task::ALL.into_iter().flat_map(|task| rows(task, &settings)).collect();
    lines.extend(outcome_rows(&settings));
    let questions = settings
        .questionnaire
        .questions
        .iter()
        .enumerate()
        .map(|(index, of)| question(index + 1, of, &settings))
        .collect_view();
    view! {
        <h2 class="govuk-heading-m">{t!(editor.settings)}</h2>
        <ByTheClock ahead=settings.ahead/>
        <SummaryList rows=lines/>
        <h2 class="govuk-heading-m">{t!(editor.task_questions)}</h2>
        <ol class="veche-questions">{questions}</ol>
    }
}

/// The notice as the citizen will read it.
#[component]
pub(super) fn NoticeOf(
    /// The poll.
    settings: Settings,
) -> impl IntoView {
    view! { <polls::notice::Notice notice=settings.notice/> }
}

/// A poll's life so far, with the reasons given.
#[component]
pub(super) fn History(
    /// What happened, the newest first.
    history: Vec<Event>,
    /// Whether nothing of the poll could be published.
    withheld: bool,
) -> impl IntoView {
    let named = move |state: State| state_or_withheld(state, withheld && state == State::Published);
    (!history.is_empty()).then(|| {
        view! {
            <h2 class="govuk-heading-m">{t!(editor.history)}</h2>
            <Listing stacks=true id="history" caption=t!(editor.history) quiet=true columns=vec![
                t!(editor.column_when),
                t!(editor.column_change),
                t!(editor.column_who),
                t!(editor.column_reason),
            ]>
                {history.into_iter().map(|Event { at, from, to, who, note }| {
                    // Without a reason its label would stand alone.
                    let reason = note.is_some().then(|| t!(editor.column_reason));
                    view! {
                        <tr class="govuk-table__row">
                            <th scope="row" class="govuk-table__header veche-moment">{date_time(at)}</th>
                            <td class="govuk-table__cell">
                                {t!(editor.from_to, from = named(from), to = named(to))}
                            </td>
                            <td class="govuk-table__cell" data-label=t!(editor.column_who)>{words::who(who)}</td>
                            <td class="govuk-table__cell veche-typed" data-label=reason>{note.unwrap_or_default()}</td>
                        </tr>
                    }
                }).collect_view()}
            </Listing>
        }
    })
}
