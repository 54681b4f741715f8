//! Figures: of one question, everybody's or one breakdown, as chart and table; and who took part.

use super::{
    view::{
        Facet, Figure as Figures, Method, Note, ParticipationTable, QuestionResults, Rate, Turnout,
    },
    words,
};
use charts::published;
use leptos::prelude::*;
use ports::{
    look::{language, locale},
    routes,
};
use questionnaire::{Breakdown, Language};
use ui::{Chart, Column, Figure, Table, TableRow, around, t};
use uuid::Uuid;

/// What one has to know to read the figures of a question in this language, where it is not the
/// page's: the ends of a scale are the department's words.
pub fn note(note: &Note, lang: Option<&'static str>) -> Option<AnyView> {
    let Note::Scale { from, low, to, high } = note else {
        return words::note(locale(), note).map(IntoAny::into_any);
    };
    Some(around([(low.clone(), lang), (high.clone(), lang)], |[low, high]| {
        let note = Note::Scale { from: *from, low, to: *to, high };
        words::note(locale(), &note).unwrap_or_default()
    }))
}

/// One question of the poll.
#[component]
pub fn Question(
    /// The poll.
    poll: Uuid,
    /// Its number, from 1.
    number: usize,
    /// What was published of it.
    question: QuestionResults,
    /// The breakdown that the page shows.
    by: Option<Breakdown>,
    /// How the figures were made.
    method: Method,
) -> impl IntoView {
    let id = format!("q-{}", question.code);
    let withheld = question.withheld.map(|why| words::question_withheld(locale(), why, &method));
    let headline_only =
        question.breakdowns_withheld.map(|_| words::breakdowns_withheld(locale(), &method));
    let lang = question.language.map(Language::tag);
    let title = t!(results.question, number = number, title = question.title.clone());
    let hint = question.hint.clone();
    let optional = words::optional(locale(), question.required);
    let note = note(&question.note, lang);
    let figures = match by {
        _ if question.headline.is_none() => None,
        None => {
            Some(view! { <Everybody poll number question=question.clone() method/> }.into_any())
        }
        Some(by) => {
            Some(view! { <By poll number question=question.clone() by method/> }.into_any())
        }
    };
    let anchor = format!("#{id}");
    view! {
        <section aria-labelledby=id.clone()>
            <h2 class="govuk-heading-m" id=id.clone() lang=lang>{title}</h2>
            {hint.map(|hint| view! { <p class="govuk-hint" lang=lang>{hint}</p> })}
            {optional.map(|optional| view! { <p class="govuk-body">{optional}</p> })}
            {note.map(|note| view! { <p class="govuk-body">{note}</p> })}
            {withheld.map(|reason| view! { <p class="govuk-inset-text">{reason}</p> })}
            {figures}
            {headline_only.map(|reason| view! { <p class="govuk-body">{reason}</p> })}
            <p class="veche-results__links"><a class="govuk-link" href=anchor>{t!(results.link_to, number = number)}</a></p>
        </section>
    }
}

/// The chart with its picture to take along.
#[component]
fn Drawn(
    poll: Uuid,
    number: usize,
    code: String,
    by: Option<Breakdown>,
    chart: Chart,
) -> impl IntoView {
    let picture = |kind, words: String| {
        let by = by.map(Breakdown::code);
        let href = routes::results_picture(poll, &code, by, kind, language());
        view! {
            " "
            <a class="govuk-link" href=href download="">{words}
                <span class="govuk-visually-hidden">", " {t!(results.picture_of, number = number)}</span></a>
        }
    };
    view! {
        <Figure chart/>
        <p class="veche-results__links">
            {t!(results.picture)}
            {picture("svg", t!(results.picture_svg))}
            {picture("png", t!(results.picture_png))}
        </p>
    }
}

/// Everybody's answers.
#[component]
fn Everybody(
    poll: Uuid,
    number: usize,
    question: QuestionResults,
    method: Method,
) -> impl IntoView {
    let Some(headline) = &question.headline else { return ().into_any() };
    let base = words::count(locale(), headline.base);
    let mut exact = words::exactness(locale(), headline);
    if !headline.exact && !headline.figures.is_empty() {
        exact = format!("{exact} {}", words::changed_by(locale(), &method, &question.note));
    }
    let Some(chart) = published::headline(locale(), &question) else {
        return view! {
            <p class="govuk-body">{t!(results.answered, base = base)}</p>
            <p class="govuk-body">{exact}</p>
        }
        .into_any();
    };
    let lang = question.options_language().map(Language::tag);
    let rows = headline.figures.iter().map(|figure| TableRow {
        heads: vec![figure.label.clone()],
        lang,
        cells: vec![
            vec![words::people(locale(), figure.count)],
            vec![words::percent(locale(), figure.percent)],
        ],
        total: false,
    });
    let total = TableRow {
        heads: vec![t!(results.all_who_answered)],
        lang: None,
        cells: vec![vec![base], vec![]],
        total: true,
    };
    let columns = [t!(results.option), t!(results.people), t!(results.share)].map(Column::from);
    view! {
        <Drawn poll number code=question.code.clone() by=None chart/>
        <Table id=format!("q-{}-table", question.code) caption=t!(results.same_figures, number = number)
            columns=columns.into() rows=rows.chain([total]).collect()/>
        <p class="govuk-body">{exact}</p>
    }
    .into_any()
}

