//! One question's figures: chart, table, breakdown.

use super::{
    view::{BreakdownTable, Facet, Figure, Headline, Method, ParticipationTable, QuestionResults},
    words,
};
use leptos::prelude::*;
use ports::look::locale;
use ui::{Bar, Chart, Table, TableRow, t};

/// One question of the poll.
#[component]
pub fn Question(
    /// Its number, from 1.
    number: usize,
    /// What was published of it.
    question: QuestionResults,
    /// How the figures were made.
    method: Method,
) -> impl IntoView {
    let id = format!("q-{}", question.code);
    let (least, special) = (method.least_release, method.least_breakdowns);
    let reason = |withheld| words::question_withheld(locale(), withheld, least, special);
    let note = words::note(locale(), &question.note);
    let headline = question.headline.clone();
    let breakdowns = question.breakdowns;
    view! {
        <section aria-labelledby=id.clone()>
            <h2 class="govuk-heading-m" id=id.clone()>{t!(results.question, number = number, title = question.title)}</h2>
            {note.map(|note| view! { <p class="govuk-body">{note}</p> })}
            {question.withheld.map(|withheld| view! { <p class="govuk-inset-text">{reason(withheld)}</p> })}
            {question.headline.map(|headline| view! { <HeadlineFigures id=id.clone() number headline/> })}
            {question.breakdowns_withheld.map(|_| view! {
                <p class="govuk-body">{t!(results.breakdowns_too_few, least = special)}</p>
            })}
            {breakdowns.into_iter().filter(|_| headline.as_ref().is_some_and(|all| !all.figures.is_empty())).map(|table| view! {
                <Breakdown id=id.clone() number table all=headline.clone() least=method.least_row/>
            }).collect_view()}
        </section>
    }
}

/// The options' names and shares in one sentence.
fn sentence(figures: &[Figure]) -> String {
    let parts: Vec<String> = figures
        .iter()
        .map(|figure| {
            let percent = words::percent(locale(), figure.percent);
            t!(results.figure, label = figure.label.clone(), percent = percent)
        })
        .collect();
    parts.join("; ")
}

#[component]
fn HeadlineFigures(id: String, number: usize, headline: Headline) -> impl IntoView {
    let base = words::count(locale(), headline.base);
    let exact = if headline.exact { t!(results.exact) } else { t!(results.perturbed) };
    if headline.figures.is_empty() {
        return view! { <p class="govuk-body">{t!(results.answered, base = base)}</p> }.into_any();
    }
    let bars = headline.figures.iter().map(|figure| Bar {
        label: figure.label.clone(),
        value: words::percent(locale(), figure.percent),
        length: figure.percent.length(),
    });
    let rows = headline.figures.iter().map(|figure| TableRow {
        heads: vec![figure.label.clone()],
        cells: vec![
            vec![words::count(locale(), figure.count)],
            vec![words::percent(locale(), figure.percent)],
        ],
        total: false,
    });
    let total = TableRow {
        heads: vec![t!(results.all_who_answered)],
        cells: vec![vec![base.clone()], vec![]],
        total: true,
    };
    view! {
        <Chart id=format!("{id}-chart") title=t!(results.everybody, base = base)
            description=sentence(&headline.figures) axis=t!(results.axis) bars=bars.collect()/>
        <Table id=format!("{id}-table") caption=t!(results.same_figures, number = number)
            columns=vec![t!(results.option), t!(results.people), t!(results.share)]
            rows=rows.chain([total]).collect()/>
        <p class="govuk-body">{exact}</p>
    }
    .into_any()
}

fn heads(by: questionnaire::Breakdown) -> Vec<String> {
    Facet::of(by).iter().map(|facet| words::facet(locale(), *facet)).collect()
}

/// Count and share, one under another.
fn cells(base: u64, figures: &[Figure]) -> Vec<Vec<String>> {
    let figures = figures.iter().map(|figure| {
        vec![words::percent(locale(), figure.percent), words::count(locale(), figure.count)]
    });
    [vec![words::count(locale(), base)]].into_iter().chain(figures).collect()
}

#[component]
fn Breakdown(
    id: String,
    number: usize,
    table: BreakdownTable,
    all: Option<Headline>,
    least: u64,
) -> impl IntoView {
    let mut columns = heads(table.by);
    let facets = columns.len();
    columns.push(t!(results.answers));
    if let Some(all) = &all {
        columns.extend(all.figures.iter().map(|figure| figure.label.clone()));
    }
    let rows = table.rows.iter().map(|row| TableRow {
        heads: row.categories.iter().map(|category| category.label.clone()).collect(),
        cells: cells(row.base, &row.figures),
        total: false,
    });
    let total = all.map(|all| TableRow {
        heads: vec![t!(results.everybody_row)],
        cells: cells(all.base, &all.figures),
        total: true,
    });
    let complete = table.complete;
    let by = words::breakdown(locale(), table.by);
    view! {
        <Table id=format!("{id}-by") caption=t!(results.figures_by, number = number, by = by) columns heads=facets
            rows=rows.chain(total).collect()/>
        {(!complete).then(|| view! { <Missing least/> })}
    }
}

/// Why rows are missing. It is the same whether a row is withheld or nobody is in it.
#[component]
fn Missing(least: u64) -> impl IntoView {
    view! { <p class="veche-results__method">{t!(results.rows_missing, least = least)}</p> }
}

/// Who responded, by the chosen breakdown.
#[component]
pub fn Participation(
    /// The published numbers.
    table: ParticipationTable,
    /// The exact number of all responses.
    responses: Option<u64>,
    /// How the figures were made.
    method: Method,
) -> impl IntoView {
    let mut columns = heads(table.by);
    let facets = columns.len();
    columns.push(t!(results.responses));
    let number = |count| vec![vec![words::count(locale(), count)]];
    let rows = table.rows.into_iter().map(|(categories, count)| TableRow {
        heads: categories.into_iter().map(|category| category.label).collect(),
        cells: number(count),
        total: false,
    });
    let total = responses.map(|responses| TableRow {
        heads: vec![t!(results.everybody_row)],
        cells: number(responses),
        total: true,
    });
    let complete = table.complete;
    view! {
        <h2 class="govuk-heading-m">{t!(results.participation)}</h2>
        <Table id="participation".to_owned() caption=words::breakdown(locale(), table.by) columns heads=facets
            rows=rows.chain(total).collect()/>
        {(!complete).then(|| view! { <Missing least=method.least_row/> })}
    }
}
