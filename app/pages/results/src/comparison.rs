//! Two published polls that asked the same question, side by side.

use super::{
    api,
    figures::{heads, note},
    page::{self, Breakdowns},
    view::{Choice, Compared, ComparedRow, Comparison, Facet, Pair, Side},
    words,
};
use charts::published;
use leptos::prelude::*;
use ports::{address::query, look::locale, routes};
use questionnaire::{Breakdown, Language};
use ui::{
    Column, Figure, Named, Row, SummaryList, Table, TableRow, Title, load, t, words as common,
};
use uuid::Uuid;

/// The comparison.
#[component]
pub fn Page() -> impl IntoView {
    let with = query("with");
    let poll = page::poll();
    let came_from: Option<Uuid> = poll.parse().ok();
    load(api::compare(poll, with, page::by()), move |comparison: Comparison| {
        let (same_audience, withheld) = (comparison.same_audience(), comparison.is_withheld());
        let Comparison { polls, planned, chosen, questions } = comparison;
        // In time the two stand as they closed. The reader came from either of them, and chose the other.
        let mut ids = polls.each_ref().map(|side| side.poll);
        if Some(ids[1]) == came_from {
            ids.reverse();
        }
        let [from, other] = ids;
        let here = routes::compare(from);
        let field = format!("with={other}");
        let names = polls.each_ref().map(name);
        let shown = if withheld { String::new() } else { page::shown(chosen) };
        let both = names.each_ref().map(|name| &*name.words).join(" · ");
        let title = format!("{shown}{}: {both}", t!(results.compare_with));
        let rows = polls.iter().zip([t!(results.first_poll), t!(results.second_poll)]);
        let rows: Vec<_> = rows.map(|(side, key)| summary(side, key, same_audience)).collect();
        let not_planned = chosen == Choice::NotPlanned && !withheld;
        let nothing = questions.is_empty() && !not_planned && !withheld;
        let by = if let Choice::By(by) = chosen { Some(by) } else { None };
        let links = polls.iter().zip(&names).map(|(side, name)| {
            view! { <li><a class="govuk-link" href=routes::results(side.poll)>{name.view()}</a></li> }
        });
        let links = links.collect_view();
        view! {
            <Title text=format!("{title} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=routes::results(from)>{t!(results.compare_to_results)}</a>
            <h1 class="govuk-heading-l">{t!(results.compare_with)}</h1>
            <SummaryList rows/>
            {(!same_audience && !withheld).then(|| view! {
                <p class="govuk-inset-text">{t!(results.compared_audiences)}</p>
            })}
            <p class="govuk-inset-text">
                {if withheld { t!(results.compared_withheld) } else { t!(results.compared_meaning) }}
            </p>
            {(!withheld && (!planned.is_empty() || not_planned)).then(|| view! {
                <Breakdowns here planned chosen field/>
            })}
            {not_planned.then(|| view! {
                <h2 class="govuk-heading-m">{t!(results.not_planned)}</h2>
                <p class="govuk-body">{t!(results.not_planned_text)}</p>
            })}
            {nothing.then(|| view! { <p class="govuk-body">{t!(results.compared_none)}</p> })}
            {questions.into_iter().enumerate().map(|(number, question)| view! {
                <Question number=number + 1 question by names=names.clone()/>
            }).collect_view()}
            <h2 class="govuk-heading-m">{t!(results.title)}</h2>
            <ul class="govuk-list">{links}</ul>
        }
    })
}

/// What a poll is called beside the other one, which may have its title.
fn name(side: &Side) -> Named {
    let date = common::date(side.open.map_or(side.published, |(_, last)| last));
    let title = side.title.clone();
    let words = t!(results.compared_name, title = title.clone(), date = date);
    Named { words, title, lang: side.language.map(Language::tag) }
}

/// A poll in the list above; whom it asked is said where the other one did not ask the same people.
fn summary(side: &Side, key: String, same_audience: bool) -> Row {
    let mut row = Row::new(key, side.title.clone());
    row.value_lang = side.language.map(Language::tag);
    let responses = side.responses.map_or_else(
        || t!(results.nothing_published),
        |responses| t!(results.responses_of, count = words::count(locale(), responses)),
    );
    if let Some(open) = side.open {
        let open = words::days(locale(), open);
        row.remarks.push(format!("{open}. {responses}"));
    }
    if !same_audience {
        let audience = words::in_one_line(&side.audience);
        row.remarks.push(format!("{}: {audience}", t!(results.audience)));
    }
    row
}

#[component]
fn Question(
    number: usize,
    question: Compared,
    by: Option<Breakdown>,
    names: [Named; 2],
) -> impl IntoView {
    let id = format!("q-{}", question.code);
    let lang = question.language.map(Language::tag);
    let note = note(&question.note, lang);
    let title = t!(results.question, number = number, title = question.title.clone());
    let called = names.each_ref().map(|name| name.words.clone());
    let chart = published::comparison(locale(), &question, &called);
    let comparable = question.rows.first().is_some_and(|all| !all.options.is_empty());
    let no_chart = comparable && chart.is_none();
    let optional = question.required.map(|required| words::optional(locale(), required));
    let optional = of_each(optional, &names);
    let exactness = |exact| {
        if by.is_none() {
            Some(words::figures_exactness(locale(), exact))
        } else {
            words::everybody_changed(locale(), exact)
        }
    };
    let exactness =
        comparable.then(|| question.exact.map(exactness)).map(|said| of_each(said, &names));
    let changed = comparable && question.rows.len() > 1;
    view! {
        <section aria-labelledby=id.clone()>
            <h2 class="govuk-heading-m" id=id.clone() lang=lang>{title}</h2>
            {optional}
            {note.map(|note| view! { <p class="govuk-body">{note}</p> })}
            {chart.map(|chart| view! { <Figure chart names=names.into()/> })}
            {no_chart.then(|| view! { <p class="govuk-body">{t!(results.no_chart)}</p> })}
            {if comparable {
                view! { <Shares id=id.clone() number question by/> }.into_any()
            } else {
                view! { <p class="govuk-body">{t!(results.compared_missing)}</p> }.into_any()
            }}
            {changed.then(|| view! { <p class="veche-results__method">{t!(results.changed)}</p> })}
            {exactness}
        </section>
    }
}

/// What is said of each poll, once where it is the same of both; otherwise with the poll's name.
fn of_each(said: [Option<String>; 2], names: &[Named; 2]) -> impl IntoView + use<> {
    let same = said[0] == said[1];
    let polls = said.into_iter().zip(names).take(if same { 1 } else { 2 });
    let sentences = polls.filter_map(|(said, name)| {
        let said = said?;
        let name = (!same).then(|| view! { {name.view()} ": " });
        Some(view! { <p class="govuk-body">{name}{said}</p> })
    });
    sentences.collect_view()
}

/// The shares of both polls and their difference, one under another.
fn shares(pair: &Pair) -> Vec<String> {
    let [one, other] = &pair.figures;
    let share = |figure: &super::view::Figure| words::percent(locale(), figure.percent);
    vec![share(one), share(other), words::difference(locale(), pair.difference)]
}

#[component]
fn Shares(id: String, number: usize, question: Compared, by: Option<Breakdown>) -> impl IntoView {
    let lang = question.options_language().map(Language::tag);
    let Some(by) = by else {
        let rows = question.rows.iter().flat_map(|row| &row.options).map(|pair| TableRow {
            heads: vec![pair.figures[1].label.clone()],
            lang,
            cells: shares(pair).into_iter().map(|share| vec![share]).collect(),
            total: false,
        });
        let total = question.rows.first().map(|all| TableRow {
            heads: vec![t!(results.all_who_answered)],
            lang: None,
            cells: all
                .bases
                .map(|base| vec![words::count(locale(), base)])
                .into_iter()
                .chain([vec![]])
                .collect(),
            total: true,
        });
        // Which poll is which stands above: with their titles the difference would be out of a phone's sight.
        let columns = [
            t!(results.option),
            t!(results.first_poll),
            t!(results.second_poll),
            t!(results.difference),
        ];
        let columns: Vec<Column> = columns.map(Column::from).into();
        let caption = t!(results.compared_table, number = number);
        return view! { <Table id=format!("{id}-table") caption columns rows=rows.chain(total).collect()/> }
            .into_any();
    };
    let mut columns = heads(by);
    columns.push(t!(results.answers).into());
    let options = question.rows.first().map(|row| &row.options[..]).unwrap_or_default();
    columns.extend(options.iter().map(|o| Column { words: o.figures[1].label.clone(), lang }));
    let row = |row: &ComparedRow| {
        let bases = row.bases.map(|base| words::count(locale(), base)).into();
        let everybody = row.categories.is_empty();
        TableRow {
            heads: if everybody {
                vec![t!(results.everybody_row)]
            } else {
                row.categories.iter().map(|category| category.label.clone()).collect()
            },
            lang: None,
            cells: [bases].into_iter().chain(row.options.iter().map(shares)).collect(),
            total: everybody,
        }
    };
    // Everybody stands last, as in the tables of one poll.
    let rows = question.rows[1..].iter().chain(&question.rows[..1]).map(row).collect();
    let caption = t!(results.compared_by, number = number, by = words::breakdown(locale(), by));
    let lines = vec![t!(results.first_poll), t!(results.second_poll), t!(results.difference)];
    view! {
        <Table id=format!("{id}-by") caption columns heads=Facet::of(by).len() lines rows/>
        <p class="veche-results__method">{t!(results.compared_rows_missing)}</p>
    }
    .into_any()
}