/// The heads of a breakdown's first columns.
pub fn heads(by: Breakdown) -> Vec<Column> {
    Facet::of(by).iter().map(|facet| words::facet(locale(), *facet).into()).collect()
}

/// Share and count, one under another; or in words that the count is not published.
fn cells(base: u64, figures: &[Figures]) -> Vec<Vec<String>> {
    let figures = figures.iter().map(|figure| {
        vec![words::percent(locale(), figure.percent), words::people(locale(), figure.count)]
    });
    [vec![words::count(locale(), base)]].into_iter().chain(figures).collect()
}

/// One breakdown of a question.
#[component]
fn By(
    poll: Uuid,
    number: usize,
    question: QuestionResults,
    by: Breakdown,
    method: Method,
) -> impl IntoView {
    let table = question.breakdowns.iter().find(|table| table.by == by);
    let all = question.headline.as_ref().filter(|all| !all.figures.is_empty());
    let Some((table, all)) = table.zip(all) else { return ().into_any() };
    if table.rows.is_empty() {
        let none = words::rows_none(locale(), &method);
        return view! { <p class="govuk-inset-text">{none}</p> }.into_any();
    }
    let chart = published::breakdown(locale(), &question, by);
    let no_chart = chart.is_none();
    let lang = question.options_language().map(Language::tag);
    let mut columns = heads(by);
    columns.push(t!(results.answers).into());
    columns.extend(all.figures.iter().map(|f| Column { words: f.label.clone(), lang }));
    let rows = table.rows.iter().map(|row| TableRow {
        heads: row.categories.iter().map(|category| category.label.clone()).collect(),
        lang: None,
        cells: cells(row.base, &row.figures),
        total: false,
    });
    let total = TableRow {
        heads: vec![t!(results.everybody_row)],
        lang: None,
        cells: cells(all.base, &all.figures),
        total: true,
    };
    let code = question.code.clone();
    let caption = t!(results.figures_by, number = number, by = words::breakdown(locale(), by));
    view! {
        {chart.map(|chart| view! { <Drawn poll number code=code.clone() by=Some(by) chart/> })}
        {no_chart.then(|| view! { <p class="govuk-body">{t!(results.no_chart)}</p> })}
        <Table id=format!("q-{code}-by") caption columns heads=Facet::of(by).len()
            lines=vec![t!(results.share), t!(results.people)] rows=rows.chain([total]).collect()/>
        <Changed/>
        {(!table.complete).then(|| view! { <Missing method/> })}
    }
    .into_any()
}

/// That the numbers of groups are changed, with the way to where it is said how: without it a reader
/// who adds them up finds a mistake.
#[component]
fn Changed() -> impl IntoView {
    view! {
        <p class="veche-results__method">
            {t!(results.changed)} " " <a class="govuk-link" href="#method">{t!(results.method)}</a>
        </p>
    }
}

/// Why rows are missing.
#[component]
fn Missing(method: Method) -> impl IntoView {
    view! { <p class="veche-results__method">{words::rows_missing(locale(), &method)}</p> }
}

/// Who responded, by the chosen breakdown, beside how many could have.
#[component]
pub fn Participation(
    /// The published numbers.
    table: ParticipationTable,
    /// The exact number of all responses.
    responses: Option<u64>,
    /// Residents of the regions, where they are known and the breakdown is by region.
    turnout: Vec<Turnout>,
    /// Residents of all of them.
    residents: Option<(u64, Rate)>,
    /// How the figures were made.
    method: Method,
) -> impl IntoView {
    let known = !turnout.is_empty();
    // Of all regions together it is said above, with the number.
    let explain = known && (residents.is_none() || responses.is_none());
    let mut columns = heads(table.by);
    columns.push(t!(results.responses).into());
    if known {
        columns.extend([t!(results.residents_column).into(), t!(results.turnout).into()]);
    }
    let cells = |count: u64, residents: Option<(u64, Rate)>| {
        let mut cells = vec![vec![words::count(locale(), count)]];
        if known {
            let (residents, rate) = residents.unzip();
            cells
                .push(residents.map(|number| words::count(locale(), number)).into_iter().collect());
            cells.push(rate.map(|rate| words::rate(locale(), rate)).into_iter().collect());
        }
        cells
    };
    let rows = table.rows.into_iter().map(|(categories, count)| {
        let region = categories.first().map(|category| category.code.clone());
        let of = turnout.iter().find(|turnout| Some(&turnout.region) == region.as_ref());
        TableRow {
            heads: categories.into_iter().map(|category| category.label).collect(),
            lang: None,
            cells: cells(count, of.map(|of| (of.residents, of.rate))),
            total: false,
        }
    });
    let total = responses.map(|responses| TableRow {
        heads: vec![t!(results.everybody_row)],
        lang: None,
        cells: cells(responses, residents),
        total: true,
    });
    let rows: Vec<_> = rows.chain(total).collect();
    view! {
        <h2 class="govuk-heading-m">{t!(results.participation)}</h2>
        <Table id="participation".to_owned() caption=words::breakdown(locale(), table.by) columns
            heads=Facet::of(table.by).len() rows/>
        <Changed/>
        {explain.then(|| view! { <p class="veche-results__method">{t!(results.turnout_note)}</p> })}
        {(!table.complete).then(|| view! { <Missing method/> })}
    }
}
